import { invalid, required, type FieldError } from '#lib/api/field-error';
import { isValidCIDR, isValidIP, parseCIDR } from '#lib/api/validation/ip';
import { validateImmutable } from '#lib/api/validation/meta';
import { isDNS1123Subdomain, isPathSegmentName } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import type { IPAddress } from './ipaddress';
import type { ServiceCIDR } from './servicecidr';

/** The name is an address and it belongs to somebody. Mirrors ValidateIPAddress. */
export function validateIPAddress({ metadata, spec }: IPAddress): FieldError[] {
  const errors = obeys('metadata.name', metadata.name, isValidIP);
  const parent = spec?.parentRef;
  if (!parent) return [...errors, required('spec.parentRef')];
  const { group = '', resource = '', name = '', namespace = '' } = parent;
  const field = 'spec.parentRef';
  return [
    ...errors,
    ...(group === '' ? [] : obeys(`${field}.group`, group, isDNS1123Subdomain)),
    ...(resource === '' ? [required(`${field}.resource`)] : obeys(`${field}.resource`, resource, isPathSegmentName)),
    ...(name === '' ? [required(`${field}.name`)] : obeys(`${field}.name`, name, isPathSegmentName)),
    ...(namespace === '' ? [] : obeys(`${field}.namespace`, namespace, isPathSegmentName)),
  ];
}

/** Mirrors ValidateIPAddressUpdate. */
export const validateIPAddressStep = ({ spec }: IPAddress, { spec: old }: IPAddress): FieldError[] =>
  validateImmutable(spec?.parentRef, old?.parentRef, 'spec.parentRef');

/** One range, or one of each family. Mirrors ValidateServiceCIDR. */
export function validateServiceCIDR({ spec }: ServiceCIDR): FieldError[] {
  const field = 'spec.cidrs';
  const cidrs = spec.cidrs ?? [];
  if (cidrs.length === 0) return [required(field, 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalid(field, spec, 'may only hold up to 2 values')];
  const families = new Set(cidrs.map((cidr) => parseCIDR(cidr)?.family));
  if (cidrs.length === 2 && (families.size < 2 || families.has(undefined))) {
    return [invalid(field, spec, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64')];
  }
  return cidrs.flatMap((cidr, i) => obeys(`${field}[${i}]`, cidr, isValidCIDR));
}

/** Mirrors ValidateServiceCIDRUpdate. */
export const validateServiceCIDRStep = ({ spec }: ServiceCIDR, { spec: old }: ServiceCIDR): FieldError[] =>
  validateImmutable(spec.cidrs, old.cidrs, 'spec.cidrs');
