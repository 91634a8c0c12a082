import { invalid, notSupported, type FieldError } from '#lib/api/field-error';
import { validateAtMost100Percent, validatePositiveIntOrPercent } from '#lib/api/intstr';
import { validateLabelSelector } from '#lib/api/validation/labels';
import { validateNonnegative } from '#lib/api/validation/meta';
import type { PodDisruptionBudget } from './poddisruptionbudget';

const POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];

/** Mirrors ValidatePodDisruptionBudgetSpec. */
export function validateBudget({ spec }: PodDisruptionBudget): FieldError[] {
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: unhealthy } = spec;
  const errors =
    minAvailable !== undefined && maxUnavailable !== undefined
      ? [invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
      : [];
  for (const [name, value] of Object.entries({ minAvailable, maxUnavailable })) {
    if (value !== undefined)
      errors.push(...validatePositiveIntOrPercent(value, `spec.${name}`), ...validateAtMost100Percent(value, `spec.${name}`));
  }
  return [
    ...errors,
    ...validateLabelSelector(spec.selector, 'spec.selector'),
    ...(unhealthy === undefined || POLICIES.includes(unhealthy)
      ? []
      : [notSupported('spec.unhealthyPodEvictionPolicy', unhealthy, POLICIES)]),
  ];
}

const COUNTERS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

/** Mirrors ValidatePodDisruptionBudgetStatusUpdate. */
export const validateBudgetStatus = ({ status }: PodDisruptionBudget): FieldError[] =>
  COUNTERS.flatMap((name) => validateNonnegative(status[name], `status.${name}`));
