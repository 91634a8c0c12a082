import type { PodDisruptionBudget as WireBudget } from 'kubernetes-types/policy/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateBudget, validateBudgetStatus } from './disruption-validation';

/** How many pods of a set must stay, or may go, when they are evicted by choice. */
export type PodDisruptionBudget = Stored<WireBudget>;

/** Mirrors pkg/registry/policy/poddisruptionbudget/strategy.go and ValidatePodDisruptionBudget. */
export const PodDisruptionBudget = defineKind<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  scope: 'Namespaced',
  subresources: ['status'],

  prepareCreate(draft) {
    draft.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  defaults(draft) {
    draft.spec ??= {};
  },

  validate: validateBudget,
  validateStatus: validateBudgetStatus,

  columns: [
    NAME,
    { name: 'Min Available', type: 'string', value: ({ spec }) => String(spec.minAvailable ?? 'N/A') },
    { name: 'Max Unavailable', type: 'string', value: ({ spec }) => String(spec.maxUnavailable ?? 'N/A') },
    { name: 'Allowed Disruptions', type: 'integer', value: ({ status }) => status?.disruptionsAllowed ?? 0 },
    AGE,
  ],
});
