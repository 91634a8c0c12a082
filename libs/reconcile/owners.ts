import { isBeingDeleted, ownerReferenceTo, refOf, type KubeObject } from '#lib/api/meta';
import type { Command } from './command';

/** What an owner has after claiming: its children, those it has just adopted among them, and the patches that make it so. */
export interface Claim<T extends KubeObject> {
  readonly children: readonly T[];
  readonly commands: readonly Command[];
}

/** Who may be claimed. */
export interface Claimable<T extends KubeObject> {
  /** Those whose controller owner is the claimant already. */
  readonly owned: readonly T[];
  /** Those of the namespace without a controller owner. */
  readonly orphans: readonly T[];
  matches(labels: Readonly<Record<string, string>> | undefined): boolean;
}

/**
 * Keeps the children that match the selector, adopts orphans that do, and lets go of children that no longer do. An owner that is
 * being deleted neither adopts nor releases, and nobody adopts what is being deleted. Mirrors controller.PodControllerRefManager.
 */
export function claim<T extends KubeObject>(owner: KubeObject, { owned, orphans, matches }: Claimable<T>): Claim<T> {
  const children: T[] = [];
  const commands: Command[] = [];
  const leaving = isBeingDeleted(owner);
  for (const child of owned) {
    if (matches(child.metadata.labels)) children.push(child);
    else if (!leaving && !isBeingDeleted(child)) commands.push(release(owner, child));
  }
  if (leaving) return { children, commands };
  for (const orphan of orphans) {
    if (isBeingDeleted(orphan) || !matches(orphan.metadata.labels)) continue;
    children.push(orphan);
    commands.push(adopt(owner, orphan));
  }
  return { children, commands };
}

const adopt = (owner: KubeObject, orphan: KubeObject): Command =>
  patchOwners(orphan, [...(orphan.metadata.ownerReferences ?? []), ownerReferenceTo(owner)]);

const release = (owner: KubeObject, child: KubeObject): Command => withoutOwners(child, new Set([owner.metadata.uid]));

/** Takes these owners off the object. */
export const withoutOwners = (object: KubeObject, uids: ReadonlySet<string>): Command =>
  patchOwners(
    object,
    (object.metadata.ownerReferences ?? []).filter((owner) => !uids.has(owner.uid)),
  );

/** Replaces the list of owners, and only if nobody else changed the object: a merge patch would lose another writer's entry. */
const patchOwners = (object: KubeObject, owners: NonNullable<KubeObject['metadata']['ownerReferences']>): Command => ({
  do: 'patch',
  ref: refOf(object),
  patch: { metadata: { ownerReferences: owners.length > 0 ? owners : null } },
});
