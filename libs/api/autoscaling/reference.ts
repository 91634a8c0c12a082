import type { CrossVersionObjectReference } from 'kubernetes-types/autoscaling/v2';
import { required, type FieldError } from '#lib/api/field-error';
import { isPathSegmentName } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';

/** Kind and name of an object. Mirrors ValidateCrossVersionObjectReference. */
export const validateReference = (ref: Partial<CrossVersionObjectReference>, field: string): FieldError[] =>
  (['kind', 'name'] as const).flatMap((name) =>
    ref[name] ? obeys(`${field}.${name}`, ref[name], isPathSegmentName) : [required(`${field}.${name}`)],
  );
