import { badRequest, methodNotAllowed, unknownPath } from '#lib/api/errors';
import type { AnyKind, Subresource, Verb } from '#lib/api/kind';
import type { CustomKinds } from '#lib/api/apiextensions/custom-kinds';
import { isPathSegmentName } from '#lib/api/validation/names';
import { flagOf } from '../read/parameters';
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
export function resourceRequest(exchange: Exchange, target: ResourceTarget, kinds: CustomKinds): ResourceRequest {
  const kind = kinds.kindOfPath(target.group, target.version, target.resource);
  const subresource = target.subresource as Subresource | '';
  if (kind?.resource === 'pods' && LIVE_CONNECTIONS.has(target.subresource)) {
    throw badRequest(`pods/${target.subresource} needs containers that really run, and the nodes of this cluster simulate theirs`);
  }
  if (!kind || (subresource !== '' && !kind.subresources.includes(subresource))) throw unknownPath();
  if (!kind.namespaced && target.namespace !== '') throw unknownPath();
  if (kind.namespaced && target.namespace === '' && target.name !== '') throw unknownPath();
  const verb = verbOf(exchange, target);
  if (verb === '' || !makesSense(verb, target) || (subresource === '' && !kind.verbs.includes(verb))) throw methodNotAllowed();
  return { kind, namespace: target.namespace, name: target.name, subresource: subresource || undefined, verb };
}

/** The verb that RBAC knows a method by, whether there is such a resource or not; '' for methods that are none. Mirrors requestinfo.go. */
export function verbOf({ method, query }: Exchange, target: ResourceTarget): Verb | '' {
  const collection = target.name === '';
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (target.watch) return 'watch';
      if (!collection) return 'get';
      return flagOf(query, 'watch') === true ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return collection ? 'deletecollection' : 'delete';
    default:
      return '';
  }
}

/** Objects are created in a collection and changed by name; below an object anything may be posted. */
function makesSense(verb: Verb, { name, subresource }: ResourceTarget): boolean {
  if (verb === 'create') return name === '' || subresource !== '';
  return !(verb === 'update' || verb === 'patch') || name !== '';
}

/** The one object that a list or watch is about when its field selector says so: a role may allow just that one. */
export function nameAskedFor({ query }: Exchange, { name }: ResourceTarget, verb: Verb | ''): string {
  if (name !== '' || (verb !== 'list' && verb !== 'watch')) return name;
  const only = /(?:^|,)metadata\.name==?([^,]*)/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '';
  return isPathSegmentName(only).length === 0 ? only : '';
}
