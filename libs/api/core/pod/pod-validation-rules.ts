import { duplicate, invalid, required, type FieldError } from '#lib/api/field-error';
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, regexError } from '#lib/api/validation/names';
import { unsupported } from '#lib/api/validation/rules';
import { byteLength } from '#lib/api/validation/size';

/** The small rules that the pod's validation is made of. Mirrors the helpers of pkg/apis/core/validation/validation.go. */

/** What a number below zero is told. */
export const NOT_NEGATIVE = 'must be greater than or equal to 0';
/** What a number below one is told. */
export const NOT_POSITIVE = 'must be greater than zero';
const FILE_MODE = 'must be a number between 0 and 0777 (octal), both inclusive';

/** Every complaint of a grammar about a value, as `Invalid value`. */
export const obey = (field: string, value: string, grammar: (value: string) => string[]): FieldError[] =>
  grammar(value).map((message) => invalid(field, value, message));

/** A name in the list of a pod: containers, volumes, claims. */
export const label = (field: string, value: string): FieldError[] => obey(field, value, isDNS1123Label);
/** The name of another object. */
export const subdomain = (field: string, value: string): FieldError[] => obey(field, value, isDNS1123Subdomain);
/** A key with an optional domain: condition types, gates. */
export const qualifiedName = (field: string, value: string): FieldError[] => obey(field, value, isQualifiedName);

/** `Required value` when it is empty. */
export const present = (field: string, value: unknown, detail = ''): FieldError[] =>
  value === undefined || value === null || value === '' ? [required(field, detail)] : [];

/** Zero or more, or absent. Mirrors ValidateNonnegativeField. */
export const nonNegative = (field: string, value: number | undefined): FieldError[] =>
  value !== undefined && value < 0 ? [invalid(field, value, NOT_NEGATIVE)] : [];

/** One of the choices, or absent. */
export const oneOf = (field: string, value: string | undefined | null, inOrder: readonly string[]): FieldError[] =>
  value === undefined || value === null || inOrder.includes(value) ? [] : [unsupported(field, value, inOrder)];

/** One of the choices; empty is `Required value`. */
export const chosen = (field: string, value: string | undefined, inOrder: readonly string[]): FieldError[] =>
  value === undefined || value === '' ? [required(field)] : oneOf(field, value, inOrder);

/** The second and later occurrences of a value. */
export function unique(values: readonly (readonly [field: string, value: string])[]): FieldError[] {
  const seen = new Set<string>();
  return values.flatMap(([field, value]) => {
    if (seen.has(value)) return [duplicate(field, value)];
    seen.add(value);
    return [];
  });
}

/** Permission bits of a file, or absent. */
export const fileMode = (field: string, mode: number | undefined): FieldError[] =>
  mode !== undefined && (mode > 0o777 || mode < 0) ? [invalid(field, mode, FILE_MODE)] : [];

/** No `..` between slashes. Mirrors validatePathNoBacksteps. */
export const noBacksteps = (field: string, path: string): FieldError[] =>
  path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];

/** Relative and without `..`. Mirrors validateLocalDescendingPath. */
export const descendingPath = (field: string, path: string): FieldError[] => [
  ...(path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : []),
  ...noBacksteps(field, path),
];

/** The same, and not in the names the kubelet keeps for itself. Mirrors ValidateLocalNonReservedPath. */
export const nonReservedPath = (field: string, path: string): FieldError[] => [
  ...descendingPath(field, path),
  ...(path.startsWith('..') && !path.startsWith('../') ? [invalid(field, path, "must not start with '..'")] : []),
];

const SEARCH_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SEARCH_DOMAIN = `${SEARCH_LABEL}(\\.${SEARCH_LABEL})*`;
const searchDomain = new RegExp(`^${SEARCH_DOMAIN}$`);

/** Search domains may have underscores (1.33). Mirrors IsDNS1123SubdomainWithUnderscore. */
export function isSearchDomain(value: string): string[] {
  const errors = byteLength(value) > 253 ? ['must be no more than 253 characters'] : [];
  if (searchDomain.test(value)) return errors;
  const text =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  return [...errors, regexError(text, SEARCH_DOMAIN, 'example.com')];
}
