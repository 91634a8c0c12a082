import type { ResourceQuotaSpec, ScopedResourceSelectorRequirement } from 'kubernetes-types/core/v1';
import { invalid, required, type FieldError } from '#lib/api/field-error';
import { isQualifiedName } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import { validateQuantity } from '#lib/api/core/pod/pod-validation-resources';
import type { ResourceQuota } from './resourcequota';

const COMPUTE = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
/** Resources without a domain that a quota can be about. */
const STANDARD = new Set([
  ...COMPUTE,
  'ephemeral-storage',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
]);

/** Scopes, and what a quota of that scope can count. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  BestEffort: ['pods'],
  ...Object.fromEntries(
    ['Terminating', 'NotTerminating', 'NotBestEffort', 'PriorityClass', 'CrossNamespacePodAffinity'].map((scope) => [
      scope,
      ['pods', ...COMPUTE],
    ]),
  ),
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
};
const CONFLICTING = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];

/** A quota by itself. Mirrors ValidateResourceQuotaSpec. */
export function validateResourceQuota({ spec }: ResourceQuota): FieldError[] {
  return [
    ...Object.entries(spec.hard ?? {}).flatMap(([name, amount]) => validateHard(name, amount, `spec.hard[${name}]`)),
    ...validateScopes(spec),
    ...(spec.scopeSelector?.matchExpressions ?? []).flatMap((one) => validateExpression(one, spec, 'spec.scopeSelector.matchExpressions')),
  ];
}

/** Name and amount of one resource, wherever a quota lists them. */
function validateHard(name: string, amount: string, field: string): FieldError[] {
  const errors = obeys(field, name, isQualifiedName);
  const isStandard = name.includes('/') || STANDARD.has(name) || /^(requests\.)?hugepages-/.test(name);
  if (errors.length === 0 && !isStandard) errors.push(invalid(field, name, 'must be a standard resource for quota'));
  return [...errors, ...validateQuantity(name, amount, field)];
}

const fits = (scope: string, { hard = {} }: ResourceQuotaSpec): boolean =>
  Object.keys(hard).every((name) => !STANDARD.has(name) || SCOPES[scope]?.includes(name));

function validateScopes(spec: ResourceQuotaSpec): FieldError[] {
  const { scopes = [] } = spec;
  const field = 'spec.scopes';
  const errors = scopes.flatMap((scope): FieldError[] => {
    if (!SCOPES[scope]) return [invalid(field, scopes, 'unsupported scope')];
    return fits(scope, spec) ? [] : [invalid(field, scopes, 'unsupported scope applied to resource')];
  });
  const conflicts = CONFLICTING.filter((pair) => pair.every((scope) => scopes.includes(scope)));
  return [...errors, ...conflicts.map(() => invalid(field, scopes, 'conflicting scopes'))];
}

function validateExpression(
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  spec: ResourceQuotaSpec,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!SCOPES[scopeName]) errors.push(invalid(`${field}.scopeName`, scopeName, 'unsupported scope'));
  else if (!fits(scopeName, spec)) errors.push(invalid(`${field}.scopeName`, spec.scopeSelector, 'unsupported scope applied to resource'));
  const onlyExists = !['PriorityClass', 'VolumeAttributesClass'].includes(scopeName);
  if (onlyExists && operator !== 'Exists') {
    const scopes =
      'ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity';
    errors.push(invalid(`${field}.operator`, operator, `must be 'Exist' when scope is any of ${scopes}`));
  }
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      errors.push(required(`${field}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      errors.push(invalid(`${field}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"));
  } else errors.push(invalid(`${field}.operator`, operator, 'not a valid selector operator'));
  return errors;
}

/** Scopes are for ever. Mirrors ValidateResourceQuotaUpdate. */
export function validateResourceQuotaStep({ spec }: ResourceQuota, { spec: old }: ResourceQuota): FieldError[] {
  const [scopes, before] = [[...(spec.scopes ?? [])].sort(), [...(old.scopes ?? [])].sort()];
  return scopes.join() === before.join() ? [] : [invalid('spec.scopes', spec.scopes, 'field is immutable')];
}

/** Mirrors ValidateResourceQuotaStatusUpdate. */
export const validateResourceQuotaStatus = ({ status }: ResourceQuota): FieldError[] =>
  (['hard', 'used'] as const).flatMap((list) =>
    Object.entries(status?.[list] ?? {}).flatMap(([name, amount]) => validateHard(name, amount, `status.${list}[${name}]`)),
  );
