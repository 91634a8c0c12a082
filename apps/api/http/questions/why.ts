import { IsIn } from 'class-validator';
import { notFound } from '#lib/api/errors';
import { kindAsked, ObjectQuery, parseQuery } from '../../history/query';
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
    const { resource, namespace, name, at, part } = parseQuery(WhyQuery, asked.query);
    const kind = kindAsked(resource, asked.kernel.world);
    asked.access.require(kind, namespace, name);
    const upTo = await asked.moment(at);
    asked.requireVersions(kind, upTo);
    const story = await whyOf(asked.log, { resource, namespace, name }, upTo, part);
    if (!story) throw notFound(kind, name);
    asked.send({ ...story, steps: story.steps.filter((step) => asked.access.sees(step)) });
  },
};
