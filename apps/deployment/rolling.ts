import type { ReplicaSet } from '#lib/api/apps/replicaset';
import { allSets, allowedNewSize, isActive, maxUnavailable, size, sum, type Resize, type Rollout } from './rollout';

/**
 * The next step of a rolling update: the new set grows as far as the surge allows; when it cannot, the old ones shrink as far as
 * availability allows. Mirrors kubernetes/pkg/controller/deployment/rolling.go.
 */
export function rollingStep(rollout: Rollout): readonly Resize[] {
  const grown = resizeNew(rollout);
  return grown ? [grown] : shrinkOld(rollout);
}

function resizeNew({ deployment, newSet, oldSets }: Rollout): Resize | undefined {
  if (!newSet) return undefined;
  const [now, wanted] = [size(newSet), size(deployment)];
  const replicas = now >= wanted ? wanted : allowedNewSize(deployment, now, oldSets);
  return replicas === now ? undefined : { set: newSet, replicas };
}

function shrinkOld(rollout: Rollout): readonly Resize[] {
  const { deployment, newSet } = rollout;
  const old = rollout.oldSets.filter(isActive);
  if (!newSet || old.length === 0) return [];
  const leastAvailable = size(deployment) - maxUnavailable(deployment);
  const newUnavailable = size(newSet) - (newSet.status.availableReplicas ?? 0);
  const all = allSets(rollout);
  const mayGo = sum(all, size) - leastAvailable - newUnavailable;
  if (mayGo <= 0) return [];

  const sizes = new Map(old.map((set) => [set, size(set)]));
  take(sizes, mayGo, (set, left) => left - (set.status.availableReplicas ?? 0));
  take(sizes, sum(all, (set) => set.status.availableReplicas) - leastAvailable, (_, left) => left);
  return old.flatMap((set) => {
    const replicas = sizes.get(set) ?? 0;
    return replicas === size(set) ? [] : [{ set, replicas }];
  });
}

/** Takes up to `budget` pods away, from the oldest set first and from each as many as it can spare. */
function take(sizes: Map<ReplicaSet, number>, budget: number, spare: (set: ReplicaSet, left: number) => number): void {
  for (const [set, left] of sizes) {
    if (budget <= 0) return;
    const count = Math.max(0, Math.min(budget, spare(set, left)));
    sizes.set(set, left - count);
    budget -= count;
  }
}
