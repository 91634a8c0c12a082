import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { badRequest, notFound } from '#lib/api/errors';
import { historyOf } from '../../history/object-history';
import { addressIn, kindRemembered } from '../../history/kind-asked';
import { ObjectQuery, parseQuery } from '../../history/query';
import type { Asked, Question } from './question';

class HistoryQuery extends ObjectQuery {
  /** Only this life of the name. */
  @IsOptional()
  @IsString()
  uid?: string;

  /** With what each version changed. */
  @IsBoolean()
  diff = false;
}

/** Every version of one object, over all its lives, as lines of JSON. */
export const history: Question = {
  method: 'GET',
  answer: (asked) => asked.sendLines(lines(asked)),
};

async function* lines(asked: Asked): AsyncIterable<string> {
  const { at, uid, diff, secrets, ...about } = parseQuery(HistoryQuery, asked.query);
  const kind = await kindRemembered(about.resource, asked.kernel.world, asked.log);
  const { resource, namespace, name } = addressIn(kind, about);
  if (kind.namespaced && namespace === '') throw badRequest(`namespace: ${resource} live in one`);
  asked.access.require(kind, namespace, name);
  const upTo = await asked.moment(at);
  asked.requireVersions(kind, upTo);
  const versions = asked.reader(secrets).versions({ resources: [resource], namespace, name, upTo, ...(uid !== undefined && { uid }) });
  let some = false;
  for await (const line of historyOf(versions, diff)) {
    some = true;
    yield `${JSON.stringify(line)}\n`;
  }
  if (!some) throw notFound(kind, name);
}
