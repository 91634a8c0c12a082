import type { Deployment } from '#lib/api/apps/deployment';
import type { ReplicaSet } from '#lib/api/apps/replicaset';
import {
  allSets,
  byAge,
  DESIRED_REPLICAS,
  isActive,
  isRolling,
  MAX_REPLICAS,
  maxSurge,
  size,
  sum,
  type Resize,
  type Rollout,
} from './rollout';

/** Whether the deployment's size changed since its sets were last sized: scaling comes before rolling. Mirrors isScalingEvent. */
export const isScaling = (rollout: Rollout): boolean =>
  allSets(rollout).some((set) => {
    const desired = numberIn(set, DESIRED_REPLICAS);
    return isActive(set) && desired !== undefined && desired !== size(rollout.deployment);
  });

/**
 * Sizes for a changed `spec.replicas`, or while paused: one active set takes all; a finished rollout empties the old ones; in the
 * middle of a rollout all grow or shrink in proportion, so that the risk stays as it was. Mirrors scale() in sync.go.
 */
export function scaleStep(rollout: Rollout): readonly Resize[] {
  const { deployment, newSet, oldSets } = rollout;
  const only = activeOrLatest(rollout);
  if (only) return [{ set: only, replicas: size(deployment) }];
  if (isSaturated(deployment, newSet)) return oldSets.filter(isActive).map((set) => ({ set, replicas: 0 }));
  return isRolling(deployment) ? inProportion(deployment, allSets(rollout).filter(isActive)) : [];
}

function activeOrLatest(rollout: Rollout): ReplicaSet | undefined {
  const active = allSets(rollout).filter(isActive);
  if (active.length > 1) return undefined;
  return active[0] ?? rollout.newSet ?? rollout.oldSets.at(-1);
}

function isSaturated(deployment: Deployment, newSet: ReplicaSet | undefined): boolean {
  const wanted = size(deployment);
  return (
    newSet !== undefined &&
    size(newSet) === wanted &&
    numberIn(newSet, DESIRED_REPLICAS) === wanted &&
    newSet.status.availableReplicas === wanted
  );
}

function inProportion(deployment: Deployment, active: readonly ReplicaSet[]): Resize[] {
  const allowed = size(deployment) > 0 ? size(deployment) + maxSurge(deployment) : 0;
  const toAdd = allowed - sum(active, size);
  const sets = [...active].sort((a, b) => size(b) - size(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  let added = 0;
  const sizes = sets.map((set) => {
    const share = toAdd === 0 ? 0 : proportion(deployment, set, toAdd, added);
    added += share;
    return { set, replicas: size(set) + share };
  });
  return sizes.map(({ set, replicas }, i) => ({ set, replicas: i === 0 ? Math.max(0, replicas + toAdd - added) : replicas }));
}

/** What one set gets of the difference. Mirrors GetReplicaSetProportion. */
function proportion(deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  if (toAdd === added) return 0;
  const share = fraction(deployment, set);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

function fraction(deployment: Deployment, set: ReplicaSet): number {
  if (size(deployment) === 0) return -size(set);
  const before = numberIn(set, MAX_REPLICAS) || deployment.status.replicas || 0;
  if (before === 0) return 0;
  return Math.round((size(set) * (size(deployment) + maxSurge(deployment))) / before) - size(set);
}

/** The number in an annotation, if there is a readable one. */
function numberIn(set: ReplicaSet, annotation: string): number | undefined {
  const text = set.metadata.annotations?.[annotation];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
