import type { StatefulSetUpdateStrategy } from 'kubernetes-types/apps/v1';
import { validatePodAnnotations } from '#lib/api/core/pod/pod-validation-annotations';
import { sameValue } from '#lib/api/equality';
import { forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { isPercent, validateAtMost100Percent, validatePositiveIntOrPercent } from '#lib/api/intstr';
import { validateAnnotations, validateLabels } from '#lib/api/validation/labels';
import { validateNonnegative } from '#lib/api/validation/meta';
import { unsupported } from '#lib/api/validation/rules';
import type { StatefulSet } from './statefulset';
import { validateCounters, validateLastingPod, validateSelector, validateShares } from './workload-validation';

/**
 * Everything about a StatefulSet by itself. Its pods are judged when they are made: their volumes come from its claims. Mirrors
 * ValidateStatefulSetSpec.
 */
export function validateStatefulSet({ spec }: StatefulSet): FieldError[] {
  const { template } = spec;
  const { labels, annotations } = template.metadata ?? {};
  const { matcher, errors: selectorErrors } = validateSelector(spec.selector, 'statefulset', '');
  const errors = [
    ...validatePodManagement(spec.podManagementPolicy ?? ''),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
    ...validateRetention(spec.persistentVolumeClaimRetentionPolicy ?? {}, 'spec.persistentVolumeClaimRetentionPolicy'),
    ...validateNonnegative(spec.replicas, 'spec.replicas'),
    ...validateNonnegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonnegative(spec.ordinals?.start, 'spec.ordinals.start'),
    ...selectorErrors,
  ];
  if (matcher && !matcher.empty && !matcher.matches(labels)) {
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  return [
    ...errors,
    ...validateLabels(labels, 'spec.template.labels'),
    ...validateAnnotations(annotations, 'spec.template.annotations'),
    ...(template.spec ? validatePodAnnotations(annotations, template.spec, 'spec.template.annotations') : []),
    ...validateLastingPod(template, 'StatefulSet'),
  ];
}

function validatePodManagement(policy: string): FieldError[] {
  const field = 'spec.podManagementPolicy';
  if (policy === '') return [required(field)];
  return ['OrderedReady', 'Parallel'].includes(policy) ? [] : [invalid(field, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateUpdateStrategy(strategy: StatefulSetUpdateStrategy, field: string): FieldError[] {
  const { type, rollingUpdate } = strategy;
  switch (type) {
    case undefined:
    case '':
      return [required(field)];
    case 'OnDelete':
      return rollingUpdate ? [invalid(`${field}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")] : [];
    case 'RollingUpdate':
      return [
        ...validateNonnegative(rollingUpdate?.partition, `${field}.rollingUpdate.partition`),
        ...validateMaxUnavailable(strategy, field),
      ];
    default:
      return [invalid(field, strategy, "must be 'RollingUpdate' or 'OnDelete'")];
  }
}

function validateMaxUnavailable({ rollingUpdate }: StatefulSetUpdateStrategy, strategyField: string): FieldError[] {
  const value = rollingUpdate?.maxUnavailable;
  if (value === undefined) return [];
  const field = `${strategyField}.rollingUpdate.maxUnavailable`;
  const isZero = typeof value === 'number' ? value === 0 : isPercent(value) && Number.parseInt(value, 10) === 0;
  return [
    ...validatePositiveIntOrPercent(value, field),
    ...(isZero ? [invalid(field, value, 'cannot be 0')] : []),
    ...validateAtMost100Percent(value, field),
  ];
}

const RETENTION = ['Delete', 'Retain'];

function validateRetention(policy: { whenDeleted?: string; whenScaled?: string }, field: string): FieldError[] {
  return (['whenDeleted', 'whenScaled'] as const).flatMap((name) => {
    const value = policy[name] ?? '';
    return RETENTION.includes(value) ? [] : [unsupported(`${field}.${name}`, value, RETENTION)];
  });
}

const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

/** Only some parts of the spec may change. Mirrors ValidateStatefulSetUpdate. */
export function validateStatefulSetStep(set: StatefulSet, previous: StatefulSet): FieldError[] {
  const kept = { ...set.spec };
  for (const name of CHANGEABLE) Object.assign(kept, { [name]: previous.spec[name] });
  if (sameValue(kept, previous.spec)) return [];
  const names =
    "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'";
  return [forbidden('spec', `updates to statefulset spec for fields other than ${names} are forbidden`)];
}

const COUNTERS = [
  'replicas',
  'readyReplicas',
  'currentReplicas',
  'updatedReplicas',
  'availableReplicas',
  'observedGeneration',
  'collisionCount',
];

/** Mirrors ValidateStatefulSetStatus and the step of collisionCount. */
export function validateStatefulSetStatus({ status }: StatefulSet, previous: StatefulSet): FieldError[] {
  const collisions = status.collisionCount ?? 0;
  return [
    ...validateCounters(status, COUNTERS),
    ...validateShares(status, ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'], 'status.readyReplicas'),
    ...(collisions < (previous.status?.collisionCount ?? 0) ? [invalid('status.collisionCount', collisions, 'cannot be decremented')] : []),
  ];
}
