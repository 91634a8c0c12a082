import { notFound } from '#lib/api/errors';
import { kindAsked, ObjectQuery, parseQuery } from '../../history/query';
import { whyOf } from '../../history/why';
import type { Question } from './question';

/** How an object came to be as it is, or not to be any more. */
export const why: Question = {
  method: 'GET',
  async answer(asked) {
    const { resource, namespace, name, at } = parseQuery(ObjectQuery, asked.query);
    const kind = kindAsked(resource);
    asked.access.require(kind, namespace, name);
    const story = await whyOf(asked.log, resource, namespace, name, await asked.moment(at));
    if (!story) throw notFound(kind, name);
    asked.send({ ...story, steps: story.steps.filter((step) => asked.access.sees(step)) });
  },
};
