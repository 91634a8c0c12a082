import { Pod } from '#lib/api/core/pod/pod';
import { isPodFinished, podCondition, setCondition } from '#lib/api/core/pod/pod-conditions';
import { isBeingDeleted } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { setStatus, wake } from '#lib/reconcile/command';
import { defineController } from '#lib/reconcile/controller';

/** A pod that was to be disrupted and was not even asked to go by then will stay. Upstream's stalePodDisruptionTimeout. */
const STALE_MS = 2 * 60_000;

/** Whether somebody said that the pod is about to be disrupted, and it may still stay. What a kubelet says takes as long as it takes. */
function isThreatened(pod: Pod): boolean {
  const condition = podCondition(pod, 'DisruptionTarget');
  return condition?.status === 'True' && condition.reason !== 'TerminationByKubelet' && !isBeingDeleted(pod) && !isPodFinished(pod);
}

/**
 * Takes back that a pod is about to be disrupted when nothing came of it. Mirrors syncStalePodDisruption of
 * kubernetes/pkg/controller/disruption.
 */
export const staleDisruption = defineController<Pod>({
  name: 'stale-disruption',
  component: 'disruption-controller',
  for: Pod,
  concerns: isThreatened,

  reconcile(pod, _, now) {
    if (!isThreatened(pod)) return [];
    const stale = (Date.parse(podCondition(pod, 'DisruptionTarget')?.lastTransitionTime ?? '') || 0) + STALE_MS;
    if (now.getTime() < stale) return [wake(new Date(stale))];
    const condition = {
      type: 'DisruptionTarget',
      status: 'False',
      lastTransitionTime: rfc3339(now),
      observedGeneration: pod.metadata.generation,
    };
    return setStatus(pod, { ...pod.status, conditions: setCondition(pod.status.conditions, condition) });
  },
});
