import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { podCondition, setCondition } from '#lib/api/core/pod/pod-conditions';
import { refOf } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { report, setStatus, wake, warn, type Command } from '#lib/reconcile/command';
import { conditionOf } from '#lib/reconcile/conditions';
import { defineController } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';
import { lostAt, lostConditions, readiness, watching, type Watching } from './health';
import { NOT_READY, taintsFor, UNREACHABLE } from './taints';

/**
 * Notices nodes that fall silent, taints nodes by their conditions, and takes the pods of lost nodes out of service; taint-eviction
 * removes them. Mirrors kubernetes/pkg/controller/nodelifecycle.
 */
export const nodeLifecycle = defineController<Node, Watching>({
  name: 'node-lifecycle',
  component: 'node-controller',
  for: Node,
  watches: [{ kind: Node, keys: othersThatAreNotReady }],

  gather: (_node, world, now) => watching(world, now),

  reconcile(node, world, now, facts) {
    const lost = lostAt(node, world, facts);
    const isLost = lost.getTime() <= now.getTime();
    const again = isLost ? [] : [wake(lost)];
    if (isLost) {
      const told = tellLost(node, now);
      if (told.length > 0) return told;
    }
    if (readiness(node) === undefined || readiness(node) === 'True') return [...taint(node, false, now), ...again];
    return [...taint(node, isAnyReady(world), now), ...podsOutOfService(node, world, now), ...again];
  },
});

/** The status first; its change wakes the decision on taints. */
function tellLost(node: Node, now: Date): Command[] {
  const told = setStatus(node, { ...node.status, conditions: lostConditions(node, now) });
  return readiness(node) === 'True' ? [...told, tellNotReady(node)] : told;
}

const tellNotReady = (node: Node): Command => report(node, 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`);

/** Refused when somebody else changed the node meanwhile: a list of taints replaces the whole list. */
function taint(node: Node, evicts: boolean, now: Date): Command[] {
  const current = node.spec.taints ?? [];
  const taints = taintsFor(node, evicts, now);
  if (!taints) return [];
  const wasKnown = current.some(({ key }) => key === NOT_READY || key === UNREACHABLE);
  const saysNotReady = readiness(node) === 'False' && !wasKnown;
  return [
    { do: 'patch', ref: refOf(node), patch: { spec: { taints: taints.length > 0 ? taints : null } } },
    ...(saysNotReady ? [tellNotReady(node)] : []),
  ];
}

/** When all nodes are gone at once, the fault is more likely to be here: nobody is sent away. Mirrors the full disruption mode. */
const isAnyReady = (world: World): boolean => world.list(Node).some((node) => readiness(node) === 'True');

/**
 * Pods that were ready before their node fell out are ready no longer; a later word of the kubelet is not overruled. Mirrors
 * MarkPodsNotReady.
 */
function podsOutOfService(node: Node, world: World, now: Date): Command[] {
  const since = conditionOf(node.status.conditions, 'Ready')?.lastTransitionTime ?? '';
  return world.indexed(Pod, 'node', node.metadata.name).flatMap((pod) => {
    const ready = podCondition(pod, 'Ready');
    if (ready?.status !== 'True' || Date.parse(ready.lastTransitionTime ?? '') > Date.parse(since)) return [];
    const gone = { ...ready, status: 'False', lastTransitionTime: rfc3339(now), observedGeneration: pod.metadata.generation };
    const conditions = setCondition(pod.status.conditions, gone);
    return [
      { do: 'patch', ref: refOf(pod), subresource: 'status', patch: { status: { conditions } } },
      warn(pod, 'NodeNotReady', 'Node is not ready'),
    ];
  });
}

/** A node that comes or goes decides whether pods may be sent away from the others. */
function othersThatAreNotReady({ object, previous }: Change, world: World): string[] {
  if (previous && readiness(previous as Node) === readiness(object as Node)) return [];
  return world
    .list(Node)
    .filter((node) => readiness(node) !== 'True')
    .map((node) => node.metadata.name);
}
