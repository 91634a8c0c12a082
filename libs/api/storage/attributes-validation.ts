import { sameValue } from '#lib/api/equality';
import { forbidden, required, type FieldError } from '#lib/api/field-error';
import { validateDriverName } from './driver-validation';
import { validateParameters } from './storageclass-validation';
import type { VolumeAttributesClass } from './volumeattributesclass';

/** Mirrors ValidateVolumeAttributesClass. */
export const validateAttributesClass = ({ driverName = '', parameters = {} }: VolumeAttributesClass): FieldError[] => [
  ...validateDriverName(driverName, 'driverName'),
  ...(Object.keys(parameters).length === 0
    ? [required('parameters', 'must contain at least one key/value pair')]
    : validateParameters(parameters, 'parameters')),
];

/** A class never changes: volumes change their class. Mirrors ValidateVolumeAttributesClassUpdate. */
export const validateAttributesClassStep = (next: VolumeAttributesClass, previous: VolumeAttributesClass): FieldError[] => [
  ...(next.driverName === previous.driverName ? [] : [forbidden('driverName', 'updates to driverName are forbidden.')]),
  ...(sameValue(next.parameters ?? {}, previous.parameters ?? {}) ? [] : [forbidden('parameters', 'updates to parameters are forbidden.')]),
];
