import type { ReplicationController as WireController, ReplicationControllerSpec as WireSpec } from 'kubernetes-types/core/v1';
import { validateCounters, validateLastingPod, validateShares, workloadWarnings } from '#lib/api/apps/workload-validation';
import { AGE, NAME, TEMPLATE } from '#lib/api/columns';
import { podTemplateDefaults } from '#lib/api/core/pod/pod-defaults';
import type { PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import { validatePodTemplateSpec } from '#lib/api/core/pod/pod-validation';
import { invalid, required, type FieldError } from '#lib/api/field-error';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateNonnegative } from '#lib/api/validation/meta';
import { fromMap, printLabels } from '#lib/api/validation/selectors';

/** What a ReplicationController is asked to be. */
export type ReplicationControllerSpec = Omit<WireSpec, 'template'> & { template: PodTemplateSpec };

/** So many pods of one template: what ReplicaSets replaced. Its selector is a plain map of labels. */
export type ReplicationController = Omit<Stored<WireController>, 'spec'> & { spec: ReplicationControllerSpec };

const COUNTERS = ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'];

/** Mirrors pkg/registry/core/replicationcontroller/strategy.go, SetDefaults_ReplicationController and ValidateReplicationController. */
export const ReplicationController = defineKind<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status', 'scale'],

  prepareCreate(draft) {
    draft.status = { replicas: 0 };
  },

  defaults(draft) {
    const spec = (draft.spec ??= {} as ReplicationControllerSpec);
    spec.replicas ??= 1;
    if (!spec.template) return;
    const labels = spec.template.metadata?.labels;
    if (labels) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      if (Object.keys(draft.metadata.labels ?? {}).length === 0) draft.metadata.labels = { ...labels };
    }
    podTemplateDefaults(spec.template);
  },

  validate: ({ spec }) => [
    ...validateNonnegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...(Object.keys(spec.selector ?? {}).length === 0 ? [required('spec.selector')] : []),
    ...validateNonnegative(spec.replicas, 'spec.replicas'),
    ...validateTemplate(spec),
  ],
  validateStatus: ({ status }) => [
    ...validateCounters(status, COUNTERS),
    ...validateShares(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
  ],
  warnings: (object, previous) => (object.spec.template ? workloadWarnings(object, previous) : []),

  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  columns: [
    NAME,
    { name: 'Desired', type: 'integer', value: ({ spec }) => spec.replicas ?? 0 },
    { name: 'Current', type: 'integer', value: ({ status }) => status?.replicas ?? 0 },
    { name: 'Ready', type: 'integer', value: ({ status }) => status?.readyReplicas ?? 0 },
    AGE,
    ...TEMPLATE,
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => printLabels(spec.selector) },
  ],
});

function validateTemplate({ selector, template }: ReplicationControllerSpec): FieldError[] {
  if (!template) return [required('spec.template')];
  const labels = template.metadata?.labels;
  const matcher = fromMap(selector);
  return [
    ...(!matcher.empty && !matcher.matches(labels)
      ? [invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]
      : []),
    ...validatePodTemplateSpec(template, 'spec.template'),
    ...validateLastingPod(template, 'ReplicationController'),
  ];
}
