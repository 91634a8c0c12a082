import type { HTTPIngressPath, IngressBackend, IngressRule, IngressSpec, IngressTLS } from 'kubernetes-types/networking/v1';
import { invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { isValidIP, parseIP } from '#lib/api/validation/ip';
import {
  isDNS1035Label,
  isDNS1123Subdomain,
  isPathSegmentName,
  isValidPortName,
  isValidPortNum,
  isWildcardDNS1123Subdomain,
} from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import type { Ingress } from './ingress';

const NO_ADDRESS = 'must be a DNS name, not an IP address';
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** An Ingress by itself. Mirrors ValidateIngressSpec. */
export function validateIngress({ spec }: Ingress): FieldError[] {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  return [
    ...(rules.length === 0 && !defaultBackend ? [invalid('spec', rules, 'either `defaultBackend` or `rules` must be specified')] : []),
    ...(defaultBackend ? validateBackend(defaultBackend, 'spec.defaultBackend') : []),
    ...rules.flatMap((rule, i) => validateRule(rule, `spec.rules[${i}]`)),
    ...tls.flatMap((entry, i) => validateTls(entry, `spec.tls[${i}]`)),
    ...(ingressClassName === undefined ? [] : obeys('spec.ingressClassName', ingressClassName, isDNS1123Subdomain)),
  ];
}

/** The class is named once; twice only alike. Mirrors ValidateIngressCreate. */
export function validateNewIngress({ metadata, spec }: Ingress): FieldError[] {
  const annotation = metadata.annotations?.[CLASS_ANNOTATION];
  if (annotation === undefined || spec.ingressClassName === undefined || annotation === spec.ingressClassName) return [];
  return [invalid(`annotations.${CLASS_ANNOTATION}`, annotation, 'must match `ingressClassName` when both are specified')];
}

/** Mirrors ValidateIngressLoadBalancerStatus. */
export const validateIngressStatus = ({ status }: Ingress): FieldError[] =>
  (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
    const field = `status.loadBalancer.ingress[${i}]`;
    return [...(ip ? obeys(`${field}.ip`, ip, isValidIP) : []), ...(hostname ? validateName(hostname, `${field}.hostname`) : [])];
  });

const validateName = (name: string, field: string): FieldError[] => [
  ...obeys(field, name, isDNS1123Subdomain),
  ...(parseIP(name) ? [invalid(field, name, NO_ADDRESS)] : []),
];

function validateRule({ host = '', http }: IngressRule, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (host !== '') {
    if (parseIP(host)) errors.push(invalid(`${field}.host`, host, NO_ADDRESS));
    errors.push(...obeys(`${field}.host`, host, host.includes('*') ? isWildcardDNS1123Subdomain : isDNS1123Subdomain));
  }
  if (!http) return errors;
  if (!http.paths?.length) errors.push(required(`${field}.http.paths`));
  return [...errors, ...(http.paths ?? []).flatMap((path, i) => validatePath(path, `${field}.http.paths[${i}]`))];
}

const SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const SUFFIXES = ['/..', '/.'];

function validatePath({ path = '', pathType, backend }: HTTPIngressPath, field: string): FieldError[] {
  if (pathType === undefined || pathType === null) return [required(`${field}.pathType`, 'pathType must be specified')];
  const at = `${field}.path`;
  const errors: FieldError[] = [];
  const isStrict = pathType === 'Exact' || pathType === 'Prefix';
  if (!isStrict && pathType !== 'ImplementationSpecific') {
    errors.push(notSupported(`${field}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix']));
  } else if ((isStrict || path !== '') && !path.startsWith('/')) errors.push(invalid(at, path, 'must be an absolute path'));
  if (isStrict) {
    errors.push(...SEQUENCES.filter((part) => path.includes(part)).map((part) => invalid(at, path, `must not contain '${part}'`)));
    errors.push(...SUFFIXES.filter((part) => path.endsWith(part)).map((part) => invalid(at, path, `cannot end with '${part}'`)));
  }
  return [...errors, ...validateBackend(backend ?? {}, `${field}.backend`)];
}

function validateBackend({ service, resource }: IngressBackend, field: string): FieldError[] {
  if (resource && service) return [invalid(field, '', 'cannot set both resource and service backends')];
  if (resource) return validateReference(resource, `${field}.resource`);
  if (!service) return [invalid(field, '', 'resource or service backend is required')];
  const { name: portName = '', number = 0 } = service.port ?? {};
  const errors = service.name ? obeys(`${field}.service.name`, service.name, isDNS1035Label) : [required(`${field}.service.name`)];
  if (portName && number) return [...errors, invalid(field, '', 'cannot set both port name & port number')];
  if (portName) return [...errors, ...obeys(`${field}.service.port.name`, portName, isValidPortName)];
  if (number) return [...errors, ...isValidPortNum(number).map((text) => invalid(`${field}.service.port.number`, number, text))];
  return [...errors, required(field, 'port name or number is required')];
}

/** Names another object by group, kind and name. Mirrors validateIngressTypedLocalObjectReference. */
export function validateReference(
  { apiGroup, kind = '', name = '' }: { apiGroup?: string; kind?: string; name?: string },
  field: string,
): FieldError[] {
  return [
    ...(apiGroup === undefined ? [] : obeys(`${field}.apiGroup`, apiGroup, isDNS1123Subdomain)),
    ...(kind === '' ? [required(`${field}.kind`, 'kind is required')] : obeys(`${field}.kind`, kind, isPathSegmentName)),
    ...(name === '' ? [required(`${field}.name`, 'name is required')] : obeys(`${field}.name`, name, isPathSegmentName)),
  ];
}

const validateTls = ({ hosts = [], secretName = '' }: IngressTLS, field: string): FieldError[] => [
  ...hosts.flatMap((host, i) => obeys(`${field}.hosts[${i}]`, host, host.includes('*') ? isWildcardDNS1123Subdomain : isDNS1123Subdomain)),
  ...(secretName === '' ? [] : obeys(`${field}.secretName`, secretName, isDNS1123Subdomain)),
];

/** What is allowed but out of date. Mirrors warningsForIngress. */
export function ingressWarnings({ metadata }: { metadata: Ingress['metadata']; spec: IngressSpec }, previous: unknown): string[] {
  const isOld = metadata.annotations?.[CLASS_ANNOTATION] !== undefined;
  return !previous && isOld ? [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`] : [];
}
