import type { Deployment as WireDeployment, DeploymentSpec as WireDeploymentSpec } from 'kubernetes-types/apps/v1';
import { AGE, NAME, TEMPLATE } from '#lib/api/columns';
import { podTemplateDefaults } from '#lib/api/core/pod/pod-defaults';
import type { PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import { sameValue } from '#lib/api/equality';
import { invalid, type FieldError } from '#lib/api/field-error';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateImmutable, validateNonnegative } from '#lib/api/validation/meta';
import { fromLabelSelector } from '#lib/api/validation/selectors';
import { defaultStrategy, validateStrategy } from './deployment-strategy';
import { validateCounters, validateSelectorAndTemplate, validateShares, workloadWarnings } from './workload-validation';

/** What a Deployment is asked to be. */
export type DeploymentSpec = Omit<WireDeploymentSpec, 'template'> & { template: PodTemplateSpec };

/** What a Deployment is observed to be. */
export type DeploymentStatus = Stored<WireDeployment>['status'] & { terminatingReplicas?: number };

/** Pods of one template, rolled from one version of it to the next. */
export type Deployment = Omit<Stored<WireDeployment>, 'spec' | 'status'> & { spec: DeploymentSpec; status: DeploymentStatus };

const COUNTERS = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
];

/** Mirrors pkg/registry/apps/deployment/strategy.go, pkg/apis/apps/v1/defaults.go and ValidateDeployment. */
export const Deployment = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status', 'scale'],

  prepareCreate(draft) {
    draft.status = {};
  },

  /** A changed annotation moves the generation as well: the controller copies annotations to its ReplicaSets. */
  prepareUpdate(draft, previous, { subresource }) {
    if (subresource === 'status' || sameValue(draft.metadata.annotations ?? {}, previous.metadata.annotations ?? {})) return;
    draft.metadata.generation = (previous.metadata.generation ?? 0) + 1;
  },

  defaults(draft) {
    const spec = (draft.spec ??= {} as DeploymentSpec);
    spec.replicas ??= 1;
    spec.strategy = defaultStrategy(spec.strategy);
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    podTemplateDefaults((spec.template ??= {} as PodTemplateSpec));
  },

  validate({ spec }) {
    const { minReadySeconds = 0, progressDeadlineSeconds } = spec;
    const errors: FieldError[] = [
      ...validateNonnegative(spec.replicas, 'spec.replicas'),
      ...validateSelectorAndTemplate(spec.selector, spec.template),
      ...validateStrategy(spec.strategy ?? {}, 'spec.strategy'),
      ...validateNonnegative(minReadySeconds, 'spec.minReadySeconds'),
      ...validateNonnegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
      ...validateNonnegative(progressDeadlineSeconds, 'spec.progressDeadlineSeconds'),
    ];
    if (progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds) {
      errors.push(invalid('spec.progressDeadlineSeconds', progressDeadlineSeconds, 'must be greater than minReadySeconds'));
    }
    return errors;
  },

  validateUpdate: (deployment, previous) => validateImmutable(deployment.spec.selector, previous.spec.selector, 'spec.selector'),

  validateStatus({ status }, previous) {
    const collisions = status.collisionCount ?? 0;
    return [
      ...validateCounters(status, COUNTERS),
      ...validateShares(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas']),
      ...(collisions < (previous.status?.collisionCount ?? 0)
        ? [invalid('status.collisionCount', collisions, 'cannot be decremented')]
        : []),
    ];
  },

  warnings: workloadWarnings,

  columns: [
    NAME,
    { name: 'Ready', type: 'string', value: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}` },
    { name: 'Up-to-date', type: 'string', value: ({ status }) => status?.updatedReplicas ?? 0 },
    { name: 'Available', type: 'string', value: ({ status }) => status?.availableReplicas ?? 0 },
    AGE,
    ...TEMPLATE,
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => fromLabelSelector(spec.selector).text },
  ],
});
