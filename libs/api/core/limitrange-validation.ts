import type { LimitRangeItem } from 'kubernetes-types/core/v1';
import { duplicate, forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { compareQuantities, parseQuantity, quantityProblem } from '#lib/api/quantity';
import { isQualifiedName } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import type { LimitRange } from './limitrange';

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];
const LISTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

/** Every limit by itself and each amount against the others. Mirrors ValidateLimitRange. */
export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const seen = new Set<string>();
  return (spec?.limits ?? []).flatMap((limit, i) => {
    const field = `spec.limits[${i}]`;
    const errors = validateType(limit.type, `${field}.type`);
    if (seen.has(limit.type)) errors.push(duplicate(`${field}.type`, limit.type));
    seen.add(limit.type);
    return [...errors, ...validateItem(limit, field)];
  });
}

function validateType(type: string, field: string): FieldError[] {
  const errors = obeys(field, type ?? '', isQualifiedName);
  return errors.length > 0 || type.includes('/') || TYPES.includes(type)
    ? errors
    : [invalid(field, type, 'must be a standard limit type or fully qualified')];
}

function validateItem(limit: LimitRangeItem, field: string): FieldError[] {
  const errors: FieldError[] = LISTS.flatMap((list) =>
    Object.entries(limit[list] ?? {}).flatMap(([name, amount]) => {
      const at = `${field}.${list}[${name}]`;
      const problem = quantityProblem(amount);
      return [...obeys(at, name, isQualifiedName), ...(problem === undefined ? [] : [invalid(at, amount, problem)])];
    }),
  );
  if (errors.length > 0) return errors;
  if (limit.type === 'Pod') {
    for (const list of ['default', 'defaultRequest'] as const) {
      if (Object.keys(limit[list] ?? {}).length > 0)
        errors.push(forbidden(`${field}.${list}`, "may not be specified when `type` is 'Pod'"));
    }
  }
  if (limit.type === 'PersistentVolumeClaim' && limit.min?.storage === undefined && limit.max?.storage === undefined) {
    errors.push(required(`${field}.limits`, 'either minimum or maximum storage value is required, but neither was provided'));
  }
  const names = new Set(LISTS.flatMap((list) => Object.keys(limit[list] ?? {})));
  return [...errors, ...[...names].sort().flatMap((name) => validateAmounts(limit, name, field))];
}

function validateAmounts(limit: LimitRangeItem, name: string, field: string): FieldError[] {
  const [min, max, standard, request, ratio] = [limit.min, limit.max, limit.default, limit.defaultRequest, limit.maxLimitRequestRatio].map(
    (list) => (list && Object.hasOwn(list, name) ? list[name] : undefined),
  );
  const errors: FieldError[] = [];
  const ordered = (
    low: string | undefined,
    high: string | undefined,
    list: string,
    value: string | undefined,
    [a, b]: readonly [string, string],
  ): void => {
    if (low === undefined || high === undefined || compareQuantities(parseQuantity(low), parseQuantity(high)) <= 0) return;
    errors.push(invalid(`${field}.${list}[${name}]`, value, `${a} value ${low} is greater than ${b} value ${high}`));
  };
  ordered(min, max, 'min', min, ['min', 'max']);
  ordered(min, request, 'defaultRequest', request, ['min', 'default request']);
  ordered(request, max, 'defaultRequest', request, ['default request', 'max']);
  ordered(request, standard, 'defaultRequest', request, ['default request', 'default limit']);
  ordered(min, standard, 'default', min, ['min', 'default']);
  ordered(standard, max, 'default', max, ['default', 'max']);
  if (ratio !== undefined) errors.push(...validateRatio(ratio, min, max, `${field}.maxLimitRequestRatio[${name}]`));
  return errors;
}

function validateRatio(ratio: string, min: string | undefined, max: string | undefined, field: string): FieldError[] {
  const value = Number(parseQuantity(ratio).nano) / 1e9;
  if (value < 1) return [invalid(field, ratio, `ratio ${ratio} is less than 1`)];
  if (min === undefined || max === undefined) return [];
  const most = Number(parseQuantity(max).nano) / Number(parseQuantity(min).nano);
  return value > most ? [invalid(field, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`)] : [];
}
