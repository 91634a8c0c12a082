import type { DeploymentCondition, DeploymentStatus } from 'kubernetes-types/apps/v1';
import type { Deployment } from '#lib/api/apps/deployment';
import { conditionOf, newCondition, withCondition, withoutCondition, type WorkloadCondition } from '#lib/reconcile/conditions';
import { allSets, hasDeadline, maxUnavailable, size, sum, type Rollout } from './rollout';

/** Newer than the generated wire types. */
type Status = DeploymentStatus & { readonly terminatingReplicas?: number };
type Conditions = readonly DeploymentCondition[];

const PROGRESSING = 'Progressing';
const AVAILABLE_NEW_SET = 'NewReplicaSetAvailable';
const TIMED_OUT = 'ProgressDeadlineExceeded';
const PAUSED = 'DeploymentPaused';

const set = (conditions: Conditions, next: WorkloadCondition): Conditions => withCondition(conditions, next as DeploymentCondition);

/** Says that the deployment is paused or resumed, unless it has already failed. Mirrors checkPausedConditions. */
export function pausedConditions(deployment: Deployment, now: Date): Conditions {
  const conditions = deployment.status.conditions ?? [];
  const reason = conditionOf(conditions, PROGRESSING)?.reason;
  if (!hasDeadline(deployment) || reason === TIMED_OUT) return conditions;
  if (deployment.spec.paused && reason !== PAUSED)
    return set(conditions, newCondition(PROGRESSING, 'Unknown', PAUSED, 'Deployment is paused', now));
  if (!deployment.spec.paused && reason === PAUSED) {
    return set(conditions, newCondition(PROGRESSING, 'Unknown', 'DeploymentResumed', 'Deployment is resumed', now));
  }
  return conditions;
}

/** A set that was there before anybody watched for progress. */
export function foundNewSet({ deployment, newSet, now }: Rollout): Conditions {
  const conditions = deployment.status.conditions ?? [];
  if (!newSet || !hasDeadline(deployment) || conditionOf(conditions, PROGRESSING)) return conditions;
  return set(conditions, newCondition(PROGRESSING, 'True', 'FoundNewReplicaSet', `Found new replica set "${newSet.metadata.name}"`, now));
}

export function createdNewSet(deployment: Deployment, name: string, now: Date): Conditions {
  const conditions = deployment.status.conditions ?? [];
  if (!hasDeadline(deployment)) return conditions;
  return set(conditions, newCondition(PROGRESSING, 'True', 'NewReplicaSetCreated', `Created new replica set "${name}"`, now));
}

/** The counts and the Available condition, as observed. Counts of zero are absent on the wire. Mirrors calculateStatus. */
export function observe(rollout: Rollout): Status {
  const { deployment, newSet, now } = rollout;
  const sets = allSets(rollout);
  const available = sum(sets, (rs) => rs.status.availableReplicas);
  const counts = {
    observedGeneration: deployment.metadata.generation,
    replicas: sum(sets, (rs) => rs.status.replicas),
    updatedReplicas: newSet?.status.replicas,
    readyReplicas: sum(sets, (rs) => rs.status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(sets, size) - available),
    collisionCount: deployment.status.collisionCount,
  };
  const present = Object.fromEntries(
    Object.entries(counts).filter(([key, value]) => value !== undefined && (value !== 0 || key === 'collisionCount')),
  );
  const enough = available >= size(deployment) - maxUnavailable(deployment);
  const availability = enough
    ? newCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
    : newCondition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', now);
  return { ...present, ...terminating(rollout), conditions: [...set(deployment.status.conditions ?? [], availability)] };
}

/** Unknown when a set that was looked at does not say. Mirrors GetTerminatingReplicaCountForReplicaSets. */
function terminating(rollout: Rollout): Pick<Status, 'terminatingReplicas'> {
  let count = 0;
  for (const { status } of allSets(rollout)) {
    const own = (status as Status).terminatingReplicas;
    if (own === undefined && status.observedGeneration) return {};
    count += own ?? 0;
  }
  return { terminatingReplicas: count };
}

/** The status during a rollout: complete, progressing or out of time. Mirrors syncRolloutStatus. */
export function observeProgress(rollout: Rollout): Status {
  const { deployment, newSet } = rollout;
  const status = observe(rollout);
  const failure = replicaFailure(rollout);
  let conditions: Conditions = hasDeadline(deployment)
    ? progress(rollout, status, newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`)
    : withoutCondition(status.conditions ?? [], PROGRESSING);
  conditions = failure ? set(conditions, failure) : withoutCondition(conditions, 'ReplicaFailure');
  return { ...status, conditions: [...conditions] };
}

function progress({ deployment, now }: Rollout, status: Status, subject: string): Conditions {
  const conditions = status.conditions ?? [];
  const current = conditionOf(conditions, PROGRESSING);
  if (current?.reason === AVAILABLE_NEW_SET && (status.replicas ?? 0) === (status.updatedReplicas ?? 0)) return conditions;
  if (isComplete(deployment, status)) {
    return set(conditions, newCondition(PROGRESSING, 'True', AVAILABLE_NEW_SET, `${subject} has successfully progressed.`, now));
  }
  if (hasProgressed(deployment.status, status)) {
    const next = newCondition(PROGRESSING, 'True', 'ReplicaSetUpdated', `${subject} is progressing.`, now);
    const since = current?.status === 'True' ? { lastTransitionTime: current.lastTransitionTime } : {};
    return set(withoutCondition(conditions, PROGRESSING), { ...next, ...since });
  }
  if (deadline(deployment, current) < now.getTime()) {
    return set(conditions, newCondition(PROGRESSING, 'False', TIMED_OUT, `${subject} has timed out progressing.`, now));
  }
  return conditions;
}

/** All pods are of the new template and available, and there are no others. Mirrors DeploymentComplete. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = size(deployment);
  const counts = [status.updatedReplicas, status.replicas, status.availableReplicas];
  return counts.every((count) => (count ?? 0) === wanted) && (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const grew = (key: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'): boolean => (after[key] ?? 0) > (before[key] ?? 0);
  const old = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return grew('updatedReplicas') || old(after) < old(before) || grew('readyReplicas') || grew('availableReplicas');
}

/** When the rollout runs out of time, in ms since 1970; Infinity when it cannot any more. */
function deadline(deployment: Deployment, progressing: DeploymentCondition | undefined): number {
  if (!progressing || progressing.reason === AVAILABLE_NEW_SET || progressing.reason === TIMED_OUT || !hasDeadline(deployment))
    return Infinity;
  return Date.parse(progressing.lastUpdateTime ?? '') + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000;
}

/** When to look again whether the rollout is stuck, if it can be. A second late, as upstream. Mirrors requeueStuckDeployment. */
export function progressCheckAt(deployment: Deployment, status: DeploymentStatus): Date | undefined {
  if (deployment.spec.paused || isComplete(deployment, status)) return undefined;
  const at = deadline(deployment, conditionOf(status.conditions, PROGRESSING));
  return Number.isFinite(at) ? new Date(at + 1000) : undefined;
}

/** A set that cannot make pods says so; the new one is heard first. */
function replicaFailure(rollout: Rollout): WorkloadCondition | undefined {
  const sets = [...(rollout.newSet ? [rollout.newSet] : []), ...allSets(rollout)];
  for (const { status } of sets) {
    const failure = conditionOf(status.conditions, 'ReplicaFailure');
    if (failure) return { ...failure, lastUpdateTime: failure.lastTransitionTime };
  }
  return undefined;
}
