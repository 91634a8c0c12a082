/** What is wrong with one field. The types and their words are those of apimachinery's `field.ErrorType`. */
export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

/** One complaint about one field, e.g. `spec.containers[0].image: Required value`. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Path as a user writes it: `spec.template.spec.containers[0].ports[1].hostPort`, `metadata.labels[app]`. */
  readonly field: string;
  readonly value?: unknown;
  readonly detail: string;
}

/** `Required value`: the field is missing or empty. */
export const required = (field: string, detail = ''): FieldError => ({ type: 'FieldValueRequired', field, detail });
/** `Invalid value`: `detail` says which rule it breaks. */
export const invalid = (field: string, value: unknown, detail: string): FieldError => ({ type: 'FieldValueInvalid', field, value, detail });
/** Stands for a value that the complaint does not print. */
export const OMITTED: unique symbol = Symbol('omitted');
/** `Invalid value: <detail>`, without the value. Mirrors field.OmitValueType. */
export const invalidPart = (field: string, detail: string): FieldError => invalid(field, OMITTED, detail);
/** `Forbidden`: the field may not be set, or not be changed, here. */
export const forbidden = (field: string, detail: string): FieldError => ({ type: 'FieldValueForbidden', field, detail });
/** `Duplicate value`: another item of the list has it already. */
export const duplicate = (field: string, value: unknown): FieldError => ({ type: 'FieldValueDuplicate', field, value, detail: '' });
/** `Not found`: it names something that is not there. */
export const notFoundValue = (field: string, value: unknown): FieldError => ({ type: 'FieldValueNotFound', field, value, detail: '' });
/** `Too long`, in bytes. */
export const tooLong = (field: string, max: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  detail: `may not be more than ${max} bytes`,
});
/** `Too many` items. */
export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  value: actual,
  detail: `must have at most ${max} items`,
});

/** `Unsupported value: "x": supported values: "A", "B"`; the values are listed sorted, as upstream does. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = [...supported]
    .sort()
    .map((item) => JSON.stringify(item))
    .join(', ');
  return { type: 'FieldValueNotSupported', field, value, detail: `supported values: ${list}` };
}

const WORDS: Record<FieldErrorType, string> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
};

const WITHOUT_VALUE = new Set<FieldErrorType>(['FieldValueRequired', 'FieldValueForbidden', 'FieldValueTooLong', 'InternalError']);

/** The complaint without its path, as `Status.details.causes[].message` carries it. Mirrors field.Error.ErrorBody. */
export function errorBody(error: FieldError): string {
  const word = WORDS[error.type];
  const detail = error.detail === '' ? '' : `: ${error.detail}`;
  if (WITHOUT_VALUE.has(error.type) || error.value === OMITTED) return `${word}${detail}`;
  return `${word}: ${printValue(error.value)}${detail}`;
}

/** The complaint with its path: `spec.replicas: Invalid value: -1: must be greater than or equal to 0`. */
export const errorText = (error: FieldError): string => `${error.field}: ${errorBody(error)}`;

function printValue(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return JSON.stringify(value);
}
