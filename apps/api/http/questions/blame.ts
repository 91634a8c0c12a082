import { IsOptional, IsString } from 'class-validator';
import { notFound } from '#lib/api/errors';
import type { LogEvent } from '#lib/log/log';
import { blameOf, pastValues } from '../../history/blame';
import { pathOf } from '../../history/parts';
import { addressIn, kindRemembered } from '../../history/kind-asked';
import { ObjectQuery, parseQuery } from '../../history/query';
import type { Question } from './question';

class BlameQuery extends ObjectQuery {
  /** `.spec.replicas`: this field, or all below it, with every value it ever had. */
  @IsOptional()
  @IsString()
  path?: string;
}

/** Who set each field of an object; with `path`, every value that a field ever had. */
export const blame: Question = {
  method: 'GET',
  async answer(asked) {
    const { at, secrets, path, ...about } = parseQuery(BlameQuery, asked.query);
    const kind = await kindRemembered(about.resource, asked.kernel.world, asked.log);
    const { resource, namespace, name } = addressIn(kind, about);
    asked.access.require(kind, namespace, name);
    const upTo = await asked.moment(at);
    asked.requireVersions(kind, upTo);
    const last = await asked.log.objectAt(resource, namespace, name, upTo);
    if (!last) throw notFound(kind, name);
    const address = { resource, namespace, name, uid: last.uid, gone: last.type === 'DELETED' };
    const versions = (event?: LogEvent) =>
      asked.reader(secrets).versions({ resources: [resource], namespace, name, upTo, ...(event && { uid: event.uid }) });
    if (path !== undefined) {
      const wanted = pathOf(path);
      return asked.send({ ...address, path: wanted, values: await pastValues(versions(), wanted) });
    }
    asked.send({ ...address, fields: (await blameOf(versions(last)))?.fields ?? [] });
  },
};
