import type {
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from 'kubernetes-types/batch/v1';
import { duplicate, invalid, invalidPart, notSupported, required, tooLong, tooMany, type FieldError } from '#lib/api/field-error';
import { validateNonnegative } from '#lib/api/validation/meta';
import { isQualifiedName } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import { byteLength } from '#lib/api/validation/size';
import { indexesIn } from './indexes';
import type { JobSpec } from './job';

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];
const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_INDEXES_BYTES = 64 * 1024;

/** `["A" "B"]`, as Go's %q prints a list. */
const quoted = (values: readonly string[]): string => `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`;

const wellKnown = (field: string, value: string | undefined, known: readonly string[]): FieldError[] => {
  if (!value) return [required(field, quoted(known))];
  return known.includes(value) ? [] : [notSupported(field, value, known)];
};

/** What is done about pods that fail. Mirrors validatePodFailurePolicy. */
export function validateFailurePolicy(spec: JobSpec, field: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  const names = new Set([...containers, ...initContainers].map(({ name }) => name));
  return [
    ...(rules.length > MAX_RULES ? [tooMany(`${field}.rules`, rules.length, MAX_RULES)] : []),
    ...rules.flatMap((rule, i) => validateRule(spec, rule, names, `${field}.rules[${i}]`)),
  ];
}

function validateRule(spec: JobSpec, rule: PodFailurePolicyRule, names: ReadonlySet<string>, field: string): FieldError[] {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const errors =
    action === 'FailIndex' && spec.backoffLimitPerIndex === undefined
      ? [invalid(`${field}.action`, action, 'requires the backoffLimitPerIndex to be set')]
      : wellKnown(`${field}.action`, action, ACTIONS);
  if (onExitCodes) errors.push(...validateExitCodes(onExitCodes, names, `${field}.onExitCodes`));
  if (onPodConditions.length > 0) errors.push(...validateConditions(onPodConditions, `${field}.onPodConditions`));
  if (onExitCodes && onPodConditions.length > 0)
    errors.push(invalidPart(field, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (!onExitCodes && onPodConditions.length === 0)
    errors.push(invalidPart(field, 'specifying one of OnExitCodes and OnPodConditions is required'));
  return errors;
}

function validateConditions(patterns: readonly PodFailurePolicyOnPodConditionsPattern[], field: string): FieldError[] {
  return [
    ...(patterns.length > MAX_RULES ? [tooMany(field, patterns.length, MAX_RULES)] : []),
    ...patterns.flatMap(({ type, status }, i) => [
      ...obeys(`${field}[${i}].type`, type ?? '', isQualifiedName),
      ...wellKnown(`${field}[${i}].status`, status, STATUSES),
    ]),
  ];
}

function validateExitCodes(
  { operator, containerName, values = [] }: PodFailurePolicyOnExitCodesRequirement,
  names: ReadonlySet<string>,
  field: string,
): FieldError[] {
  const errors = wellKnown(`${field}.operator`, operator, OPERATORS);
  if (containerName !== undefined && !names.has(containerName)) {
    errors.push(
      invalid(`${field}.containerName`, containerName, 'must be one of the container or initContainer names in the pod template'),
    );
  }
  if (values.length === 0) errors.push(invalid(`${field}.values`, values, 'at least one value is required'));
  else if (values.length > MAX_EXIT_CODES) errors.push(tooMany(`${field}.values`, values.length, MAX_EXIT_CODES));
  for (const [i, value] of values.entries()) {
    if (operator === 'In' && value === 0) errors.push(invalid(`${field}.values[${i}]`, value, 'must not be 0 for the In operator'));
    if (values.indexOf(value) < i) errors.push(duplicate(`${field}.values[${i}]`, value));
  }
  if (values.some((value, i) => i > 0 && (values[i - 1] as number) > value))
    errors.push(invalid(`${field}.values`, values, 'must be ordered'));
  return errors;
}

/** Which indexes are enough. Mirrors validateSuccessPolicy. */
export function validateSuccessPolicy({ successPolicy, completions = 0 }: JobSpec, field: string): FieldError[] {
  const rules = successPolicy?.rules ?? [];
  const errors =
    rules.length === 0 ? [required(`${field}.rules`, 'at least one rules must be specified when the successPolicy is specified')] : [];
  if (rules.length > MAX_RULES) errors.push(tooMany(`${field}.rules`, rules.length, MAX_RULES));
  for (const [i, { succeededCount: count, succeededIndexes: indexes }] of rules.entries()) {
    const at = `${field}.rules[${i}]`;
    if (count === undefined && indexes === undefined)
      errors.push(required(at, 'at least one of succeededCount or succeededIndexes must be specified'));
    const { total = 0, problem } = indexes === undefined ? {} : indexesIn(indexes, completions);
    if (byteLength(indexes ?? '') > MAX_INDEXES_BYTES) errors.push(tooLong(`${at}.succeededIndexes`, MAX_INDEXES_BYTES));
    if (problem !== undefined) errors.push(invalid(`${at}.succeededIndexes`, indexes, `error parsing succeededIndexes: ${problem}`));
    if (count === undefined) continue;
    errors.push(...validateNonnegative(count, `${at}.succeededCount`));
    const atMost = (most: number, what: string): FieldError =>
      invalid(`${at}.succeededCount`, count, `must be less than or equal to ${most} (${what})`);
    if (count > completions) errors.push(atMost(completions, 'the number of specified completions'));
    if (indexes !== undefined && count > total) errors.push(atMost(total, 'the number of indexes in the specified succeededIndexes field'));
  }
  return errors;
}
