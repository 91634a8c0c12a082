import { rfc3339 } from '#lib/api/time';

/** The conditions of workloads: Deployment, ReplicaSet and their like. */
export interface WorkloadCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  /** RFC 3339. */
  lastUpdateTime?: string;
  /** RFC 3339. */
  lastTransitionTime?: string;
}

/** The condition of that type, if the list has one. */
export const conditionOf = <C extends { readonly type: string }>(conditions: readonly C[] | undefined, type: string): C | undefined =>
  conditions?.find((condition) => condition.type === type);

/** A condition that came true now; both times are set. */
export function newCondition(
  type: string,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  now: Date,
): WorkloadCondition {
  const at = rfc3339(now);
  return { type, status, lastUpdateTime: at, lastTransitionTime: at, reason, message };
}

/**
 * The list with the condition replaced or added at its end. Nothing changes when status and reason are already so; the transition time
 * is kept while the status is the same. Mirrors deploymentutil.SetDeploymentCondition and replicaset.SetCondition.
 */
export function withCondition<C extends WorkloadCondition>(conditions: readonly C[], next: C): readonly C[] {
  const current = conditionOf(conditions, next.type);
  if (current?.status === next.status && current.reason === next.reason) return conditions;
  const kept = current?.status === next.status ? { ...next, lastTransitionTime: current.lastTransitionTime } : next;
  return [...withoutCondition(conditions, next.type), kept];
}

/** The list without conditions of that type; the same list when there is none. */
export const withoutCondition = <C extends { readonly type: string }>(conditions: readonly C[], type: string): readonly C[] =>
  conditionOf(conditions, type) ? conditions.filter((condition) => condition.type !== type) : conditions;
