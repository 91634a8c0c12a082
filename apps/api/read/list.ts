import { badRequest, tooLargeResourceVersion } from '#lib/api/errors';
import type { AnyKind } from '#lib/api/kind';
import { storedKind } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import type { World } from '#lib/reconcile/world';
import type { Continuations } from './continuations';
import { selectionOf, type Selection } from './selection';

/** A list, or one page of it, at one revision. */
export interface Page {
  readonly objects: readonly KubeObject[];
  readonly revision: number;
  /** Token for the next page; '' on the last. */
  readonly next: string;
  readonly remaining?: number;
}

export interface ListRequest {
  /** The kind that the client speaks, which may be a view of another. */
  readonly kind: AnyKind;
  readonly namespace: string;
  readonly query: URLSearchParams;
}

/** Serves a list from a world at one revision. */
export function listOf(world: World, request: ListRequest, continuations: Continuations): Page | Promise<Page> {
  const { kind, namespace, query } = request;
  const limit = limitOf(query);
  const token = query.get('continue') ?? '';
  const selection = selectionOf(kind, namespace, query);
  if (token !== '') {
    if (query.get('resourceVersion')) throw badRequest('specifying resource version is not allowed when using continue');
    return continuations.next(token, limit, request, selection);
  }
  const objects = selected(world, kind, selection);
  if (limit === 0 || objects.length <= limit) return { objects, revision: world.revision, next: '' };
  return continuations.first(objects, limit, world.revision, selection.all);
}

/** The objects of a selection in key order. */
export function selected(world: World, kind: AnyKind, selection: Selection): readonly KubeObject[] {
  const stored = storedKind(kind);
  if (selection.name !== undefined && (selection.namespace !== '' || !kind.namespaced)) {
    const object = world.get(stored, selection.namespace, selection.name) as KubeObject | undefined;
    return object && selection.matches(object) ? [object] : [];
  }
  const objects = world.list(stored, selection.namespace) as readonly KubeObject[];
  return selection.all ? objects : objects.filter((object) => selection.matches(object));
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? '';
  if (text === '') return 0;
  const limit = Number(text);
  if (!Number.isInteger(limit)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Math.max(0, limit);
}

export type Match = 'Exact' | 'NotOlderThan';

/** What the query says of the revision to read at. @throws ApiError 400, or 504 when it lies in the future. */
export function revisionOf(query: URLSearchParams, head: number): { revision: number | undefined; match: Match | undefined } {
  const text = query.get('resourceVersion') ?? '';
  const match = (query.get('resourceVersionMatch') ?? undefined) as Match | undefined;
  if (match !== undefined && match !== 'Exact' && match !== 'NotOlderThan') {
    throw badRequest(`resourceVersionMatch: Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan"`);
  }
  if (text === '') {
    if (match !== undefined && query.get('sendInitialEvents') === null) {
      throw badRequest('resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided');
    }
    return { revision: undefined, match };
  }
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const revision = Number(text);
  if (revision > head) throw tooLargeResourceVersion(revision, head);
  if (match === 'Exact' && revision === 0) {
    throw badRequest('resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  return { revision, match };
}
