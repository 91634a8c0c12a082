import type { AnyKind } from '#lib/api/kind';
import { kinds, storedKind } from '#lib/api/kinds';
import { isBeingDeleted, type KubeObject, type OwnerReference } from '#lib/api/meta';
import type { World } from '#lib/reconcile/world';

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/**
 * What a reference leads to: an owner that stays, one that waits for its dependents to go before it, or none. A reference that
 * cannot be followed (a kind that is not served, a namespaced owner of a cluster-scoped object) counts as `solid`: nothing is
 * deleted on a guess.
 */
export type Standing = 'solid' | 'waiting' | 'absent';

/** The owner must be at the place that the reference names and still be the same object. Mirrors isDangling and classifyReferences. */
export function standingOf(reference: OwnerReference, dependent: KubeObject, world: World): Standing {
  const kind = kindOfReference(reference, world);
  const namespace = dependent.metadata.namespace ?? '';
  if (!kind || (kind.namespaced && namespace === '')) return 'solid';
  const owner = world.get(kind, kind.namespaced ? namespace : '', reference.name);
  if (owner?.metadata.uid !== reference.uid) return 'absent';
  return isWaiting(owner) ? 'waiting' : 'solid';
}

const leavesWith = (object: KubeObject, finalizer: string): boolean =>
  isBeingDeleted(object) && (object.metadata.finalizers?.includes(finalizer) ?? false);

/** Being deleted in the foreground: it goes after its dependents. */
export const isWaiting = (object: KubeObject): boolean => leavesWith(object, FOREGROUND);

/** Being deleted, and its dependents shall stay. */
export const isOrphaning = (object: KubeObject): boolean => leavesWith(object, ORPHAN);

/** An owner of the same group and kind in any served version will do. */
function kindOfReference({ apiVersion, kind }: OwnerReference, world: World): AnyKind | undefined {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const fits = (known: AnyKind): boolean => known.kind === kind && known.group === group;
  const found =
    world.custom.kindOfObject({ apiVersion, kind }) ?? kinds.find(fits) ?? world.custom.stored().find(fits) ?? world.kinds().find(fits);
  return found && storedKind(found);
}
