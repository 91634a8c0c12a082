import type { PodDisruptionBudgetSpec } from 'kubernetes-types/policy/v1';
import type { BudgetStatus } from '#lib/api/policy/disruption';
import { PodDisruptionBudget } from '#lib/api/policy/poddisruptionbudget';
import { build, type Common } from './object';

/** What a test says of a budget. */
export interface BudgetOptions extends Common {
  readonly spec?: PodDisruptionBudgetSpec & { readonly unhealthyPodEvictionPolicy?: string };
  /** Default: as it is made: nothing is allowed, nothing was observed. */
  readonly status?: Partial<BudgetStatus>;
}

/** A budget of the pods of `app: web`, of which two must stay. */
export const aBudget = ({ spec, status, ...options }: BudgetOptions = {}): PodDisruptionBudget =>
  build(PodDisruptionBudget, options, {
    spec: { selector: { matchLabels: { app: 'web' } }, ...(spec?.maxUnavailable === undefined && { minAvailable: 2 }), ...spec },
    status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, ...status },
  });
