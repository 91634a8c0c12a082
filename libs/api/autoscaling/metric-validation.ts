import type { MetricIdentifier, MetricSpec, MetricTarget } from 'kubernetes-types/autoscaling/v2';
import { forbidden, invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { parseQuantity, quantityProblem } from '#lib/api/quantity';
import { isDNS1123Label, isPathSegmentName } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import { validateReference } from './reference';

const MEMBERS = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const;
type Type = keyof typeof MEMBERS;

/** One metric of an autoscaler: its type says which one of its parts is there. Mirrors validateMetricSpec. */
export function validateMetric(spec: MetricSpec, field: string): FieldError[] {
  const types = Object.keys(MEMBERS);
  const isKnown = types.includes(spec.type);
  const errors = spec.type ? [] : [required(`${field}.type`, 'must specify a metric source type')];
  if (!isKnown) errors.push(notSupported(`${field}.type`, spec.type ?? '', types), notSupported(`${field}.type`, spec.type ?? '', types));
  const present = Object.values(MEMBERS).filter((member) => spec[member] !== undefined);
  const [first] = present;
  if (first) errors.push(...validatePart(spec, first, `${field}.${first}`));
  const expected = isKnown ? MEMBERS[spec.type as Type] : undefined;
  if (expected && spec[expected] === undefined)
    errors.push(required(`${field}.${expected}`, 'must populate information for the given metric source'));
  if (present.length === 1) return errors;
  return [
    ...errors,
    ...present
      .filter((member) => member !== expected)
      .map((member) => forbidden(`${field}.${member}`, 'must populate the given metric source only')),
  ];
}

function validatePart(spec: MetricSpec, member: (typeof MEMBERS)[Type], field: string): FieldError[] {
  const target = spec[member]?.target;
  const shape = validateTarget(target ?? ({} as MetricTarget), `${field}.target`);
  switch (member) {
    case 'object':
      return [
        ...validateReference(spec.object?.describedObject ?? {}, `${field}.describedObject`),
        ...validateIdentifier(spec.object?.metric, `${field}.metric`),
        ...shape,
        ...(hasValue(target) ? [] : [required(`${field}.target.averageValue`, 'must set either a target value or averageValue')]),
      ];
    case 'external':
      return [...validateIdentifier(spec.external?.metric, `${field}.metric`), ...shape, ...eitherValue(target, `${field}.target`)];
    case 'pods':
      return [
        ...validateIdentifier(spec.pods?.metric, `${field}.metric`),
        ...shape,
        ...(target?.averageValue === undefined
          ? [required(`${field}.target.averageValue`, 'must specify a positive target averageValue')]
          : []),
      ];
    case 'resource':
      return [...named(spec.resource?.name, `${field}.name`), ...shape, ...eitherAverage(target, `${field}.target`)];
    case 'containerResource':
      return [
        ...named(spec.containerResource?.name, `${field}.name`),
        ...(spec.containerResource?.container
          ? obeys(`${field}.container`, spec.containerResource.container, isDNS1123Label)
          : [required(`${field}.container`, 'must specify a container')]),
        ...shape,
        ...eitherAverage(target, `${field}.target`),
      ];
  }
}

const hasValue = (target: MetricTarget | undefined): boolean => target?.value !== undefined || target?.averageValue !== undefined;
const named = (name: string | undefined, field: string): FieldError[] => (name ? [] : [required(field, 'must specify a resource name')]);

function eitherValue(target: MetricTarget | undefined, field: string): FieldError[] {
  if (!hasValue(target)) return [required(`${field}.averageValue`, 'must set either a target value for metric or a per-pod target')];
  const both = target?.value !== undefined && target.averageValue !== undefined;
  return both ? [forbidden(`${field}.value`, 'may not set both a target value for metric and a per-pod target')] : [];
}

function eitherAverage(target: MetricTarget | undefined, field: string): FieldError[] {
  const { averageUtilization, averageValue } = target ?? {};
  if (averageUtilization === undefined && averageValue === undefined) {
    return [required(`${field}.averageUtilization`, 'must set either a target raw value or a target utilization')];
  }
  if (averageUtilization === undefined || averageValue === undefined) return [];
  return [forbidden(`${field}.averageValue`, 'may not set both a target raw value and a target utilization')];
}

function validateTarget({ type, value, averageValue, averageUtilization }: MetricTarget, field: string): FieldError[] {
  const errors = type ? [] : [required(`${field}.type`, 'must specify a metric target type')];
  if (!['Utilization', 'Value', 'AverageValue'].includes(type))
    errors.push(invalid(`${field}.type`, type ?? '', 'must be either Utilization, Value, or AverageValue'));
  for (const [name, amount] of Object.entries({ value, averageValue })) {
    if (amount !== undefined && (quantityProblem(amount) !== undefined || parseQuantity(amount).nano <= 0n))
      errors.push(invalid(`${field}.${name}`, amount, 'must be positive'));
  }
  if (averageUtilization !== undefined && averageUtilization < 1)
    errors.push(invalid(`${field}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  return errors;
}

const validateIdentifier = (id: MetricIdentifier | undefined, field: string): FieldError[] =>
  id?.name ? obeys(`${field}.name`, id.name, isPathSegmentName) : [required(`${field}.name`, 'must specify a metric name')];
