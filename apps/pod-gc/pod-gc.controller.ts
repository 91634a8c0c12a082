import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { isPodFinished, setCondition } from '#lib/api/core/pod/pod-conditions';
import { isBeingDeleted, type KubeObject } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { patch, remove, wake, type Command } from '#lib/reconcile/command';
import { defineKeyedController, keyOf } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';

/** Finished pods that are kept for their logs and their word. */
const KEPT = 12_500;

/** A pod may name a node that registers a moment later. */
const QUARANTINE_MS = 40_000;

/** Pods removed by one decision. */
const BURST = 500;

/** The key of all finished pods together; every other key names one pod. */
const FINISHED = 'finished';

/** At once: nobody is left who could stop the containers. */
const NOW_OR_NEVER = { grace: 0 };

/**
 * Removes pods that nobody else will: those of nodes that are gone, those deleted before they had a node, and the oldest finished
 * ones when there are too many. Mirrors kubernetes/pkg/controller/podgc.
 */
export const podGc = defineKeyedController({
  name: 'pod-gc',
  component: 'pod-garbage-collector',
  keys,

  decideOn(key, world, now) {
    if (key === FINISHED) return removeOldest(world, now);
    const [namespace = '', name = ''] = key.split('/');
    const pod = world.get(Pod, namespace, name);
    if (!pod) return [];
    if (!pod.spec.nodeName) return isBeingDeleted(pod) ? [remove(pod, NOW_OR_NEVER)] : [];
    return world.get(Node, '', pod.spec.nodeName) ? [] : removeOrphan(pod, now);
  },
});

function* keys({ type, kind, object }: Change, world: World): Iterable<string> {
  if (kind.resource === Node.resource && type === 'DELETED') {
    for (const pod of world.indexed(Pod, 'node', object.metadata.name)) yield keyOf(pod);
  }
  if (kind.resource !== Pod.resource || type === 'DELETED') return;
  const pod = object as KubeObject as Pod;
  const { nodeName } = pod.spec;
  if (nodeName ? !world.get(Node, '', nodeName) : isBeingDeleted(pod)) yield keyOf(pod);
  if (isPodFinished(pod) && world.indexed(Pod, 'finished', 'yes').length > KEPT) yield FINISHED;
}

/** A pod that had not finished is failed first, so that its owner counts it so. */
function removeOrphan(pod: Pod, now: Date): Command[] {
  const known = Date.parse(pod.metadata.creationTimestamp) + QUARANTINE_MS;
  const { deletionTimestamp } = pod.metadata;
  // Whoever asked it to go said how long it may take. Upstream keeps it for the whole quarantine.
  const ripe = deletionTimestamp === undefined ? known : Math.min(known, Date.parse(deletionTimestamp));
  if (ripe > now.getTime()) return [wake(new Date(ripe))];
  if (isPodFinished(pod)) return [remove(pod, NOW_OR_NEVER)];
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
    lastTransitionTime: rfc3339(now),
    observedGeneration: pod.metadata.generation,
  };
  const status = {
    phase: 'Failed',
    observedGeneration: pod.metadata.generation,
    conditions: setCondition(pod.status.conditions, condition),
  };
  return [patch(pod, { status }, 'status'), remove(pod, NOW_OR_NEVER)];
}

function removeOldest(world: World, now: Date): Command[] {
  const finished = world.indexed(Pod, 'finished', 'yes');
  const excess = finished.length - KEPT;
  if (excess <= 0) return [];
  const oldest = [...finished].sort(byAge).slice(0, Math.min(excess, BURST));
  return [...oldest.map((pod) => remove(pod, NOW_OR_NEVER)), ...(excess > BURST ? [wake(now)] : [])];
}

function byAge({ metadata: a }: Pod, { metadata: b }: Pod): number {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
