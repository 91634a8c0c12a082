import type { MatchResources } from 'kubernetes-types/admissionregistration/v1';
import { duplicate, invalid, notSupported, required, tooMany, type FieldError } from '#lib/api/field-error';
import type { LabelSelector } from '#lib/api/meta';
import { validateLabelSelector } from '#lib/api/validation/labels';
import { isPathSegmentName, isQualifiedName } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import type { Rule } from './webhooks';

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];
const MAX_CONDITIONS = 64;

/** What is done when a webhook or policy cannot be asked. */
export const FAILURE_POLICIES: readonly string[] = ['Fail', 'Ignore'];
/** How strictly rules name versions. */
export const MATCH_POLICIES: readonly string[] = ['Equivalent', 'Exact'];
/** Whether a webhook or policy is asked again when a later one changed something. */
export const REINVOCATIONS: readonly string[] = ['IfNeeded', 'Never'];

/** Complains about a value that is there and not in the list. */
export const within = (field: string, value: string | undefined, list: readonly string[]): FieldError[] =>
  value === undefined || list.includes(value) ? [] : [notSupported(field, value, list)];

const crowded = (field: string, list: readonly string[], what: string): FieldError[] =>
  list.length > 1 && list.includes('*') ? [invalid(field, list, `if '*' is present, must not specify other ${what}`)] : [];

const filled = (field: string, list: readonly string[]): FieldError[] => (list.length === 0 ? [required(field)] : []);

/** Which requests somebody wants to be asked about. Mirrors validateRuleWithOperations. */
export function validateRule(rule: Rule, field: string): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  return [
    ...filled(`${field}.operations`, operations),
    ...crowded(`${field}.operations`, operations, 'operations'),
    ...operations.flatMap((operation, i) => within(`${field}.operations[${i}]`, operation, OPERATIONS)),
    ...filled(`${field}.apiGroups`, apiGroups),
    ...crowded(`${field}.apiGroups`, apiGroups, 'API groups'),
    ...filled(`${field}.apiVersions`, apiVersions),
    ...crowded(`${field}.apiVersions`, apiVersions, 'API versions'),
    ...apiVersions.flatMap((version, i) => (version === '' ? [required(`${field}.apiVersions[${i}]`)] : [])),
    ...validateResources(resources, `${field}.resources`),
    ...within(`${field}.scope`, scope, SCOPES),
  ];
}

/** `pods`, `pods/*`, `*` + `/status`: nothing may be said twice. Mirrors validateResources. */
function validateResources(resources: readonly string[], field: string): FieldError[] {
  const errors = filled(field, resources);
  const [everyPartOf, partOfEvery] = [new Set<string>(), new Set<string>()];
  let hasWhole = false; // as upstream: what the last name without a subresource says
  resources.forEach((name, i) => {
    if (name === '') return void errors.push(required(`${field}[${i}]`));
    const slash = name.indexOf('/');
    if (slash < 0) return void (hasWhole = name !== '*');
    const [resource, part] = [name.slice(0, slash), name.slice(slash + 1)];
    if (everyPartOf.has(resource)) errors.push(invalid(`${field}[${i}]`, name, `if '${resource}/*' is present, must not specify ${name}`));
    if (partOfEvery.has(part)) errors.push(invalid(`${field}[${i}]`, name, `if '*/${part}' is present, must not specify ${name}`));
    if (part === '*') everyPartOf.add(resource);
    if (resource === '*') partOfEvery.add(part);
  });
  if (resources.length > 1 && resources.includes('*/*'))
    errors.push(invalid(field, resources, "if '*/*' is present, must not specify other resources"));
  if (resources.includes('*') && hasWhole)
    errors.push(invalid(field, resources, "if '*' is present, must not specify other resources without subresources"));
  return errors;
}

/** Which objects a policy or its binding is about. Mirrors validateMatchResources. */
export function validateMatchResources(match: MatchResources | undefined, field: string): FieldError[] {
  if (!match) return [];
  const { matchPolicy, namespaceSelector, objectSelector, resourceRules = [], excludeResourceRules = [] } = match;
  const selector = (name: string, value: LabelSelector | undefined): FieldError[] =>
    value === undefined ? [required(`${field}.${name}`)] : validateLabelSelector(value, `${field}.${name}`);
  return [
    ...(matchPolicy === undefined ? [required(`${field}.matchPolicy`)] : within(`${field}.matchPolicy`, matchPolicy, MATCH_POLICIES)),
    ...selector('namespaceSelector', namespaceSelector),
    ...selector('objectSelector', objectSelector),
    ...resourceRules.flatMap((rule, i) => validateNamedRule(rule, `${field}.resourceRules[${i}]`)),
    ...excludeResourceRules.flatMap((rule, i) => validateNamedRule(rule, `${field}.excludeResourceRules[${i}]`)),
  ];
}

/** Mirrors validateNamedRuleWithOperations. */
function validateNamedRule(rule: Rule & { resourceNames?: string[] }, field: string): FieldError[] {
  const { resourceNames: names = [] } = rule;
  return [
    ...names.flatMap((name, i) => [
      ...obeys(`${field}.resourceNames[${i}]`, name, isPathSegmentName),
      ...(names.indexOf(name) < i ? [duplicate(`${field}.resourceNames[${i}]`, name)] : []),
    ]),
    ...validateRule(rule, field),
  ];
}

/** Names and presence of conditions; whether they compile is asked where expressions are known. Mirrors validateMatchConditions. */
export function validateMatchConditions(conditions: readonly { name?: string; expression?: string }[] = [], field: string): FieldError[] {
  const errors = conditions.length > MAX_CONDITIONS ? [tooMany(field, conditions.length, MAX_CONDITIONS)] : [];
  conditions.forEach(({ name = '', expression = '' }, i) => {
    if (expression.trim() === '') errors.push(required(`${field}[${i}].expression`));
    if (name === '') return void errors.push(required(`${field}[${i}].name`));
    errors.push(...obeys(`${field}[${i}].name`, name, isQualifiedName));
    if (conditions.findIndex((other) => other.name === name) < i) errors.push(duplicate(`${field}[${i}].name`, name));
  });
  return errors;
}
