import { podCondition, isPodActive, isPodReady } from '#lib/api/core/pod/pod-conditions';
import { Pod } from '#lib/api/core/pod/pod';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { controllerOf } from '#lib/api/meta';
import type { World } from '#lib/reconcile/world';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/** What decides about a pod's turn, worked out once per pod and not once per comparison. Lower goes first, field by field. */
interface Turn {
  readonly pod: Pod;
  readonly order: readonly number[];
  readonly uid: string;
}

/**
 * The `count` pods that will be missed least: not yet placed before placed, pending before running, not ready before ready, cheaper
 * before dearer (pod-deletion-cost), crowded nodes before others, ready for a shorter time (by powers of two, so that
 * it is a lottery among equals), more restarts, younger. Mirrors controller.ActivePodsWithRanks.
 */
export function mostExpendable(pods: readonly Pod[], count: number, rs: ReplicaSet, world: World, now: Date): readonly Pod[] {
  if (count >= pods.length) return pods;
  const crowds = podsPerNode(rs, world);
  const turns = pods.map((pod) => turnOf(pod, crowds, now));
  return turns
    .sort(compareTurns)
    .slice(0, count)
    .map((turn) => turn.pod);
}

/** Active pods on each node, of this replica set and of its siblings under the same owner. */
function podsPerNode(rs: ReplicaSet, world: World): ReadonlyMap<string, number> {
  const owner = controllerOf(rs) && world.byUid(controllerOf(rs)?.uid ?? '');
  const siblings = owner ? world.ownedBy(ReplicaSet, owner) : [rs];
  const crowds = new Map<string, number>();
  for (const sibling of siblings) {
    for (const pod of world.ownedBy(Pod, sibling)) {
      const node = pod.spec.nodeName;
      if (node && isPodActive(pod)) crowds.set(node, (crowds.get(node) ?? 0) + 1);
    }
  }
  return crowds;
}

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

function turnOf(pod: Pod, crowds: ReadonlyMap<string, number>, now: Date): Turn {
  const node = pod.spec.nodeName;
  const ready = isPodReady(pod);
  const order = [
    node ? 1 : 0,
    PHASES[pod.status.phase ?? ''] ?? 0,
    ready ? 1 : 0,
    deletionCost(pod),
    -(node ? (crowds.get(node) ?? 0) : 0),
    ready ? ageRank(podCondition(pod, 'Ready')?.lastTransitionTime, now) : 0,
    -restarts(pod, false),
    -restarts(pod, true),
    ageRank(pod.metadata.creationTimestamp, now),
  ];
  return { pod, order, uid: pod.metadata.uid };
}

function compareTurns(a: Turn, b: Turn): number {
  for (let i = 0; i < a.order.length; i++) {
    const difference = (a.order[i] ?? 0) - (b.order[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0;
}

/** The power of two of the age in nanoseconds. Mirrors logarithmicRankDiff. */
function ageRank(since: string | undefined, now: Date): number {
  const nanoseconds = since === undefined ? 0 : (now.getTime() - Date.parse(since)) * 1e6;
  return nanoseconds > 0 ? Math.floor(Math.log2(nanoseconds)) : -1;
}

/** An unreadable cost counts as 0, as upstream treats it. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST];
  return text !== undefined && /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
}

/** The most restarts of one container; or of one sidecar, which only counts among pods that are equal so far. */
function restarts(pod: Pod, ofSidecars: boolean): number {
  let most = 0;
  if (!ofSidecars) {
    for (const status of pod.status.containerStatuses ?? []) most = Math.max(most, status.restartCount);
    return most;
  }
  const sidecars = new Set(pod.spec.initContainers?.filter((c) => c.restartPolicy === 'Always').map((c) => c.name));
  for (const status of pod.status.initContainerStatuses ?? []) if (sidecars.has(status.name)) most = Math.max(most, status.restartCount);
  return most;
}
