import { invalid, required, tooLong, tooMany, duplicate, type FieldError } from '#lib/api/field-error';
import { validateDriverName } from '#lib/api/storage/driver-validation';
import { isCIdentifier, isDNS1123Label, isDNS1123Subdomain } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';

const MAX_POOL_NAME = 253;
const MAX_ID = 32;

/** The name of a request, a device or a counter: a DNS label. */
export const validateLabelText = (name: string, field: string): FieldError[] => obeys(field, name, isDNS1123Label);

/** Subdomains with slashes between. Mirrors validatePoolName. */
export const validatePoolName = (name: string, field: string): FieldError[] =>
  name === ''
    ? [required(field)]
    : [
        ...(name.length > MAX_POOL_NAME ? [tooLong(field, MAX_POOL_NAME)] : []),
        ...name.split('/').flatMap((part) => obeys(field, part, isDNS1123Subdomain)),
      ];

const identifier = (id: string, field: string): FieldError[] => [
  ...(id.length > MAX_ID ? [tooLong(field, MAX_ID)] : []),
  ...obeys(field, id, isCIdentifier),
];

/** `model` or `gpu.example.com/model`. Mirrors validateQualifiedName. */
export function validateQualifiedName(name: string, field: string): FieldError[] {
  const [domain = '', id = '', ...more] = name.split('/');
  if (more.length > 0) return [invalid(field, name, 'must not contain more than one slash')];
  if (!name.includes('/')) return identifier(domain, field);
  return [
    ...(domain === '' ? [invalid(field, '', 'the domain must not be empty')] : validateDriverName(domain, field)),
    ...(id === '' ? [invalid(field, '', 'the name must not be empty')] : identifier(id, field)),
  ];
}

/** `gpu.example.com/model`. Mirrors validateFullyQualifiedName. */
export const validateFullName = (name: string, field: string): FieldError[] => [
  ...validateQualifiedName(name, field),
  ...(name.includes('/') ? [] : [invalid(field, name, 'a fully qualified name must be a domain and a name separated by a slash')]),
];

/** Each item, unless there are too many of them. Mirrors validateSlice. */
export const validateEach = <T>(
  list: readonly T[] | undefined,
  max: number,
  field: string,
  check: (item: T, field: string) => readonly FieldError[],
): FieldError[] =>
  (list?.length ?? 0) > max ? [tooMany(field, list?.length ?? 0, max)] : (list ?? []).flatMap((item, i) => check(item, `${field}[${i}]`));

/** The same of items that may be there once. Mirrors validateSet. */
export function validateOnce<T>(
  list: readonly T[] = [],
  max: number,
  field: string,
  key: (item: T) => string,
  check: (item: T, field: string) => readonly FieldError[],
): FieldError[] {
  const errors = validateEach(list, max, field, check);
  if (list.length > max) return errors;
  const keys = list.map(key);
  return [...errors, ...keys.flatMap((each, i) => (keys.indexOf(each) < i ? [duplicate(`${field}[${i}]`, each)] : []))];
}
