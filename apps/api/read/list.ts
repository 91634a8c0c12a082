import { all } from '#lib/api/apiextensions/conversion';
import { badRequest } from '#lib/api/errors';
import type { AnyKind } from '#lib/api/kind';
import { storedKind } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import type { World } from '#lib/reconcile/world';
import type { Continuations } from './continuations';
import { checkListOptions, limitOf } from './list-options';
import { wholeNumberOf } from './parameters';
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
  checkListOptions(query, false);
  wholeNumberOf(query, 'timeoutSeconds');
  const limit = limitOf(query);
  const token = query.get('continue') ?? '';
  const selection = selectionOf(kind, namespace, query);
  if (token !== '') {
    if (Number(query.get('resourceVersion') ?? 0) !== 0) throw badRequest('specifying resource version is not allowed when using continue');
    return continuations.next(token, limit, request, selection);
  }
  const objects = selected(world, kind, selection);
  return continuations.first(request, objects, limit, world.revision, selection.all);
}

/** The objects of a selection in key order. */
export function selected(world: World, kind: AnyKind, selection: Selection): readonly KubeObject[] {
  const stored = storedKind(kind);
  if (selection.name !== undefined && (selection.namespace !== '' || !kind.namespaced)) {
    const object = world.get(stored, selection.namespace, selection.name) as KubeObject | undefined;
    return object && selection.matches(object) ? [object] : [];
  }
  const objects = world.list(stored, selection.namespace) as readonly KubeObject[];
  if (!selection.all && kind.storedAs?.converts) all(objects, kind.storedAs.fromStored); // what is missing is asked for once
  return selection.all ? objects : objects.filter((object) => selection.matches(object));
}
