import { duplicate, forbidden, invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { sameValue } from '#lib/api/equality';
import { isDNS1123Label, isDNS1123Subdomain } from '#lib/api/validation/names';
import type { CertificateSigningRequest } from './certificatesigningrequest';

type Conditions = NonNullable<CertificateSigningRequest['status']['conditions']>;

const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
const MIN_SECONDS = 600;
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
/** Conditions that are there or not, but never False. */
const DECISIONS = ['Approved', 'Denied', 'Failed'];

/** Everything but what the request itself says, which takes cryptography. Mirrors pkg/apis/certificates/validation. */
export function validateRequest({ spec, status }: CertificateSigningRequest): FieldError[] {
  const errors: FieldError[] = [];
  const { usages = [], signerName, expirationSeconds } = spec;
  if (usages.length === 0) errors.push(required('spec.usages'));
  usages.forEach((usage, i) => {
    if (!USAGES.includes(usage)) errors.push(notSupported(`spec.usages[${i}]`, usage, USAGES));
    if (usages.indexOf(usage) < i) errors.push(duplicate(`spec.usages[${i}]`, usage));
  });
  errors.push(...signerErrors(signerName ?? ''));
  if (expirationSeconds !== undefined && expirationSeconds < MIN_SECONDS) {
    errors.push(invalid('spec.expirationSeconds', expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)'));
  }
  return [...errors, ...conditionErrors(status?.conditions ?? [])];
}

function signerErrors(name: string): FieldError[] {
  const field = 'spec.signerName';
  if (name === LEGACY_SIGNER) return [invalid(field, name, 'the legacy signerName is not allowed via this API version')];
  if (name === '') return [required(field)];
  const [domain = '', path, ...rest] = name.split('/');
  if (path === undefined || rest.length > 0)
    return [invalid(field, name, 'must be a fully qualified domain and path of the form "example.com/signer-name"')];
  const errors = isDNS1123Subdomain(domain).map((why) => invalid(field, domain, why));
  if (!domain.includes('.')) errors.push(invalid(field, domain, 'should be a domain with at least two segments separated by dots'));
  const labels = path.split('.').flatMap((label) => isDNS1123Label(label));
  return [...errors, ...labels.map((why) => invalid(field, path, `validating label ${JSON.stringify(path)}: ${why}`))];
}

function conditionErrors(conditions: Conditions): FieldError[] {
  return conditions.flatMap(({ type, status }, i) => {
    const field = `status.conditions[${i}]`;
    const allowed = DECISIONS.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    const earlier = conditions.slice(0, i).map((condition) => condition.type);
    const opposite = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined;
    return [
      ...(type ? [] : [required(`${field}.type`)]),
      ...(!status ? [required(`${field}.status`)] : allowed.includes(status) ? [] : [notSupported(`${field}.status`, status, allowed)]),
      ...(opposite && earlier.includes(opposite)
        ? [invalid(`${field}.type`, type, 'Approved and Denied conditions are mutually exclusive')]
        : []),
      ...(earlier.includes(type) ? [duplicate(`${field}.type`, type)] : []),
    ];
  });
}

/** What a change may not do: take a decision back, decide elsewhere than in `approval`, put another certificate in place of one. */
export function validateRequestUpdate(
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
  subresource: string | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const of = (request: CertificateSigningRequest, type: string): Conditions =>
    (request.status?.conditions ?? []).filter((condition) => condition.type === type);
  const conditions = 'status.conditions';
  for (const type of DECISIONS) {
    const [before, after] = [of(previous, type), of(next, type)];
    if (after.length < before.length)
      errors.push(forbidden(conditions, `updates may not remove a condition of type ${JSON.stringify(type)}`));
    else if (type === 'Failed' || subresource === 'approval') continue;
    else if (after.length > before.length)
      errors.push(forbidden(conditions, `updates may not add a condition of type ${JSON.stringify(type)}`));
    else if (!sameValue(before, after))
      errors.push(forbidden(conditions, `updates may not modify a condition of type ${JSON.stringify(type)}`));
  }
  const [before, after] = [previous.status?.certificate ?? '', next.status?.certificate ?? ''];
  if (before === after) return errors;
  if (subresource !== 'status') errors.push(forbidden('status.certificate', 'updates may not set certificate content'));
  else if (before !== '') errors.push(forbidden('status.certificate', 'updates may not modify existing certificate content'));
  return errors;
}
