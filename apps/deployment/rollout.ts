import type { Deployment } from '#lib/api/apps/deployment';
import type { ReplicaSet } from '#lib/api/apps/replicaset';
import { scaledValue } from '#lib/api/intstr';
import { patch, report, type Command } from '#lib/reconcile/command';

/** A deployment and its replica sets at one moment: what every step of a rollout looks at. */
export interface Rollout {
  readonly deployment: Deployment;
  /** The one with the deployment's template; a decision that creates it continues with the one it wishes for. */
  readonly newSet: ReplicaSet | undefined;
  /** All others, oldest first. */
  readonly oldSets: readonly ReplicaSet[];
  readonly now: Date;
}

/** A replica set and the size that it shall have. */
export interface Resize {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

/** What an absent number means where upstream stores a pointer to the largest int32: no limit. */
export const NO_LIMIT = 2 ** 31 - 1;

export const allSets = ({ newSet, oldSets }: Rollout): readonly ReplicaSet[] => (newSet ? [...oldSets, newSet] : oldSets);
export const isActive = (set: ReplicaSet): boolean => size(set) > 0;
export const size = (owner: ReplicaSet | Deployment): number => owner.spec.replicas ?? 1;
export const sum = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((total, set) => total + (count(set) ?? 0), 0);

export const isRolling = (deployment: Deployment): boolean => deployment.spec.strategy?.type !== 'Recreate';

/** Whether anybody wants to know that a rollout is stuck. */
export const hasDeadline = (deployment: Deployment): boolean => (deployment.spec.progressDeadlineSeconds ?? NO_LIMIT) !== NO_LIMIT;

/** Older first; the name settles ties. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const [x, y] = [a.metadata, b.metadata];
  if (x.creationTimestamp !== y.creationTimestamp) return x.creationTimestamp < y.creationTimestamp ? -1 : 1;
  return x.name < y.name ? -1 : 1;
}

/** Surge rounds up, unavailability down, and when both come to nothing one pod may be missing. Mirrors ResolveFenceposts. */
export function maxSurge(deployment: Deployment): number {
  if (!isRolling(deployment)) return 0;
  return scaledValue(deployment.spec.strategy?.rollingUpdate?.maxSurge ?? '25%', size(deployment), 'up');
}

/** How many of the wanted pods may be missing during a rollout; never more than there are. */
export function maxUnavailable(deployment: Deployment): number {
  const replicas = size(deployment);
  if (!isRolling(deployment) || replicas === 0) return 0;
  const allowed = scaledValue(deployment.spec.strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, 'down');
  return Math.min(allowed === 0 && maxSurge(deployment) === 0 ? 1 : allowed, replicas);
}

/** The size of the new replica set that the strategy allows now. Mirrors NewRSNewReplicas. */
export function allowedNewSize(deployment: Deployment, newSize: number, others: readonly ReplicaSet[]): number {
  const replicas = size(deployment);
  if (!isRolling(deployment)) return replicas;
  const room = replicas + maxSurge(deployment) - newSize - sum(others, size);
  return room <= 0 ? newSize : newSize + Math.min(room, replicas - newSize);
}

/** What the annotations of a replica set say about the size of its deployment. */
export const replicaAnnotations = (deployment: Deployment): Record<string, string> => ({
  [DESIRED_REPLICAS]: String(size(deployment)),
  [MAX_REPLICAS]: String(size(deployment) + maxSurge(deployment)),
});

/** Sets size and annotations, and reports a change of size. Mirrors scaleReplicaSet. */
export function resize(deployment: Deployment, { set, replicas }: Resize): Command[] {
  const annotations = replicaAnnotations(deployment);
  const stale = Object.entries(annotations).some(([key, value]) => set.metadata.annotations?.[key] !== value);
  const before = size(set);
  if (before === replicas) return stale ? [patch(set, { metadata: { annotations } })] : [];
  const direction = before < replicas ? 'up' : 'down';
  return [
    patch(set, { metadata: { annotations }, spec: { replicas } }),
    report(deployment, 'ScalingReplicaSet', `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`),
  ];
}
