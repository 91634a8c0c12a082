import { IsIn } from 'class-validator';
import { notFound } from '#lib/api/errors';
import { addressIn, kindRemembered } from '../../history/kind-asked';
import { ObjectQuery, parseQuery } from '../../history/query';
import { whyOf, type Part } from '../../history/why';
import type { Question } from './question';

class WhyQuery extends ObjectQuery {
  /** `deletion`: only what led to the end. */
  @IsIn(['all', 'deletion'])
  part: Part = 'all';
}

/** How an object came to be as it is, or not to be any more. */
export const why: Question = {
  method: 'GET',
  async answer(asked) {
    const { at, part, ...about } = parseQuery(WhyQuery, asked.query);
    const kind = await kindRemembered(about.resource, asked.kernel.world, asked.log);
    const address = addressIn(kind, about);
    asked.access.require(kind, address.namespace, address.name);
    const upTo = await asked.moment(at);
    asked.requireVersions(kind, upTo);
    const story = await whyOf(asked.log, address, upTo, part);
    if (!story) throw notFound(kind, address.name);
    asked.send({ ...story, steps: story.steps.filter((step) => asked.access.sees(step)) });
  },
};
