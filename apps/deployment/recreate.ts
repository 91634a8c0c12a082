import { Pod } from '#lib/api/core/pod/pod';
import { isPodFinished } from '#lib/api/core/pod/pod-conditions';
import type { World } from '#lib/reconcile/world';
import { isActive, size, sum, type Resize, type Rollout } from './rollout';

/** First the old pods go; the new set comes when none of them runs any more. Mirrors kubernetes/pkg/controller/deployment/recreate.go. */
export function recreateStep({ deployment, newSet, oldSets }: Rollout, world: World): readonly Resize[] {
  const old = oldSets.filter(isActive);
  if (old.length > 0) return old.map((set) => ({ set, replicas: 0 }));
  if (!newSet || oldPodsRun(oldSets, world) || size(newSet) === size(deployment)) return [];
  return [{ set: newSet, replicas: size(deployment) }];
}

/** Whether the new set may be made. */
export const oldPodsAreGone = ({ oldSets }: Rollout, world: World): boolean => !oldSets.some(isActive) && !oldPodsRun(oldSets, world);

/** Pods that are being deleted still run. */
const oldPodsRun = (oldSets: Rollout['oldSets'], world: World): boolean =>
  sum(oldSets, (set) => set.status.replicas) > 0 || oldSets.some((set) => world.ownedBy(Pod, set).some((pod) => !isPodFinished(pod)));
