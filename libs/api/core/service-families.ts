import type { ServiceSpec } from 'kubernetes-types/core/v1';
import { invalid, type FieldError } from '#lib/api/field-error';
import { parseIP } from '#lib/api/validation/ip';
import { isHeadless } from './service-defaults';

const POLICY = 'spec.ipFamilyPolicy';

/**
 * Fills in `ipFamilyPolicy` and `ipFamilies` of a Service in a cluster that has IPv4 addresses only, in place, and gives back
 * what cannot be. A headless Service without selector may name families that the cluster lacks: its endpoints are elsewhere.
 * Mirrors initIPFamilyFields of pkg/registry/core/service/storage/alloc.go.
 */
export function settleFamilies(spec: ServiceSpec, previous?: ServiceSpec): FieldError[] {
  const isElsewhere = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= previous?.ipFamilyPolicy ?? (isElsewhere ? 'RequireDualStack' : 'SingleStack');
  if (previous && spec.ipFamilyPolicy === 'SingleStack') releaseSecondary(spec, previous);
  const errors = validateSingle(spec);
  inferFamilies(spec, errors);
  if (errors.length > 0) return errors;
  if (isElsewhere) {
    spec.ipFamilies = bothUnlessSingle(spec);
    return [];
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack') {
    errors.push(invalid(POLICY, spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'));
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if (family !== 'IPv4') errors.push(invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
  }
  if (!spec.ipFamilies?.length) spec.ipFamilies = ['IPv4'];
  return errors;
}

/** Turning to SingleStack is enough to give up the second of each. */
function releaseSecondary(spec: ServiceSpec, previous: ServiceSpec): void {
  if (spec.clusterIPs?.length === 2 && spec.clusterIPs.join() === previous.clusterIPs?.join())
    spec.clusterIPs = spec.clusterIPs.slice(0, 1);
  if (spec.ipFamilies?.length === 2 && spec.ipFamilies.join() === previous.ipFamilies?.join())
    spec.ipFamilies = spec.ipFamilies.slice(0, 1);
}

function validateSingle({ ipFamilyPolicy, clusterIPs = [], ipFamilies = [] }: ServiceSpec): FieldError[] {
  if (ipFamilyPolicy !== 'SingleStack') return [];
  const message = (what: string): string => `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
  return [
    ...(clusterIPs.length === 2 ? [invalid(POLICY, ipFamilyPolicy, message('cluster IPs'))] : []),
    ...(ipFamilies.length === 2 ? [invalid(POLICY, ipFamilyPolicy, message('IP families'))] : []),
  ];
}

/** An address says which family it is of. */
function inferFamilies(spec: ServiceSpec, errors: FieldError[]): void {
  if (isHeadless(spec)) return;
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    const family = parseIP(ip)?.family;
    if (family === undefined || i < (spec.ipFamilies?.length ?? 0)) continue;
    if (family === 'IPv4') spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else errors.push(invalid(`spec.clusterIPs[${i}]`, spec.clusterIPs, `${family} is not configured on this cluster`));
  }
}

function bothUnlessSingle({ ipFamilies, ipFamilyPolicy }: ServiceSpec): string[] {
  const families = ipFamilies?.length ? ipFamilies : ['IPv4'];
  if (ipFamilyPolicy === 'SingleStack' || families.length > 1) return families;
  return [...families, families[0] === 'IPv4' ? 'IPv6' : 'IPv4'];
}
