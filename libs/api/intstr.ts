import { isValidPercent } from '#lib/api/validation/names';
import { invalid, type FieldError } from './field-error';

/** A count or a share: `3` or `"25%"`. */
export type IntOrString = number | string;

/** Whether it is a share. */
export const isPercent = (value: IntOrString): value is string => typeof value === 'string' && isValidPercent(value).length === 0;

/**
 * The count that the value means out of `total`; percentages are rounded up or down. Mirrors
 * intstr.GetScaledValueFromIntOrPercent. Throws on a text that is no percentage: validation keeps those out.
 */
export function scaledValue(value: IntOrString, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  if (!isPercent(value)) throw new Error('invalid value for IntOrString: invalid type: string is not a percentage');
  const share = (Number(value.slice(0, -1)) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}

/** Complaints about a value that must be a count ≥ 0 or a percentage. Mirrors ValidatePositiveIntOrPercent. */
export function validatePositiveIntOrPercent(value: IntOrString, field: string): FieldError[] {
  if (typeof value === 'string') return isValidPercent(value).map((message) => invalid(field, value, message));
  return value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}

/** Complaints about a percentage over 100. Mirrors IsNotMoreThan100Percent. */
export function validateAtMost100Percent(value: IntOrString, field: string): FieldError[] {
  if (!isPercent(value) || Number(value.slice(0, -1)) <= 100) return [];
  return [invalid(field, value, 'must not be greater than 100%')];
}
