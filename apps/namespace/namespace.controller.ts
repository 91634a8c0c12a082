import type { AnyKind } from '#lib/api/kind';
import { Namespace } from '#lib/api/core/namespace';
import { Pod } from '#lib/api/core/pod/pod';
import { isBeingDeleted, type KubeObject } from '#lib/api/meta';
import { finalize, remove, setStatus, wake, type Command } from '#lib/reconcile/command';
import type { KeyedController } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';
import { APIService } from '#lib/api/apiregistration/apiservice';
import { deletionConditions, type Content, type Extensions } from './conditions';

const FINALIZER = 'kubernetes';

/** Objects deleted by one decision. */
const BURST = 500;

/** How often the counts in the conditions are brought up to date while content remains; the last object of a kind is noticed at once. */
const RECOUNT_MS = 10_000;

/** The last pod went, or the first extension server came, after these were asked. */
const ASK_AGAIN_MS = 1_000;

/** Asks extension servers to delete what they hold in a namespace; undefined when there is nobody to be asked. */
export type EmptyExtensions = (namespace: string, services: readonly APIService[], world: World) => Promise<Extensions>;

/**
 * Empties a namespace that is being deleted, pods first, and lets it go. A key is the name of a namespace. What is in extension servers is
 * no part of the world: that they were asked to delete it, and what came of it, is a fact. Mirrors kubernetes/pkg/controller/namespace with
 * ordered deletion.
 */
export const namespace = (emptyExtensions: EmptyExtensions): KeyedController => ({
  name: 'namespace',
  keys,

  gather(name, world) {
    const services = extensionServices(world);
    return services.length > 0 && goingAt(name, world) && world.count(Pod, name) === 0 ? emptyExtensions(name, services, world) : undefined;
  },

  decideOn(name, world, now, facts) {
    const own = goingAt(name, world);
    if (!own) return [];
    const content = contentOf(name, world);
    const doomed = [...content.values()].flat().filter((object) => !isBeingDeleted(object));
    if (doomed.length > 0) return [...terminating(own), ...removeSome(doomed, now)];

    const extensions = facts as Extensions | undefined;
    const told = setStatus(own, { ...own.status, phase: 'Terminating', conditions: deletionConditions(own, content, extensions, now) });
    if (!extensions && extensionServices(world).length > 0) return [...told, wake(new Date(now.getTime() + ASK_AGAIN_MS))];
    if (content.size > 0 || isHeld(extensions)) return [...told, wake(new Date(now.getTime() + RECOUNT_MS))];
    return told.length > 0 ? told : [finalize(released(own))];
  },
});

/** The namespace, while it is to be emptied. */
function goingAt(name: string, world: World): Namespace | undefined {
  const own = world.get(Namespace, '', name);
  return own && isBeingDeleted(own) && own.spec.finalizers?.includes(FINALIZER) ? own : undefined;
}

const extensionServices = (world: World): readonly APIService[] => world.list(APIService).filter(({ spec }) => spec.service !== undefined);

const isHeld = (found: Extensions | undefined): boolean =>
  found !== undefined && (found.stale.length > 0 || found.errors.length > 0 || Object.keys(found.remaining).length > 0);

/** The namespace itself; and when it is being deleted, content that comes late and the last object of a kind that goes. */
function* keys({ type, kind, object }: Change, world: World): Iterable<string> {
  if (kind.resource === Namespace.resource) yield object.metadata.name;
  const name = object.metadata.namespace;
  if (!name || type === 'MODIFIED') return;
  const own = world.get(Namespace, '', name);
  if (own && isBeingDeleted(own) && (type === 'ADDED' || world.count(kind, name) === 0)) yield name;
}

/** While there are pods, only they: what they need stays until they have stopped. */
function contentOf(name: string, world: World): Content {
  const pods = world.list(Pod, name);
  if (pods.length > 0) return new Map([[Pod, pods]]);
  const content = new Map<AnyKind, readonly KubeObject[]>();
  for (const kind of world.kinds()) {
    if (!kind.namespaced || !kind.verbs.includes('delete')) continue;
    const objects: readonly KubeObject[] = world.list(kind, name);
    if (objects.length > 0) content.set(kind, objects);
  }
  return content;
}

const terminating = (own: Namespace): Command[] =>
  own.status.phase === 'Terminating' ? [] : setStatus(own, { ...own.status, phase: 'Terminating' });

function removeSome(objects: readonly KubeObject[], now: Date): Command[] {
  const commands = objects.slice(0, BURST).map((object) => remove(object, { propagation: 'Background' }));
  return [...commands, wake(objects.length > BURST ? now : new Date(now.getTime() + RECOUNT_MS))];
}

const released = (own: Namespace): Namespace => ({
  ...own,
  spec: { ...own.spec, finalizers: own.spec.finalizers?.filter((finalizer) => finalizer !== FINALIZER) },
});
