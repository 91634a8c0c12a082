import type { NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from 'kubernetes-types/flowcontrol/v1';
import { sameValue } from '#lib/api/equality';
import { duplicate, forbidden, invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { isDNS1123Label, isDNS1123Subdomain } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import type { FlowSchema } from './flowschema';
import { MANDATORY_SCHEMAS } from './mandatory';

const MAX_PRECEDENCE = 10_000;
const METHODS = ['ByNamespace', 'ByUser'];
const VERBS = ['get', 'list', 'create', 'update', 'delete', 'deletecollection', 'patch', 'watch', 'proxy'];

/** Mirrors ValidateFlowSchema. */
export function validateFlowSchema({ metadata: { name }, spec, status }: FlowSchema): FieldError[] {
  const { matchingPrecedence: precedence = 0, distinguisherMethod: method, priorityLevelConfiguration: level, rules = [] } = spec;
  const field = 'spec.matchingPrecedence';
  const fixed = MANDATORY_SCHEMAS[name];
  return [
    ...(precedence <= 0 ? [invalid(field, precedence, 'must be a positive value')] : []),
    ...(precedence > MAX_PRECEDENCE ? [invalid(field, precedence, `must not be greater than ${MAX_PRECEDENCE}`)] : []),
    ...(precedence === 1 && name !== 'exempt'
      ? [invalid(field, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")]
      : []),
    ...(method && !METHODS.includes(method.type) ? [notSupported('spec.distinguisherMethod.type', method, METHODS)] : []),
    ...(level?.name
      ? obeys('spec.priorityLevelConfiguration.name', level.name, isDNS1123Subdomain)
      : [required('spec.priorityLevelConfiguration.name', 'must reference a priority level')]),
    ...rules.flatMap((rule, i) => ruleErrors(rule, `spec.rules[${i}]`)),
    ...(fixed && !sameValue(fixed, spec) ? [invalid('spec', spec, `spec of '${name}' must equal the fixed value`)] : []),
    ...conditionErrors(status?.conditions),
  ];
}

/** Each type once, and not empty. Mirrors ValidateFlowSchemaStatus and ValidatePriorityLevelConfigurationStatus. */
export const conditionErrors = (conditions: readonly { readonly type?: string }[] = []): FieldError[] =>
  conditions.flatMap(({ type = '' }, i) => [
    ...(conditions.findIndex((other) => (other.type ?? '') === type) < i ? [duplicate(`status.conditions[${i}].type`, type)] : []),
    ...(type === '' ? [required(`status.conditions[${i}].type`, 'must not be empty')] : []),
  ]);

/** Mirrors ValidateFlowSchemaStatusUpdate. */
export const validateFlowSchemaStatus = ({ status }: FlowSchema): FieldError[] => conditionErrors(status.conditions);

function ruleErrors({ subjects = [], resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects, field: string): FieldError[] {
  const isEmpty = resourceRules.length === 0 && nonResourceRules.length === 0;
  return [
    ...(subjects.length === 0 ? [required(`${field}.subjects`, 'subjects must contain at least one value')] : []),
    ...subjects.flatMap((subject, i) => subjectErrors(subject, `${field}.subjects[${i}]`)),
    ...(isEmpty ? [required(field, 'at least one of resourceRules and nonResourceRules has to be non-empty')] : []),
    ...resourceRules.flatMap((rule, i) => resourceErrors(rule, `${field}.resourceRules[${i}]`)),
    ...nonResourceRules.flatMap((rule, i) => pathErrors(rule, `${field}.nonResourceRules[${i}]`)),
  ];
}

const SORTS = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const;

function subjectErrors(subject: Subject, field: string): FieldError[] {
  const kind = subject.kind as keyof typeof SORTS;
  const member = SORTS[kind];
  if (!member) return [notSupported(`${field}.kind`, kind, Object.keys(SORTS))];
  const others = (['serviceAccount', 'user', 'group'] as const).filter((other) => other !== member && subject[other] !== undefined);
  const kindOf = (other: string): string => Object.entries(SORTS).find(([, name]) => name === other)?.[0] ?? '';
  return [
    ...(subject[member] === undefined
      ? [required(`${field}.${member}`, `${member} is required when subject kind is '${kind}'`)]
      : nameErrors(kind, subject[member] as { name?: string; namespace?: string }, `${field}.${member}`)),
    ...others.map((other) => forbidden(`${field}.${other}`, `${other} is forbidden when subject kind is not '${kindOf(other)}'`)),
  ];
}

function nameErrors(kind: string, { name = '', namespace = '' }: { name?: string; namespace?: string }, field: string): FieldError[] {
  if (kind !== 'ServiceAccount') return name === '' ? [required(`${field}.name`)] : [];
  return [
    ...(name === '' ? [required(`${field}.name`)] : name === '*' ? [] : obeys(`${field}.name`, name, isDNS1123Subdomain)),
    ...(namespace === ''
      ? [required(`${field}.namespace`, 'must specify namespace for service account')]
      : obeys(`${field}.namespace`, namespace, isDNS1123Label)),
  ];
}

const alone = (field: string, list: readonly string[], what: string): FieldError[] =>
  list.length > 1 && list.includes('*') ? [invalid(field, list, `if '*' is present, must not specify other ${what}`)] : [];

function verbErrors(verbs: readonly string[], field: string): FieldError[] {
  if (verbs.length === 0) return [required(field, 'verbs must contain at least one value')];
  if (verbs.includes('*')) return alone(field, verbs, 'verbs');
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(field, verbs, VERBS)];
}

function resourceErrors(
  { verbs = [], apiGroups = [], resources = [], namespaces = [], clusterScope }: ResourcePolicyRule,
  field: string,
): FieldError[] {
  const isNowhere = namespaces.length === 0 && !clusterScope;
  return [
    ...verbErrors(verbs, `${field}.verbs`),
    ...(apiGroups.length === 0
      ? [required(`${field}.apiGroups`, 'resource rules must supply at least one api group')]
      : alone(`${field}.apiGroups`, apiGroups, 'api groups')),
    ...(resources.length === 0
      ? [required(`${field}.resources`, 'resource rules must supply at least one resource')]
      : alone(`${field}.resources`, resources, 'resources')),
    ...(isNowhere
      ? [required(`${field}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace')]
      : []),
    ...(namespaces.includes('*')
      ? alone(`${field}.namespaces`, namespaces, 'namespaces')
      : namespaces.flatMap((name, i) =>
          isDNS1123Label(name).map((text) =>
            invalid(`${field}.namespaces[${i}]`, name, `each member of this list must be '*' or a DNS-1123 label; ${text}`),
          ),
        )),
  ];
}

function pathErrors({ verbs = [], nonResourceURLs: paths = [] }: NonResourcePolicyRule, field: string): FieldError[] {
  const at = `${field}.nonResourceURLs`;
  return [
    ...verbErrors(verbs, `${field}.verbs`),
    ...(paths.length === 0 ? [required(at, 'nonResourceURLs must contain at least one value')] : []),
    ...(paths.includes('*') ? alone(at, paths, 'non-resource URLs') : paths.flatMap((path, i) => pathError(path, `${at}[${i}]`))),
  ];
}

/** Mirrors ValidateNonResourceURLPath: the first thing that is wrong. */
function pathError(path: string, field: string): FieldError[] {
  if (path === '') return [invalid(field, path, 'must not be empty')];
  if (path === '/') return [];
  if (!path.startsWith('/')) return [invalid(field, path, 'must start with slash')];
  if (path.includes(' ')) return [invalid(field, path, 'must not contain white-space')];
  if (path.includes('//')) return [invalid(field, path, 'must not contain double slash')];
  const stars = path.split('*').length - 1;
  return stars > 1 || (stars === 1 && !path.endsWith('/*')) ? [invalid(field, path, 'wildcard can only do suffix matching')] : [];
}
