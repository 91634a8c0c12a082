import type { DaemonSetUpdateStrategy, RollingUpdateDaemonSet } from 'kubernetes-types/apps/v1';
import { validatePodTemplateSpec } from '#lib/api/core/pod/pod-validation';
import { invalid, required, type FieldError } from '#lib/api/field-error';
import { isPercent, validateAtMost100Percent, validatePositiveIntOrPercent, type IntOrString } from '#lib/api/intstr';
import { validateLabelSelector } from '#lib/api/validation/labels';
import { validateImmutable, validateNonnegative } from '#lib/api/validation/meta';
import { unsupported } from '#lib/api/validation/rules';
import { fromLabelSelector, type Selector } from '#lib/api/validation/selectors';
import type { DaemonSet } from './daemonset';
import { validateCounters, validateLastingPod } from './workload-validation';

/** Everything about a DaemonSet by itself. Mirrors ValidateDaemonSetSpec. */
export function validateDaemonSet({ spec }: DaemonSet): FieldError[] {
  const { selector, template } = spec;
  const errors = validateLabelSelector(selector, 'spec.selector');
  const matcher = readable(() => fromLabelSelector(selector));
  const labels = template.metadata?.labels;
  if (matcher && !matcher.matches(labels)) {
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  if (selector && Object.keys(matchLabels).length + matchExpressions.length === 0) {
    errors.push(invalid('spec.selector', selector, 'empty selector is invalid for daemonset'));
  }
  return [
    ...errors,
    ...validatePodTemplateSpec(template, 'spec.template'),
    ...validateLastingPod(template, 'DaemonSet'),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
    ...validateNonnegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonnegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
}

function readable(read: () => Selector): Selector | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function validateUpdateStrategy({ type, rollingUpdate }: DaemonSetUpdateStrategy, field: string): FieldError[] {
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') return [unsupported(`${field}.type`, type ?? '', ['RollingUpdate', 'OnDelete'])];
  return rollingUpdate ? validateRolling(rollingUpdate, `${field}.rollingUpdate`) : [required(`${field}.rollingUpdate`)];
}

function validateRolling({ maxUnavailable = 0, maxSurge = 0 }: RollingUpdateDaemonSet, field: string): FieldError[] {
  const errors = [
    ...validatePositiveIntOrPercent(maxUnavailable, `${field}.maxUnavailable`),
    ...validatePositiveIntOrPercent(maxSurge, `${field}.maxSurge`),
  ];
  if (amount(maxUnavailable) !== 0 && amount(maxSurge) !== 0) {
    errors.push(invalid(`${field}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  } else if (amount(maxUnavailable) === 0 && amount(maxSurge) === 0) {
    errors.push(required(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
  return [
    ...errors,
    ...validateAtMost100Percent(maxUnavailable, `${field}.maxUnavailable`),
    ...validateAtMost100Percent(maxSurge, `${field}.maxSurge`),
  ];
}

const amount = (value: IntOrString): number => (typeof value === 'number' ? value : isPercent(value) ? Number.parseInt(value, 10) : 0);

/** The selector of a DaemonSet is for ever. Mirrors daemonSetStrategy.ValidateUpdate. */
export const validateDaemonSetStep = (set: DaemonSet, previous: DaemonSet): FieldError[] =>
  validateImmutable(set.spec.selector, previous.spec.selector, 'spec.selector');

const COUNTERS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
];

/** Mirrors ValidateDaemonSetStatusUpdate. */
export function validateDaemonSetStatus({ status }: DaemonSet, previous: DaemonSet): FieldError[] {
  const collisions = status.collisionCount ?? 0;
  return [
    ...validateCounters(status, COUNTERS),
    ...(collisions < (previous.status?.collisionCount ?? 0) ? [invalid('status.collisionCount', collisions, 'cannot be decremented')] : []),
  ];
}
