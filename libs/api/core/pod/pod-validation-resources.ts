import { duplicate, forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { canonicalQuantity, compareQuantities, parseQuantity, quantityProblem } from '#lib/api/quantity';
import { isQualifiedName } from '#lib/api/validation/names';
import {
  aggregateRequests,
  isExtendedResource,
  isHugePages,
  isNativeResource,
  isOvercommitAllowed,
  isPodLevelResource,
} from '#lib/api/core/pod/pod-resources';
import type { Container, PodSpec, ResourceList } from '#lib/api/core/pod/pod-types';
import { unsupported } from '#lib/api/validation/rules';
import { label, NOT_NEGATIVE, obey } from '#lib/api/core/pod/pod-validation-rules';

type Resources = NonNullable<Container['resources']>;
type NameRule = (name: string, field: string) => FieldError[];

const CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);
/** Names without a domain that mean something somewhere. Mirrors helper.IsStandardResourceName. */
const STANDARD_RESOURCES = new Set([
  ...CONTAINER_RESOURCES,
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'storage',
  'requests.storage',
  'services.nodeports',
  'services.loadbalancers',
]);
/** Counted in whole things. Mirrors helper.IsIntegerResourceName. */
const WHOLE_RESOURCES = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

/** Limits and requests of a container. `claimNames` are those of the pod. Mirrors ValidateContainerResourceRequirements. */
export const validateContainerResources = (
  resources: Resources | undefined,
  claimNames: ReadonlySet<string>,
  field: string,
): FieldError[] => validateResources(resources, containerResourceName, claimNames, field);

/** `spec.overhead`. */
export const validateOverhead = (overhead: ResourceList, field: string): FieldError[] =>
  validateResources({ limits: overhead }, containerResourceName, new Set(), field);

/** `spec.resources`: what the whole pod may use. Mirrors validatePodResources. */
export function validatePodResources(spec: PodSpec, claimNames: ReadonlySet<string>, field: string): FieldError[] {
  const { resources } = spec;
  if (!resources) return [];
  const errors: FieldError[] = [];
  if (resources.claims) errors.push(forbidden(`${field}.claims`, 'claims cannot be set for Resources at pod-level'));
  errors.push(...validateResources(resources, podResourceName, claimNames, field));
  if (errors.length > 0) return errors;
  return [...coversRequests(spec, resources, field), ...coversLimits(spec, resources, field)];
}

function coversRequests(spec: PodSpec, { requests }: Resources, field: string): FieldError[] {
  return Object.entries(aggregateRequests(spec)).flatMap(([name, needed]) => {
    const given = requests?.[name] ?? '0';
    if (compareQuantities(parseQuantity(needed), parseQuantity(given)) <= 0) return [];
    return [invalid(`${field}.requests[${name}]`, given, `must be greater than or equal to aggregate container requests of ${needed}`)];
  });
}

function coversLimits(spec: PodSpec, { limits }: Resources, field: string): FieldError[] {
  return spec.containers.flatMap((container, i) =>
    Object.entries(container.resources?.limits ?? {}).flatMap(([name, own]) => {
      const most = limits?.[name];
      if (most === undefined || quantityProblem(own) !== undefined || compareQuantities(parseQuantity(own), parseQuantity(most)) <= 0)
        return [];
      return [invalid(`${field}.containers[${i}][${name}].limits`, own, `must be less than or equal to pod limits of ${most}`)];
    }),
  );
}

function validateResources(
  resources: Resources | undefined,
  nameRule: NameRule,
  claimNames: ReadonlySet<string>,
  field: string,
): FieldError[] {
  const { limits = {}, requests = {}, claims = [] } = resources ?? {};
  const errors: FieldError[] = [];
  for (const [name, amount] of Object.entries(limits)) errors.push(...validateAmount(name, amount, nameRule, `${field}.limits[${name}]`));
  for (const [name, amount] of Object.entries(requests)) {
    errors.push(...validateAmount(name, amount, nameRule, `${field}.requests[${name}]`));
    errors.push(...withinLimit(name, amount, limits[name], field));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory')) {
    errors.push(forbidden(field, 'HugePages require cpu or memory'));
  }
  return [...errors, ...validateClaims(claims, claimNames, `${field}.claims`)];
}

function validateAmount(name: string, amount: string, nameRule: NameRule, field: string): FieldError[] {
  const errors = [...nameRule(name, field), ...validateQuantity(name, amount, field)];
  if (isHugePages(name) && quantityProblem(amount) === undefined && !isWholePages(name, amount)) {
    errors.push(invalid(field, amount, `${canonicalQuantity(amount)} is not positive integer multiple of ${name}`));
  }
  return errors;
}

/** Not negative, and whole where parts make no sense. Mirrors ValidateResourceQuantityValue. */
export function validateQuantity(name: string, amount: string, field: string): FieldError[] {
  const problem = quantityProblem(amount);
  if (problem !== undefined) return [invalid(field, amount, problem)];
  const { nano } = parseQuantity(amount);
  const errors: FieldError[] = [];
  if (nano < 0n) errors.push(invalid(field, amount, NOT_NEGATIVE));
  if ((WHOLE_RESOURCES.has(name) || isExtendedResource(name)) && nano % 1_000_000_000n !== 0n) {
    errors.push(invalid(field, amount, 'must be an integer'));
  }
  return errors;
}

function isWholePages(name: string, amount: string): boolean {
  const size = name.slice('hugepages-'.length);
  if (quantityProblem(size) !== undefined) return false;
  const page = parseQuantity(size).nano;
  const { nano } = parseQuantity(amount);
  return page > 0n && nano >= 0n && nano % page === 0n;
}

function withinLimit(name: string, amount: string, limit: string | undefined, field: string): FieldError[] {
  if (limit === undefined) {
    return isOvercommitAllowed(name) ? [] : [required(`${field}.limits`, 'Limit must be set for non overcommitable resources')];
  }
  if (quantityProblem(amount) !== undefined || quantityProblem(limit) !== undefined) return [];
  const order = compareQuantities(parseQuantity(amount), parseQuantity(limit));
  const say = (what: string): FieldError[] => [
    invalid(`${field}.requests`, canonicalQuantity(amount), `${what} ${name} limit of ${canonicalQuantity(limit)}`),
  ];
  if (order !== 0 && !isOvercommitAllowed(name)) return say('must be equal to');
  return order > 0 ? say('must be less than or equal to') : [];
}

function resourceName(name: string, field: string): FieldError[] {
  const errors = obey(field, name, isQualifiedName);
  if (errors.length > 0 || name.includes('/') || STANDARD_RESOURCES.has(name) || isHugePages(name)) return errors;
  return [invalid(field, name, 'must be a standard resource type or fully qualified')];
}

function containerResourceName(name: string, field: string): FieldError[] {
  const errors = resourceName(name, field);
  if (!name.includes('/')) {
    if (!CONTAINER_RESOURCES.has(name) && !isHugePages(name))
      errors.push(invalid(field, name, 'must be a standard resource for containers'));
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(invalid(field, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

function podResourceName(name: string, field: string): FieldError[] {
  const errors = resourceName(name, field);
  if (errors.length > 0 || isPodLevelResource(name)) return errors;
  return [unsupported(field, name, ['cpu', 'hugepages-', 'memory'])];
}

function validateClaims(claims: NonNullable<Resources['claims']>, known: ReadonlySet<string>, field: string): FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap(({ name, request }, i) => {
    const path = `${field}[${i}]`;
    if (!name) return [required(path)];
    const key = request ? `${name}/${request}` : name;
    const overlaps = seen.has(name) || seen.has(key) || (!request && [...seen].some((other) => other.startsWith(`${name}/`)));
    seen.add(key);
    const list = known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`;
    return [
      ...(request ? label(`${path}.request`, request) : []),
      ...(overlaps ? [duplicate(path, seen.has(name) ? name : key)] : []),
      ...(known.has(name)
        ? []
        : [
            {
              type: 'FieldValueNotFound' as const,
              field: path,
              value: name,
              detail: `must be one of the names in pod.spec.resourceClaims${list}`,
            },
          ]),
    ];
  });
}
