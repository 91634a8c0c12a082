import { forbidden, invalid, notSupported, type FieldError } from '#lib/api/field-error';
import { parseQuantity, quantityProblem } from '#lib/api/quantity';
import { ACCESS_MODES } from './access-modes';

/** Modes that exist, and ReadWriteOncePod only by itself. The rule for none at all is the caller's. */
export function validateAccessModes(modes: readonly string[], field: string): FieldError[] {
  const errors = modes.filter((mode) => !ACCESS_MODES.includes(mode)).map((mode) => notSupported(field, mode, ACCESS_MODES));
  const others = modes.some((mode) => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode));
  if (others && modes.includes('ReadWriteOncePod')) errors.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'));
  return errors;
}

/** Mirrors the supportedVolumeModes of pkg/apis/core/validation. */
export const validateVolumeMode = (mode: string | undefined, field: string): FieldError[] =>
  mode === undefined || mode === 'Block' || mode === 'Filesystem' ? [] : [notSupported(field, mode, ['Block', 'Filesystem'])];

/** An amount above zero. Mirrors ValidatePositiveQuantityValue. */
export function validatePositiveQuantity(amount: string, field: string): FieldError[] {
  const problem = quantityProblem(amount);
  if (problem !== undefined) return [invalid(field, amount, problem)];
  return parseQuantity(amount).nano > 0n ? [] : [invalid(field, amount, 'must be greater than zero')];
}
