import type { AnyKind } from '#lib/api/kind';
import { Namespace } from '#lib/api/core/namespace';
import { Pod } from '#lib/api/core/pod';
import { isBeingDeleted, type KubeObject } from '#lib/api/meta';
import { finalize, remove, setStatus, wake, type Command } from '#lib/reconcile/command';
import { defineKeyedController } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';
import { deletionConditions, type Content } from './conditions';

const FINALIZER = 'kubernetes';

/** Objects deleted by one decision. */
const BURST = 500;

/** How often the counts in the conditions are brought up to date while content remains; the last object of a kind is noticed at once. */
const RECOUNT_MS = 10_000;

/**
 * Empties a namespace that is being deleted, pods first, and lets it go. A key is the name of a namespace. Mirrors
 * kubernetes/pkg/controller/namespace with ordered deletion.
 */
export const namespace = defineKeyedController({
  name: 'namespace',
  keys,

  decideOn(name, world, now) {
    const own = world.get(Namespace, '', name);
    if (!own || !isBeingDeleted(own) || !own.spec.finalizers?.includes(FINALIZER)) return [];
    const content = contentOf(name, world);
    const doomed = [...content.values()].flat().filter((object) => !isBeingDeleted(object));
    if (doomed.length > 0) return [...terminating(own), ...removeSome(doomed, now)];

    const told = setStatus(own, { ...own.status, phase: 'Terminating', conditions: deletionConditions(own, content, now) });
    if (content.size > 0) return [...told, wake(new Date(now.getTime() + RECOUNT_MS))];
    return told.length > 0 ? told : [finalize(released(own))];
  },
});

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

const terminating = (own: Namespace): Command[] => (own.status.phase === 'Terminating' ? [] : setStatus(own, { ...own.status, phase: 'Terminating' }));

function removeSome(objects: readonly KubeObject[], now: Date): Command[] {
  const commands = objects.slice(0, BURST).map((object) => remove(object, { propagation: 'Background' }));
  return [...commands, wake(objects.length > BURST ? now : new Date(now.getTime() + RECOUNT_MS))];
}

const released = (own: Namespace): Namespace => ({
  ...own,
  spec: { ...own.spec, finalizers: own.spec.finalizers?.filter((finalizer) => finalizer !== FINALIZER) },
});
