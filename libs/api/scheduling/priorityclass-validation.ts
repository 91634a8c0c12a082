import { forbidden, required, type FieldError } from '#lib/api/field-error';
import { validateImmutable } from '#lib/api/validation/meta';
import { unsupported } from '#lib/api/validation/rules';
import type { PriorityClass } from './priorityclass';

/** Classes of the system and their values. Mirrors SystemPriorityClasses of pkg/apis/scheduling/v1. */
export const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};
const HIGHEST_OF_USERS = 1_000_000_000;
const POLICIES = ['PreemptLowerPriority', 'Never'];

/** Mirrors ValidatePriorityClass. */
export function validatePriorityClass({ metadata, value, globalDefault = false, preemptionPolicy }: PriorityClass): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.name?.startsWith('system-')) {
    const problem = systemProblem(metadata.name, value, globalDefault);
    if (problem !== undefined) {
      errors.push(
        forbidden('metadata.name', `priority class names with 'system-' prefix are reserved for system use only. error: ${problem}`),
      );
    }
  } else if (value > HIGHEST_OF_USERS)
    errors.push(forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_OF_USERS}`));
  if (!preemptionPolicy) return [...errors, required('preemptionPolicy')];
  return POLICIES.includes(preemptionPolicy) ? errors : [...errors, unsupported('preemptionPolicy', preemptionPolicy, POLICIES)];
}

function systemProblem(name: string, value: number, globalDefault: boolean): string | undefined {
  const known = SYSTEM_PRIORITIES[name];
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

/** Pods have their priority from it already. Mirrors ValidatePriorityClassUpdate. */
export const validatePriorityClassStep = (next: PriorityClass, previous: PriorityClass): FieldError[] => [
  ...(next.value === previous.value ? [] : [forbidden('value', 'may not be changed in an update.')]),
  ...validateImmutable(next.preemptionPolicy, previous.preemptionPolicy, 'preemptionPolicy'),
];
