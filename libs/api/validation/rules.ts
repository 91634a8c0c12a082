import { invalid, required, type FieldError } from '#lib/api/field-error';
import { isDNS1123Subdomain, regexError } from './names';

/** One complaint per message that a grammar of names.ts or ip.ts has about the value. */
export const obeys = (field: string, value: string, grammar: (value: string) => readonly string[]): FieldError[] =>
  grammar(value).map((message) => invalid(field, value, message));

/** As `notSupported`, but the values are listed in the order given: what upstream does where it passes a list and not a set. */
export const unsupported = (field: string, value: unknown, inOrder: readonly string[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  value,
  detail: `supported values: ${inOrder.map((item) => JSON.stringify(item)).join(', ')}`,
});

/** Complains when the value is absent (`Required value`) or not in the list. */
export function oneOf(field: string, value: string | undefined, inOrder: readonly string[]): FieldError[] {
  if (!value) return [required(field)];
  return inOrder.includes(value) ? [] : [unsupported(field, value, inOrder)];
}

const PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** `acme.io/foo`: a domain and a path below it. Mirrors IsDomainPrefixedPath. */
export function domainPrefixedPath(field: string, value: string): FieldError[] {
  if (value === '') return [required(field)];
  const slash = value.indexOf('/');
  const [domain, path] = slash < 0 ? ['', ''] : [value.slice(0, slash), value.slice(slash + 1)];
  if (domain === '' || path === '') return [invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  return [
    ...obeys(field, domain, isDNS1123Subdomain),
    ...(new RegExp(`^${PATH}$`).test(path) ? [] : [invalid(field, path, regexError('Invalid path', PATH))]),
  ];
}

/** The protocols of ports. */
export const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];
