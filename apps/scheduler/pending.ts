import { Pod } from '#lib/api/core/pod/pod';
import { isPodFinished } from '#lib/api/core/pod/pod-conditions';
import { isBeingDeleted } from '#lib/api/meta';
import type { World } from '#lib/reconcile/world';
import { podInfo, type PodInfo } from './pod-info';

/** The pods that this scheduler is asked for, of those without a node. */
interface Pending {
  /** Most important first, then oldest first. */
  readonly ready: readonly PodInfo[];
  /** Somebody put a gate on these: they wait until it is taken away. */
  readonly gated: readonly Pod[];
}

const SCHEDULER = 'default-scheduler';

export const isOurs = (pod: Pod): boolean =>
  (pod.spec.schedulerName ?? SCHEDULER) === SCHEDULER && !isPodFinished(pod) && !isBeingDeleted(pod);

/** Module-level, so that the world remembers it until one of the waiting pods changes. */
function sortOut(pods: readonly Pod[]): Pending {
  const ours = pods.filter(isOurs);
  return {
    ready: ours
      .filter((pod) => !isGated(pod))
      .map(podInfo)
      .sort(mostUrgentFirst),
    gated: ours.filter(isGated),
  };
}

export const pendingPods = (world: World): Pending => world.derived(Pod, 'node', '', sortOut);

const isGated = (pod: Pod): boolean => (pod.spec.schedulingGates ?? []).length > 0;

function mostUrgentFirst(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const [first, second] = [a.pod.metadata.creationTimestamp, b.pod.metadata.creationTimestamp];
  if (first !== second) return first < second ? -1 : 1;
  return a.key < b.key ? -1 : 1;
}
