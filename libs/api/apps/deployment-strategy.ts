import type { DeploymentStrategy, RollingUpdateDeployment } from 'kubernetes-types/apps/v1';
import { forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { isPercent, validateAtMost100Percent, validatePositiveIntOrPercent, type IntOrString } from '#lib/api/intstr';
import { unsupported } from '#lib/api/validation/rules';

/** RollingUpdate with a quarter of the pods to spare on both sides, unless said otherwise. Mirrors SetDefaults_Deployment. */
export function defaultStrategy(strategy: DeploymentStrategy | undefined): DeploymentStrategy {
  const type = strategy?.type || 'RollingUpdate';
  if (type !== 'RollingUpdate') return { ...strategy, type };
  return { ...strategy, type, rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%', ...present(strategy?.rollingUpdate ?? {}) } };
}

/** A null is as good as nothing. */
const present = (update: RollingUpdateDeployment): RollingUpdateDeployment =>
  Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined && value !== null));

/** Mirrors ValidateDeploymentStrategy. */
export function validateStrategy(strategy: DeploymentStrategy, field: string): FieldError[] {
  const { type, rollingUpdate } = strategy;
  switch (type) {
    case 'Recreate':
      return rollingUpdate ? [forbidden(`${field}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")] : [];
    case 'RollingUpdate':
      if (!rollingUpdate) return [required(`${field}.rollingUpdate`, 'this should be defaulted and never be nil')];
      return validateRolling(rollingUpdate, `${field}.rollingUpdate`);
    default:
      return [unsupported(field, strategy, ['Recreate', 'RollingUpdate'])];
  }
}

function validateRolling({ maxUnavailable = 0, maxSurge = 0 }: RollingUpdateDeployment, field: string): FieldError[] {
  const errors = [
    ...validatePositiveIntOrPercent(maxUnavailable, `${field}.maxUnavailable`),
    ...validatePositiveIntOrPercent(maxSurge, `${field}.maxSurge`),
  ];
  if (amount(maxUnavailable) === 0 && amount(maxSurge) === 0) {
    errors.push(invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  return [...errors, ...validateAtMost100Percent(maxUnavailable, `${field}.maxUnavailable`)];
}

/** The number that stands there, percent or not; 0 for a text that is neither. */
const amount = (value: IntOrString): number => (typeof value === 'number' ? value : isPercent(value) ? Number(value.slice(0, -1)) : 0);
