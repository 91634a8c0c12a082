import type { EnvFromSource, EnvVar, ObjectFieldSelector, ResourceFieldSelector } from 'kubernetes-types/core/v1';
import { invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { canonicalQuantity, quantityProblem } from '#lib/api/quantity';
import { isConfigMapKey, isDNS1123Subdomain, isQualifiedName, isRelaxedEnvVarName } from '#lib/api/validation/names';
import { obey, present, qualifiedName } from '#lib/api/core/pod/pod-validation-rules';

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** What a file of a downwardAPI volume may hold. */
export const FILE_FIELDS: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.labels',
  'metadata.annotations',
  'metadata.uid',
];

/** Fields that the downward API knows at all. Mirrors podshelper.ConvertDownwardAPIFieldLabel. */
const KNOWN_FIELDS = new Set([...ENV_FIELDS, ...FILE_FIELDS, 'spec.restartPolicy', 'spec.schedulerName', 'spec.host', 'status.phase']);

const RESOURCE_FIELDS = [
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
];
const HUGE_PAGES = /^(requests|limits)\.hugepages-/;
const SIZE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** Mirrors ValidateEnv. */
export function validateEnv(vars: readonly EnvVar[] | undefined, field: string): FieldError[] {
  return (vars ?? []).flatMap((variable, i) => [
    ...(variable.name ? obey(`${field}[${i}].name`, variable.name, isRelaxedEnvVarName) : [required(`${field}[${i}].name`)]),
    ...validateValueFrom(variable, `${field}[${i}].valueFrom`),
  ]);
}

function validateValueFrom({ value, valueFrom }: EnvVar, field: string): FieldError[] {
  if (!valueFrom) return [];
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  const errors: FieldError[] = [];
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, ENV_FIELDS, `${field}.fieldRef`));
  if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, `${field}.resourceFieldRef`, false));
  if (configMapKeyRef) errors.push(...validateKeyRef(configMapKeyRef, `${field}.configMapKeyRef`));
  if (secretKeyRef) errors.push(...validateKeyRef(secretKeyRef, `${field}.secretKeyRef`));

  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef].filter((source) => source).length;
  if (sources === 0)
    errors.push(invalid(field, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'));
  else if (value) errors.push(invalid(field, '', 'may not be specified when `value` is not empty'));
  else if (sources > 1) errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
  return errors;
}

function validateKeyRef(ref: { name?: string; key: string }, field: string): FieldError[] {
  const name = ref.name ?? '';
  const key = ref.key ? obey(`${field}.key`, ref.key, isConfigMapKey) : [required(`${field}.key`)];
  return [...obey(`${field}.name`, name, isDNS1123Subdomain), ...key];
}

/** A field of the pod as value. Mirrors validateObjectFieldSelector. */
export function validateFieldRef(ref: ObjectFieldSelector, allowed: readonly string[], field: string): FieldError[] {
  if (!ref.apiVersion) return [required(`${field}.apiVersion`)];
  if (!ref.fieldPath) return [required(`${field}.fieldPath`)];
  const problem = (detail: string): FieldError[] => [invalid(`${field}.fieldPath`, ref.fieldPath, `error converting fieldPath: ${detail}`)];
  if (ref.apiVersion !== 'v1') return problem(`unsupported pod version: ${ref.apiVersion}`);
  const subscripted = /^(.*)\['(.*)'\]$/.exec(ref.fieldPath);
  if (subscripted) {
    const [, path, key = ''] = subscripted;
    if (path === 'metadata.labels') return qualifiedName(field, key);
    if (path === 'metadata.annotations') return obey(field, key.toLowerCase(), isQualifiedName);
    return problem(`field label not supported: ${path}`);
  }
  if (!KNOWN_FIELDS.has(ref.fieldPath)) return problem(`field label not supported: ${ref.fieldPath}`);
  const path = ref.fieldPath === 'spec.host' ? 'spec.nodeName' : ref.fieldPath;
  return allowed.includes(path) ? [] : [notSupported(`${field}.fieldPath`, path, allowed)];
}

/** A resource of a container as value. In a volume the container must be named. Mirrors validateContainerResourceFieldSelector. */
export function validateResourceFieldRef(ref: ResourceFieldSelector, field: string, inVolume: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (inVolume && !ref.containerName) errors.push(required(`${field}.containerName`));
  else if (!ref.resource) errors.push(required(`${field}.resource`));
  else if (!RESOURCE_FIELDS.includes(ref.resource) && !HUGE_PAGES.test(ref.resource)) {
    errors.push(notSupported(`${field}.resource`, ref.resource, RESOURCE_FIELDS));
  }
  return [...errors, ...validateDivisor(ref, `${field}.divisor`)];
}

function validateDivisor({ resource, divisor = '0' }: ResourceFieldSelector, field: string): FieldError[] {
  const problem = quantityProblem(divisor);
  if (problem !== undefined) return [invalid(field, divisor, problem)];
  const text = canonicalQuantity(divisor);
  if (text === '0') return [];
  if (resource === 'limits.cpu' || resource === 'requests.cpu') {
    return ['1m', '1'].includes(text)
      ? []
      : [invalid(field, resource, "only divisor's values 1m and 1 are supported with the cpu resource")];
  }
  if (SIZE_DIVISORS.includes(text)) return [];
  const what = /\.memory$/.test(resource) ? 'memory' : /\.ephemeral-storage$/.test(resource) ? 'local ephemeral storage' : 'hugepages';
  return [invalid(field, resource, `only divisor's values ${SIZE_DIVISORS.join(', ')} are supported with the ${what} resource`)];
}

/** Mirrors ValidateEnvFrom. */
export function validateEnvFrom(sources: readonly EnvFromSource[] | undefined, field: string): FieldError[] {
  return (sources ?? []).flatMap((source, i) => {
    const path = `${field}[${i}]`;
    const errors: FieldError[] = [];
    if (source.prefix) errors.push(...obey(`${path}.prefix`, source.prefix, isRelaxedEnvVarName));
    const refs = [
      ['configMapRef', source.configMapRef],
      ['secretRef', source.secretRef],
    ] as const;
    for (const [name, ref] of refs) {
      if (ref)
        errors.push(...(ref.name ? obey(`${path}.${name}.name`, ref.name, isDNS1123Subdomain) : present(`${path}.${name}.name`, '')));
    }
    const count = refs.filter(([, ref]) => ref).length;
    if (count === 0) errors.push(invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'));
    if (count > 1) errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
    return errors;
  });
}
