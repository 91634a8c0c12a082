import { invalidObject } from '#lib/api/errors';
import { forbidden, invalid, notSupported, required, tooLong, type FieldError } from '#lib/api/field-error';
import type { FieldValidation } from '#lib/schema/decode/body';
import { flagOf } from '../read/parameters';

/** metav1's Create-, Update- and PatchOptions, which come in the query string. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** '' when the client did not say. */
  readonly fieldManager: string;
  /** Server-side apply takes what others own. */
  readonly force: boolean;
}

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

/** @throws ApiError 422 with all complaints at once. Mirrors apimachinery/pkg/apis/meta/v1/validation. */
export function writeOptionsOf(query: URLSearchParams, kind: OptionsKind, isApply = false): WriteOptions {
  const dryRun = query.getAll('dryRun');
  const fieldManager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') ?? '';
  refuse(kind, [
    ...(kind === 'PatchOptions' && query.get('force') !== null && !isApply
      ? [forbidden('force', 'may not be specified for non-apply patch')]
      : []),
    ...(isApply && fieldManager === '' ? [required('fieldManager', 'is required for apply patch')] : []),
    ...managerErrors(fieldManager),
    ...dryRunErrors(dryRun),
    ...(isFieldValidation(fieldValidation) ? [] : [notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn'])]),
  ]);
  const force = flagOf(query, 'force') === true;
  return { dryRun: dryRun.length > 0, fieldManager, force, fieldValidation: (fieldValidation || 'Warn') as FieldValidation };
}

/** `All` is the only value there is. */
export const dryRunErrors = (values: readonly string[]): FieldError[] =>
  values.every((value) => value === 'All') ? [] : [notSupported('dryRun', values, ['All'])];

/** @throws ApiError 422 when there are complaints about options. */
export function refuse(kind: OptionsKind | 'DeleteOptions' | 'ListOptions', errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject('meta.k8s.io', kind, '', errors);
}

const isFieldValidation = (text: string): boolean => ['', 'Ignore', 'Strict', 'Warn'].includes(text);

const MAX_MANAGER_BYTES = 128;

function managerErrors(manager: string): FieldError[] {
  const long = Buffer.byteLength(manager) > MAX_MANAGER_BYTES ? [tooLong('fieldManager', MAX_MANAGER_BYTES)] : [];
  const errors: FieldError[] = [];
  let position = 0;
  for (const character of manager) {
    if (/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) {
      errors.push(invalid('fieldManager', manager, `invalid character ${unicodeName(character)} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
  return [...long, ...errors];
}

/** As Go prints a character with %#U; what cannot be printed stands for itself by its number. */
const unicodeName = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
