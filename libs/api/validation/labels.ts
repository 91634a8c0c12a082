import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { forbidden, invalid, required, tooLong, type FieldError } from '#lib/api/field-error';
import { isQualifiedName, isValidLabelValue } from './names';
import { byteLength } from './size';

const MAX_ANNOTATIONS = 256 * 1024;

/** Keys and values of labels. Mirrors ValidateLabels of pkg/apis/meta/v1/validation. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, field: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const key in labels) {
    const value = labels[key] as string;
    for (const message of isQualifiedName(key)) errors.push(invalid(field, key, message));
    for (const message of isValidLabelValue(value)) errors.push(invalid(field, value, message));
  }
  return errors;
}

/** One key of a label. Mirrors ValidateLabelName. */
export const validateLabelName = (name: string, field: string): FieldError[] =>
  isQualifiedName(name).map((message) => invalid(field, name, message));

/** Keys of annotations (case does not matter) and their total of 256 KiB. */
export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, field: string): FieldError[] {
  const errors: FieldError[] = [];
  let total = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const message of isQualifiedName(key.toLowerCase())) errors.push(invalid(field, key, message));
    total += byteLength(key) + byteLength(value);
  }
  if (total > MAX_ANNOTATIONS) errors.push(tooLong(field, MAX_ANNOTATIONS));
  return errors;
}

/** A metav1.LabelSelector. Mirrors ValidateLabelSelector, values of expressions included. */
export function validateLabelSelector(selector: LabelSelector | undefined, field: string): FieldError[] {
  if (!selector) return [];
  return [
    ...validateLabels(selector.matchLabels, `${field}.matchLabels`),
    ...(selector.matchExpressions ?? []).flatMap((expression, i) => validateRequirement(expression, `${field}.matchExpressions[${i}]`)),
  ];
}

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

function validateRequirement({ key, operator, values = [] }: Requirement, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) errors.push(forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else errors.push(invalid(`${field}.operator`, operator, 'not a valid selector operator'));
  errors.push(...validateLabelName(key, `${field}.key`));
  for (const [i, value] of values.entries()) {
    for (const message of isValidLabelValue(value)) errors.push(invalid(`${field}.values[${i}]`, value, message));
  }
  return errors;
}
