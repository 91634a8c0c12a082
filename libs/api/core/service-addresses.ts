import type { Service as WireService } from 'kubernetes-types/core/v1';
import { duplicate, forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import type { Stored } from '#lib/api/meta';
import { isValidIP, parseIP } from '#lib/api/validation/ip';
import { obeys, unsupported } from '#lib/api/validation/rules';
import { isHeadless } from './service-defaults';

type Service = Stored<WireService>;

const IPS = 'spec.clusterIPs';
const FAMILIES = 'spec.ipFamilies';

/** How cluster IPs, families and their policy fit together. Mirrors ValidateServiceClusterIPsRelatedFields. */
export function validateClusterIPs({ spec }: Service): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const errors = [...validateMirror(spec), ...validateFamilies(ipFamilies)];
  if (ipFamilyPolicy !== undefined && !['PreferDualStack', 'RequireDualStack', 'SingleStack'].includes(ipFamilyPolicy)) {
    errors.push(unsupported('spec.ipFamilyPolicy', ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']));
  }
  const unreadable = clusterIPs.flatMap((ip, i) => {
    if (i === 0 && ip === 'None') return clusterIPs.length > 1 ? [invalid(IPS, clusterIPs, "'None' must be the first and only value")] : [];
    return obeys(`${IPS}[${i}]`, ip, isValidIP);
  });
  errors.push(...unreadable);
  if (clusterIPs.length > 2) errors.push(invalid(IPS, clusterIPs, 'may only hold up to 2 values'));
  // What follows would only repeat that an address is none.
  if (unreadable.length > 0) return errors;
  const kinds = clusterIPs.map((ip) => parseIP(ip)?.family);
  if (clusterIPs.length > 1 && new Set(kinds).size < kinds.length) {
    errors.push(invalid(IPS, clusterIPs, 'may specify no more than one IP for each IP family'));
  }
  if (isHeadless(spec)) return errors;
  for (const [i, family] of ipFamilies.entries()) {
    if (kinds[i] === undefined || kinds[i] === family) continue;
    errors.push(invalid(`${IPS}[${i}]`, clusterIPs[i], `expected an ${family} value as indicated by \`ipFamilies[${i}]\``));
  }
  return errors;
}

function validateMirror({ clusterIP = '', clusterIPs = [] }: Service['spec']): FieldError[] {
  if (clusterIP === '') return clusterIPs.length > 0 ? [invalid(IPS, clusterIPs, 'must be empty when `clusterIP` is not specified')] : [];
  if (clusterIPs.length === 0) return [required(IPS)];
  return clusterIPs[0] === clusterIP ? [] : [invalid(IPS, clusterIPs, 'first value must match `clusterIP`')];
}

function validateFamilies(families: readonly string[]): FieldError[] {
  return families.flatMap((family, i) => [
    ...(family === 'IPv4' || family === 'IPv6' ? [] : [unsupported(`${FAMILIES}[${i}]`, family, ['IPv4', 'IPv6'])]),
    ...(families.indexOf(family) < i ? [duplicate(`${FAMILIES}[${i}]`, family)] : []),
  ]);
}

/** An ExternalName has no address here. */
export function validateExternalNameAddresses({ clusterIPs = [], ipFamilies = [], ipFamilyPolicy }: Service['spec']): FieldError[] {
  const message = 'may not be set for ExternalName services';
  return [
    ...(clusterIPs.length > 0 ? [forbidden(IPS, message)] : []),
    ...(ipFamilies.length > 0 ? [forbidden(FAMILIES, message)] : []),
    ...(ipFamilyPolicy !== undefined ? [forbidden('spec.ipFamilyPolicy', message)] : []),
  ];
}

/** What a Service was given it keeps. Mirrors validateUpgradeDowngradeClusterIPs, …IPFamilies and the load balancer class. */
export function validateClusterIPSteps(service: Service, previous: Service): FieldError[] {
  const { spec } = service;
  const old = previous.spec;
  const errors: FieldError[] = [];
  if (old.type === 'LoadBalancer' && spec.type === 'LoadBalancer' && old.loadBalancerClass !== spec.loadBalancerClass) {
    errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'));
  }
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return errors;
  if (!(isHeadless(spec) && isHeadless(old))) {
    errors.push(...validateStep(IPS, spec.clusterIPs ?? [], old.clusterIPs ?? [], spec.ipFamilyPolicy, 'clusterIP'));
  }
  // A headless Service without a selector may change its families at will.
  if (isHeadless(spec) && isHeadless(old) && !Object.keys(spec.selector ?? {}).length && !Object.keys(old.selector ?? {}).length)
    return errors;
  return [...errors, ...validateStep(FAMILIES, spec.ipFamilies ?? [], old.ipFamilies ?? [], spec.ipFamilyPolicy, 'ipFamily')];
}

function validateStep(
  field: string,
  next: readonly string[],
  old: readonly string[],
  policy: string | undefined,
  what: string,
): FieldError[] {
  const fixed = 'may not change once set';
  if (next.length === old.length) return next.flatMap((value, i) => (value === old[i] ? [] : [invalid(`${field}[${i}]`, next, fixed)]));
  const errors: FieldError[] = [];
  if (next.length === 0) {
    // Allocation fills in what is not mentioned, except the address itself.
    return what === 'clusterIP' ? [invalid(`${field}[0]`, next, 'primary clusterIP can not be unset')] : [];
  }
  if (old.length > 0 && next[0] !== old[0]) errors.push(invalid(`${field}[0]`, next, fixed));
  if (old.length > next.length && policy !== 'SingleStack') {
    errors.push(invalid(`${field}[0]`, next, `\`ipFamilyPolicy\` must be set to 'SingleStack' when releasing the secondary ${what}`));
  }
  return errors;
}
