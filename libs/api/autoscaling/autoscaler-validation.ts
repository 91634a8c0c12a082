import type { HPAScalingPolicy, HPAScalingRules } from 'kubernetes-types/autoscaling/v2';
import { invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { validateNonnegative } from '#lib/api/validation/meta';
import type { HorizontalPodAutoscaler } from './horizontalpodautoscaler';
import { validateMetric } from './metric-validation';
import { validateReference } from './reference';

/** Mirrors validateHorizontalPodAutoscalerSpec; scaling to zero is not enabled, as by default upstream. */
export function validateAutoscaler({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [], behavior } = spec;
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1)
    errors.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  if (maxReplicas < 1) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  return [
    ...errors,
    ...validateReference(scaleTargetRef ?? {}, 'spec.scaleTargetRef'),
    ...metrics.flatMap((metric, i) => validateMetric(metric, `spec.metrics[${i}]`)),
    ...(behavior?.scaleUp ? validateRules(behavior.scaleUp, 'spec.behavior.scaleUp') : []),
    ...(behavior?.scaleDown ? validateRules(behavior.scaleDown, 'spec.behavior.scaleDown') : []),
  ];
}

/** Mirrors ValidateHorizontalPodAutoscalerStatusUpdate. */
export const validateAutoscalerStatus = ({ status }: HorizontalPodAutoscaler): FieldError[] => [
  ...validateNonnegative(status.currentReplicas, 'status.currentReplicas'),
  ...validateNonnegative(status.desiredReplicas, 'status.desiredReplicas'),
];

const SELECT = ['Disabled', 'Max', 'Min'];

function validateRules({ stabilizationWindowSeconds: window, selectPolicy, policies = [] }: HPAScalingRules, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = `${field}.stabilizationWindowSeconds`;
  if (window !== undefined && window < 0) errors.push(invalid(at, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > 3600) errors.push(invalid(at, window, 'must be less than or equal to 3600'));
  if (selectPolicy !== undefined && !SELECT.includes(selectPolicy))
    errors.push(notSupported(`${field}.selectPolicy`, selectPolicy, SELECT));
  if (policies.length === 0) errors.push(required(`${field}.policies`, 'must specify at least one Policy'));
  return [...errors, ...policies.flatMap((policy, i) => validatePolicy(policy, `${field}.policies[${i}]`))];
}

function validatePolicy({ type, value, periodSeconds }: HPAScalingPolicy, field: string): FieldError[] {
  return [
    ...(type === 'Pods' || type === 'Percent' ? [] : [notSupported(`${field}.type`, type, ['Percent', 'Pods'])]),
    ...(value > 0 ? [] : [invalid(`${field}.value`, value, 'must be greater than zero')]),
    ...(periodSeconds > 0 ? [] : [invalid(`${field}.periodSeconds`, periodSeconds, 'must be greater than zero')]),
    ...(periodSeconds > 1800 ? [invalid(`${field}.periodSeconds`, periodSeconds, 'must be less than or equal to 1800')] : []),
  ];
}
