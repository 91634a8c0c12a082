import { isBeingDeleted, refOf, type KubeObject, type OwnerReference } from '#lib/api/meta';
import { patch, remove, wake, warn, type Command, type DeleteOptions } from '#lib/reconcile/command';
import { defineKeyedController } from '#lib/reconcile/controller';
import { withoutOwners } from '#lib/reconcile/owners';
import type { Change, World } from '#lib/reconcile/world';
import { FOREGROUND, isOrphaning, isWaiting, ORPHAN, standingOf } from './ownership';

/** Dependents looked after in one decision. */
const BURST = 500;

/**
 * Deletes what has lost its owners, lets owners wait for their dependents (foreground) or leave them behind (orphan).
 * A key is the uid of an owner: one decision looks after all its dependents, whether it is gone or going. Mirrors
 * kubernetes/pkg/controller/garbagecollector; the world is complete, so no owner has to be asked for at the API server.
 */
export const garbageCollector = defineKeyedController({
  name: 'garbage-collector',
  component: 'generic-garbage-collector',
  keys,

  decideOn(uid, world, now) {
    const owner = world.byUid(uid);
    const dependents = world.dependents(uid);
    if (owner && isOrphaning(owner)) return leaveBehind(owner, dependents, now);
    const commands = inBursts(
      dependents.filter((dependent) => !isBeingDeleted(dependent)),
      now,
      (dependent) => collect(dependent, world),
    );
    return owner && isWaiting(owner) && !dependents.some((dependent) => blocks(dependent, uid))
      ? [...commands, withoutFinalizer(owner, FOREGROUND)]
      : commands;
  },
});

/** Owners whose standing this change moves: itself, those of a new or changed dependent, those that wait for one that is gone. */
function* keys({ type, object, previous }: Change, world: World): Iterable<string> {
  const { uid, ownerReferences = [] } = object.metadata;
  if (type === 'DELETED') {
    if (world.dependents(uid).length > 0) yield uid;
  } else {
    if (isWaiting(object) || isOrphaning(object)) yield uid;
    if (previous && previous.metadata.uid !== uid && world.dependents(previous.metadata.uid).length > 0) yield previous.metadata.uid;
    if (!isBeingDeleted(object)) {
      for (const reference of ownerReferences) if (standingOf(reference, object, world) !== 'solid') yield reference.uid;
    }
  }
  for (const reference of type === 'DELETED' ? ownerReferences : (previous?.metadata.ownerReferences ?? [])) {
    const owner = world.byUid(reference.uid);
    if (owner && (isWaiting(owner) || isOrphaning(owner))) yield reference.uid;
  }
}

/** Orphans the dependents, and lets the owner go once there are none. */
function leaveBehind(owner: KubeObject, dependents: readonly KubeObject[], now: Date): readonly Command[] {
  if (dependents.length === 0) return [withoutFinalizer(owner, ORPHAN)];
  return inBursts(dependents, now, (dependent) => [withoutOwners(dependent, new Set([owner.metadata.uid]))]);
}

const blocks = (dependent: KubeObject, uid: string): boolean =>
  dependent.metadata.ownerReferences?.some((reference) => reference.uid === uid && reference.blockOwnerDeletion === true) ?? false;

/** What happens to one dependent follows from all its owners. Mirrors attemptToDeleteItem. */
function collect(dependent: KubeObject, world: World): readonly Command[] {
  const references = dependent.metadata.ownerReferences ?? [];
  const standings = references.map((reference) => standingOf(reference, dependent, world));
  const others = references.filter((_, i) => standings[i] !== 'solid');
  if (others.length === 0) return [];
  if (others.length < references.length) return [withoutOwners(dependent, new Set(others.map((reference) => reference.uid)))];

  const misplaced = references.filter((reference, i) => standings[i] === 'absent' && isElsewhere(reference, dependent, world));
  return [
    ...misplaced.map((reference) => warn(dependent, 'OwnerRefInvalidNamespace', misplacedText(reference, dependent))),
    ...(standings.includes('waiting')
      ? removeInForeground(dependent, world)
      : [remove(dependent, { propagation: propagationOf(dependent) })]),
  ];
}

/** Dependents of a waiting owner that have dependents themselves wait in their turn; in a circle, the first one gives way. */
function removeInForeground(dependent: KubeObject, world: World): readonly Command[] {
  const own = world.dependents(dependent.metadata.uid);
  if (own.length === 0) return [remove(dependent, { propagation: propagationOf(dependent) })];
  const circle = own.some(isWaiting);
  return [...(circle ? [unblocked(dependent)] : []), remove(dependent, { propagation: 'Foreground' })];
}

function propagationOf({ metadata: { finalizers = [] } }: KubeObject): DeleteOptions['propagation'] {
  if (finalizers.includes(ORPHAN)) return 'Orphan';
  return finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background';
}

function isElsewhere({ uid }: OwnerReference, dependent: KubeObject, world: World): boolean {
  const namespace = world.byUid(uid)?.metadata.namespace;
  return namespace !== undefined && namespace !== dependent.metadata.namespace;
}

function misplacedText({ apiVersion, kind, name, uid }: OwnerReference, { metadata: { namespace } }: KubeObject): string {
  return `ownerRef [${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}] does not exist in namespace ${JSON.stringify(namespace)}`;
}

const unblocked = (dependent: KubeObject): Command =>
  patch(dependent, {
    metadata: { ownerReferences: dependent.metadata.ownerReferences?.map((reference) => ({ ...reference, blockOwnerDeletion: false })) },
  });

function withoutFinalizer(object: KubeObject, finalizer: string): Command {
  const finalizers = object.metadata.finalizers?.filter((name) => name !== finalizer) ?? [];
  return { do: 'patch', ref: refOf(object), patch: { metadata: { finalizers: finalizers.length > 0 ? finalizers : null } } };
}

/** The rest is decided on at once, when the first ones are written. */
function inBursts(objects: readonly KubeObject[], now: Date, each: (object: KubeObject) => readonly Command[]): readonly Command[] {
  const commands: Command[] = [];
  for (const object of objects) {
    if (commands.length >= BURST) return [...commands, wake(now)];
    commands.push(...each(object));
  }
  return commands;
}
