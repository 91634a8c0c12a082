import type { PriorityClass as WirePriorityClass } from 'kubernetes-types/scheduling/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validatePriorityClass, validatePriorityClassStep } from './priorityclass-validation';

/** How much the pods that name it matter. */
export type PriorityClass = Stored<WirePriorityClass>;

/** Mirrors pkg/registry/scheduling/priorityclass/strategy.go, SetDefaults_PriorityClass and ValidatePriorityClass. */
export const PriorityClass = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  scope: 'Cluster',

  prepareCreate(draft) {
    draft.metadata.generation = 1;
  },
  defaults(draft) {
    draft.value ??= 0;
    draft.preemptionPolicy ??= 'PreemptLowerPriority';
  },

  validate: validatePriorityClass,
  validateUpdate: validatePriorityClassStep,

  columns: [
    NAME,
    { name: 'Value', type: 'integer', value: ({ value }) => value ?? 0 },
    { name: 'Global-Default', type: 'boolean', value: ({ globalDefault }) => globalDefault ?? false },
    AGE,
    { name: 'PreemptionPolicy', type: 'string', value: ({ preemptionPolicy }) => preemptionPolicy ?? '' },
  ],
});
