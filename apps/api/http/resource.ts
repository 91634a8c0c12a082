import { badRequest, methodNotAllowed, unknownPath } from '#lib/api/errors';
import type { AnyKind, Subresource, Verb } from '#lib/api/kind';
import { kindOfPath } from '#lib/api/kinds';
import type { Exchange } from './exchange';
import type { Target } from './target';

export type ResourceTarget = Target & { what: 'resource' };

/** A request for a kind that is served, with the verb that RBAC and the log know it by. */
export interface ResourceRequest {
  readonly kind: AnyKind;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: Subresource | undefined;
  readonly verb: Verb;
}

/** Ways into a running container. */
const LIVE_CONNECTIONS = new Set(['exec', 'attach', 'portforward', 'proxy']);

/** @throws ApiError 404 when no such resource is served, 405 when the method makes no sense for it. */
export function resourceRequest(exchange: Exchange, target: ResourceTarget): ResourceRequest {
  const kind = kindOfPath(target.group, target.version, target.resource);
  const subresource = target.subresource as Subresource | '';
  if (kind?.resource === 'pods' && LIVE_CONNECTIONS.has(target.subresource)) {
    throw badRequest(`pods/${target.subresource} needs containers that really run, and the nodes of this cluster simulate theirs`);
  }
  if (!kind || (subresource !== '' && !kind.subresources.includes(subresource))) throw unknownPath();
  if (!kind.namespaced && target.namespace !== '') throw unknownPath();
  if (kind.namespaced && target.namespace === '' && target.name !== '') throw unknownPath();
  const verb = verbOf(exchange, target);
  if (subresource === '' && !kind.verbs.includes(verb)) throw methodNotAllowed();
  return { kind, namespace: target.namespace, name: target.name, subresource: subresource || undefined, verb };
}

function verbOf(exchange: Exchange, target: ResourceTarget): Verb {
  const collection = target.name === '';
  switch (exchange.method) {
    case 'GET':
    case 'HEAD': {
      const watch = exchange.query.get('watch');
      if (target.watch || (watch !== null && watch !== 'false' && watch !== '0' && target.subresource === '')) return 'watch';
      return collection ? 'list' : 'get';
    }
    case 'POST':
      if (collection || target.subresource !== '') return 'create';
      throw methodNotAllowed();
    case 'PUT':
      if (!collection) return 'update';
      throw methodNotAllowed();
    case 'PATCH':
      if (!collection) return 'patch';
      throw methodNotAllowed();
    case 'DELETE':
      return collection ? 'deletecollection' : 'delete';
    default:
      throw methodNotAllowed();
  }
}
