import type { ReplicaSet as WireReplicaSet, ReplicaSetSpec as WireReplicaSetSpec } from 'kubernetes-types/apps/v1';
import { AGE, NAME, TEMPLATE } from '#lib/api/columns';
import { podTemplateDefaults } from '#lib/api/core/pod/pod-defaults';
import type { PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateImmutable, validateNonnegative } from '#lib/api/validation/meta';
import { printLabelSelector } from '#lib/api/validation/selectors';
import { validateCounters, validateSelectorAndTemplate, validateShares, workloadWarnings } from './workload-validation';

/** What a ReplicaSet is asked to be. */
export type ReplicaSetSpec = Omit<WireReplicaSetSpec, 'template'> & { template: PodTemplateSpec };

/** What a ReplicaSet is observed to be. */
export type ReplicaSetStatus = Stored<WireReplicaSet>['status'] & { terminatingReplicas?: number };

/** So many pods of one template. */
export type ReplicaSet = Omit<Stored<WireReplicaSet>, 'spec' | 'status'> & { spec: ReplicaSetSpec; status: ReplicaSetStatus };

const COUNTERS = ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'terminatingReplicas', 'observedGeneration'];

/** Mirrors pkg/registry/apps/replicaset/strategy.go, pkg/apis/apps/v1/defaults.go and ValidateReplicaSet. */
export const ReplicaSet = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status', 'scale'],

  prepareCreate(draft) {
    draft.status = { replicas: 0 };
  },

  defaults(draft) {
    const spec = (draft.spec ??= {} as ReplicaSetSpec);
    spec.replicas ??= 1;
    podTemplateDefaults((spec.template ??= {} as PodTemplateSpec));
  },

  validate: ({ spec }) => [
    ...validateNonnegative(spec.replicas, 'spec.replicas'),
    ...validateNonnegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateSelectorAndTemplate(spec.selector, spec.template),
  ],

  validateUpdate: (set, previous) => validateImmutable(set.spec.selector, previous.spec.selector, 'spec.selector'),

  validateStatus: ({ status }) => [
    ...validateCounters(status, COUNTERS),
    ...validateShares(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
  ],

  warnings: workloadWarnings,

  columns: [
    NAME,
    { name: 'Desired', type: 'integer', value: ({ spec }) => spec.replicas ?? 0 },
    { name: 'Current', type: 'integer', value: ({ status }) => status?.replicas ?? 0 },
    { name: 'Ready', type: 'integer', value: ({ status }) => status?.readyReplicas ?? 0 },
    AGE,
    ...TEMPLATE,
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => printLabelSelector(spec.selector) },
  ],
});
