import type { PersistentVolumeClaimSpec, TypedObjectReference } from 'kubernetes-types/core/v1';
import { sameValue } from '#lib/api/equality';
import { forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { compareQuantities, parseQuantity, quantityProblem } from '#lib/api/quantity';
import { validateLabelSelector } from '#lib/api/validation/labels';
import { validateImmutable } from '#lib/api/validation/meta';
import { isDNS1123Label, isDNS1123Subdomain } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import { CLASS_ANNOTATION } from './access-modes';
import type { PersistentVolumeClaim } from './persistentvolumeclaim';
import { difference } from './spec-difference';
import { validateAccessModes, validatePositiveQuantity, validateVolumeMode } from './volume-rules';

/** The spec of a claim, also inside templates; `field` is where it stands. Mirrors ValidatePersistentVolumeClaimSpec. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, field: string): FieldError[] {
  const { accessModes = [], storageClassName = '', volumeAttributesClassName: attributes = '' } = spec;
  const storage = spec.resources?.requests?.storage;
  return [
    ...(accessModes.length === 0 ? [required(`${field}.accessModes`, 'at least 1 access mode is required')] : []),
    ...validateLabelSelector(spec.selector, `${field}.selector`),
    ...validateAccessModes(accessModes, `${field}.accessModes`),
    ...(storage === undefined
      ? [required(`${field}.resources[storage]`)]
      : validatePositiveQuantity(storage, `${field}.resources[storage]`)),
    ...(storageClassName === '' ? [] : obeys(`${field}.storageClassName`, storageClassName, isDNS1123Subdomain)),
    ...validateVolumeMode(spec.volumeMode, `${field}.volumeMode`),
    ...validateDataSources(spec, field),
    ...(attributes === '' ? [] : obeys(`${field}.volumeAttributesClassName`, attributes, isDNS1123Subdomain)),
  ];
}

function validateDataSources({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, field: string): FieldError[] {
  const errors = [
    ...(dataSource ? validateDataSource(dataSource, `${field}.dataSource`) : []),
    ...(dataSourceRef ? validateDataSource(dataSourceRef, `${field}.dataSourceRef`) : []),
  ];
  if (!dataSource || !dataSourceRef) return errors;
  if (dataSourceRef.namespace)
    return [...errors, invalid(field, `${field}.dataSource`, 'may not be specified when dataSourceRef.namespace is specified')];
  const same =
    dataSource.apiGroup === dataSourceRef.apiGroup && dataSource.kind === dataSourceRef.kind && dataSource.name === dataSourceRef.name;
  return same ? errors : [...errors, invalid(field, `${field}.dataSource`, 'must match dataSourceRef')];
}

function validateDataSource({ name, kind, apiGroup = '', namespace }: TypedObjectReference, field: string): FieldError[] {
  return [
    ...(name ? [] : [required(`${field}.name`)]),
    ...(kind ? [] : [required(`${field}.kind`)]),
    ...(apiGroup === '' && kind !== 'PersistentVolumeClaim'
      ? [invalid(field, kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]
      : []),
    ...(apiGroup === '' ? [] : obeys(`${field}.apiGroup`, apiGroup, isDNS1123Subdomain)),
    ...(namespace ? obeys(`${field}.namespace`, namespace, isDNS1123Label) : []),
  ];
}

/** What a claim may become: it gets its volume once, and grows while it is bound. Mirrors ValidatePersistentVolumeClaimUpdate. */
export function validateClaimStep(claim: PersistentVolumeClaim, previous: PersistentVolumeClaim): FieldError[] {
  const [spec, old] = [claim.spec, previous.spec];
  const kept: PersistentVolumeClaimSpec = { ...spec, volumeAttributesClassName: old.volumeAttributesClassName };
  const was: PersistentVolumeClaimSpec = old.volumeName ? old : { ...old, volumeName: spec.volumeName };
  const oldClass = previous.metadata.annotations?.[CLASS_ANNOTATION];
  const newClass = claim.metadata.annotations?.[CLASS_ANNOTATION];
  const errors: FieldError[] = [];
  if (
    old.storageClassName === undefined &&
    spec.storageClassName !== undefined &&
    (oldClass === undefined || oldClass === spec.storageClassName)
  ) {
    kept.storageClassName = undefined;
  } else if (oldClass !== newClass) {
    errors.push(invalid(`metadata.annotations[${CLASS_ANNOTATION}]`, newClass ?? '', 'field is immutable'));
  }
  if (claim.status?.phase === 'Bound' && spec.resources?.requests) {
    kept.resources = { ...spec.resources, requests: { ...spec.resources.requests, storage: old.resources?.requests?.storage as string } };
  }
  if (!sameValue(kept, was)) {
    const text = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbidden('spec', `${text}\n${difference('core.PersistentVolumeClaimSpec', was, kept)}`));
  }
  return [
    ...errors,
    ...validateShrink(spec.resources?.requests?.storage, old.resources?.requests?.storage, previous.status?.capacity?.storage),
    ...validateImmutable(spec.volumeMode, old.volumeMode, 'volumeMode'),
    ...validateAttributes(spec.volumeAttributesClassName, old.volumeAttributesClassName),
  ];
}

/** Less than before is fine while an expansion has not been made, but never less than what there is. */
function validateShrink(next: string | undefined, before: string | undefined, there = '0'): FieldError[] {
  if (next === undefined || before === undefined || quantityProblem(next) !== undefined) return [];
  if (compareQuantities(parseQuantity(next), parseQuantity(before)) >= 0) return [];
  if (compareQuantities(parseQuantity(next), parseQuantity(there)) > 0) return [];
  return [forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}

function validateAttributes(next: string | undefined, before: string | undefined): FieldError[] {
  const field = 'spec.volumeAttributesClassName';
  if (before === undefined || next === before) return [];
  if (next === undefined) return [forbidden(field, 'update from non-nil value to nil is forbidden')];
  return next === '' ? [forbidden(field, 'update from non-nil value to an empty string is forbidden')] : [];
}
