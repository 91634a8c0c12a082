import type { Taint } from 'kubernetes-types/core/v1';
import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { isPodFinished, podCondition, setCondition } from '#lib/api/core/pod/pod-conditions';
import { isTolerated } from '#lib/api/core/tolerations';
import { sameValue } from '#lib/api/equality';
import { isBeingDeleted } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { patch, remove, report, wake, type Command } from '#lib/reconcile/command';
import { defineController, keyOf } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';

/**
 * Deletes pods whose node has a NoExecute taint that they do not tolerate, or not for longer. Mirrors
 * kubernetes/pkg/controller/tainteviction.
 */
export const taintEviction = defineController<Pod>({
  name: 'taint-eviction',
  for: Pod,
  concerns: (pod, world) => taintsOf(pod, world).length > 0,
  watches: [{ kind: Node, keys: podsOfRetainted }],

  reconcile(pod, world, now) {
    const taints = taintsOf(pod, world);
    if (taints.length === 0 || isBeingDeleted(pod) || isPodFinished(pod)) return [];
    const at = evictedAt(pod, taints);
    if (at === Infinity) return [];
    return at <= now.getTime() ? evictPod(pod, now) : [wake(new Date(at))];
  },
});

function taintsOf({ spec }: Pod, world: World): readonly Taint[] {
  const node = spec.nodeName ? world.get(Node, '', spec.nodeName) : undefined;
  return node ? evicting(node) : [];
}

const evicting = (node: Node): readonly Taint[] => (node.spec.taints ?? []).filter((taint) => taint.effect === 'NoExecute');

/**
 * When the pod must go, in ms since 1970. The time runs from when the taint was put on, or from when the pod came if that was later.
 * Of several tolerations that match, the shortest counts. Mirrors GetMatchingTolerations and getMinTolerationTime.
 */
function evictedAt(pod: Pod, taints: readonly Taint[]): number {
  const came = Date.parse(podCondition(pod, 'PodScheduled')?.lastTransitionTime ?? pod.metadata.creationTimestamp);
  let earliest = Infinity;
  for (const taint of taints) {
    const matching = (pod.spec.tolerations ?? []).filter((toleration) => isTolerated(toleration, taint));
    if (matching.length === 0) return -Infinity;
    const since = Math.max(came, Date.parse(taint.timeAdded ?? '') || 0);
    for (const { tolerationSeconds } of matching) {
      if (tolerationSeconds !== undefined) earliest = Math.min(earliest, since + Math.max(0, tolerationSeconds) * 1000);
    }
  }
  return earliest;
}

function evictPod(pod: Pod, now: Date): Command[] {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: rfc3339(now),
    observedGeneration: pod.metadata.generation,
  };
  return [
    report(pod, 'TaintManagerEviction', `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`),
    patch(pod, { status: { conditions: setCondition(pod.status.conditions, condition) } }, 'status'),
    remove(pod),
  ];
}

function podsOfRetainted({ object, previous }: Change, world: World): string[] {
  const taints = evicting(object as Node);
  if (taints.length === 0 || (previous && sameValue(taints, evicting(previous as Node)))) return [];
  return world.indexed(Pod, 'node', object.metadata.name).map(keyOf);
}
