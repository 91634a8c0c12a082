import type { PodDisruptionBudgetStatus } from 'kubernetes-types/policy/v1';
import { type ApiError, forbiddenAccess, tooManyRequests, unforeseen } from '#lib/api/errors';
import { isPodFinished, isPodReady, setCondition } from '#lib/api/core/pod/pod-conditions';
import type { Pod } from '#lib/api/core/pod/pod';
import { isBeingDeleted } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { fromLabelSelector } from '#lib/api/validation/selectors';
import type { PodDisruptionBudget } from './poddisruptionbudget';

/** Evictions that the controller has not confirmed yet; more are refused. Upstream's MaxDisruptedPodSize. */
const MAX_DISRUPTED_PODS = 2000;

/** The wire type calls times strings; pods that were evicted and are not seen to go, by name. */
export type BudgetStatus = Omit<PodDisruptionBudgetStatus, 'disruptedPods'> & { readonly disruptedPods?: Readonly<Record<string, string>> };

/** The budget counts this pod. A selector that cannot be read counts none. */
export function covers(budget: PodDisruptionBudget, pod: Pick<Pod, 'metadata'>): boolean {
  if (budget.metadata.namespace !== pod.metadata.namespace) return false;
  try {
    return fromLabelSelector(budget.spec.selector).matches(pod.metadata.labels);
  } catch {
    return false;
  }
}

/** The status with its condition DisruptionAllowed told from the numbers. Mirrors pdbhelper.UpdateDisruptionAllowedCondition. */
export function withAllowed(status: BudgetStatus, now: Date): BudgetStatus {
  const allowed = status.disruptionsAllowed > 0;
  const condition = {
    type: 'DisruptionAllowed',
    status: allowed ? 'True' : 'False',
    reason: allowed ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration: status.observedGeneration,
    lastTransitionTime: rfc3339(now),
  };
  return { ...status, conditions: setCondition(status.conditions, condition) };
}

/** Pods of which no budget is asked: they have not started, or go already. Mirrors canIgnorePDB. */
export const needsNoBudget = (pod: Pod): boolean => isPodFinished(pod) || pod.status?.phase === 'Pending' || isBeingDeleted(pod);

/**
 * What remains of the budget when this pod is evicted; undefined when it takes nothing from it, because there is no budget or the pod
 * is not ready. Throws 429 with the cause DisruptionBudget, 403 and 500, in upstream's words. Mirrors EvictionREST.
 */
export function spend(budgets: readonly PodDisruptionBudget[], pod: Pod, now: Date): BudgetStatus | undefined {
  if (budgets.length > 1)
    throw unforeseen('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  const budget = budgets[0];
  if (!budget || (!isPodReady(pod) && mayGoUnready(budget))) return undefined;
  const { name, generation = 0 } = budget.metadata;
  const status = budget.status as BudgetStatus;
  if ((status.observedGeneration ?? 0) < generation)
    throw refusal(`The disruption budget ${name} is still being processed by the server.`, 10);
  if (status.disruptionsAllowed < 0) throw forbiddenBudget(name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > MAX_DISRUPTED_PODS) {
    throw forbiddenBudget(name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  }
  if (status.disruptionsAllowed === 0) throw refusal(whyNone(name, status), 0);
  const left = {
    ...status,
    disruptionsAllowed: status.disruptionsAllowed - 1,
    disruptedPods: { ...status.disruptedPods, [pod.metadata.name]: rfc3339(now) },
  };
  return left.disruptionsAllowed === 0 ? withAllowed(left, now) : left;
}

function mayGoUnready({ spec, status }: PodDisruptionBudget): boolean {
  const policy = (spec as { unhealthyPodEvictionPolicy?: string }).unhealthyPodEvictionPolicy;
  return policy === 'AlwaysAllow' || (status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0);
}

function whyNone(name: string, { conditions = [], currentHealthy, desiredHealthy }: BudgetStatus): string {
  const failed = conditions.find(({ type, reason }) => type === 'DisruptionAllowed' && reason === 'SyncFailed');
  if (failed) return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${failed.message}`;
  if (currentHealthy <= desiredHealthy)
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return `The disruption budget ${name} does not allow evicting pods currently`;
}

const refusal = (message: string, retryAfterSeconds: number): ApiError =>
  tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", retryAfterSeconds, [
    { reason: 'DisruptionBudget', message },
  ]);

const forbiddenBudget = (name: string, why: string): ApiError =>
  forbiddenAccess({ group: 'policy', plural: 'poddisruptionbudget' }, name, why);
