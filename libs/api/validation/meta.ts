import { sameValue } from '#lib/api/equality';
import { forbidden, invalid, required, tooLong, type FieldError } from '#lib/api/field-error';
import type { AnyKind, KindSpec } from '#lib/api/kind';
import type { KubeObject, ManagedFieldsEntry, ObjectMeta, OwnerReference } from '#lib/api/meta';
import { validateAnnotations, validateLabels } from './labels';
import { isDNS1035Label, isDNS1123Label, isDNS1123Subdomain, isPathSegmentName, isPathSegmentPrefix, isQualifiedName } from './names';
import { byteLength } from './size';

type NameRule = NonNullable<KindSpec['nameRule']>;
type NameCheck = (name: string, asPrefix: boolean) => string[];

/** A generated name goes on after the prefix, so a dash at its end is fine. */
const unlessTrailingDash =
  (check: (name: string) => string[]): NameCheck =>
  (name, asPrefix) =>
    check(asPrefix && name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name);

/** The name rules that a kind can choose from (`KindSpec.nameRule`). Mirrors pkg/api/validation/generic.go. */
export const nameRules: Readonly<Record<NameRule, NameCheck>> = {
  subdomain: unlessTrailingDash(isDNS1123Subdomain),
  label: unlessTrailingDash(isDNS1123Label),
  service: unlessTrailingDash(isDNS1035Label),
  path: (name, asPrefix) => (asPrefix ? isPathSegmentPrefix(name) : isPathSegmentName(name)),
};

/**
 * Every complaint about the metadata of an object by itself; a name that was asked for has been generated already.
 * Mirrors ValidateObjectMeta of apimachinery together with the finalizer rule of pkg/apis/core/validation.
 */
export function validateMeta(kind: AnyKind, object: KubeObject): FieldError[] {
  return [
    ...validateName(object.metadata, nameRules[kind.nameRule ?? 'subdomain']),
    ...validateCommon(object.metadata, kind.namespaced),
    ...(isExtension(kind) ? [] : validateKnownFinalizers(object.metadata.finalizers ?? [])),
  ];
}

/** Custom resources and their definitions may have finalizers of any qualified name. */
const isExtension = ({ group, schema }: AnyKind): boolean => schema !== undefined || group === 'apiextensions.k8s.io';

/**
 * Every complaint about the step from `previous` to `object`; `validateMeta` runs as well.
 * Mirrors ValidateObjectMetaUpdate.
 */
export function validateMetaUpdate(object: KubeObject, previous: KubeObject): FieldError[] {
  const next = object.metadata;
  const old = previous.metadata;
  return [
    ...(old.deletionTimestamp === undefined ? [] : validateNoNewFinalizers(next.finalizers, old.finalizers)),
    ...(next.resourceVersion ? [] : [invalid('metadata.resourceVersion', next.resourceVersion ?? '', 'must be specified for an update')]),
    ...((next.generation ?? 0) < (old.generation ?? 0)
      ? [invalid('metadata.generation', next.generation ?? 0, 'must not be decremented')]
      : []),
    ...IMMUTABLE.flatMap((name) => validateImmutable(next[name], old[name], `metadata.${name}`)),
  ];
}

const IMMUTABLE = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;

/** `field is immutable` unless both values are the same. */
export const validateImmutable = (value: unknown, previous: unknown, field: string): FieldError[] =>
  sameValue(value, previous) ? [] : [invalid(field, value, 'field is immutable')];

/** `must be greater than or equal to 0`. */
export const validateNonnegative = (value: number | undefined, field: string): FieldError[] =>
  value !== undefined && value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];

function validateName({ name, generateName }: ObjectMeta, check: NameCheck): FieldError[] {
  const errors: FieldError[] = [];
  if (generateName) for (const message of check(generateName, true)) errors.push(invalid('metadata.generateName', generateName, message));
  if (!name) errors.push(required('metadata.name', 'name or generateName is required'));
  else for (const message of check(name, false)) errors.push(invalid('metadata.name', name, message));
  return errors;
}

function validateCommon(meta: ObjectMeta, namespaced: boolean): FieldError[] {
  return [
    ...validateNamespace(meta.namespace, namespaced),
    ...validateNonnegative(meta.generation, 'metadata.generation'),
    ...validateLabels(meta.labels, 'metadata.labels'),
    ...validateAnnotations(meta.annotations, 'metadata.annotations'),
    ...validateOwners(meta.ownerReferences ?? [], 'metadata.ownerReferences'),
    ...validateFinalizers(meta.finalizers ?? [], 'metadata.finalizers'),
    ...(meta.managedFields ?? []).flatMap((entry, i) => validateManagedFields(entry, `metadata.managedFields[${i}]`)),
  ];
}

function validateNamespace(namespace: string | undefined, namespaced: boolean): FieldError[] {
  if (!namespaced) return namespace ? [forbidden('metadata.namespace', 'not allowed on this type')] : [];
  if (!namespace) return [required('metadata.namespace')];
  return isDNS1123Label(namespace).map((message) => invalid('metadata.namespace', namespace, message));
}

function validateOwners(owners: readonly OwnerReference[], field: string): FieldError[] {
  const errors = owners.flatMap((owner) => validateOwner(owner, field));
  const [first, ...others] = owners.filter((owner) => owner.controller === true).map((owner) => `${owner.kind}/${owner.name}`);
  for (const other of others) {
    errors.push(
      invalid(field, owners, `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${other}`),
    );
  }
  return errors;
}

function validateOwner(owner: OwnerReference, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!owner.apiVersion?.replace(/^[^/]*\//, ''))
    errors.push(invalid(`${field}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
  for (const name of ['kind', 'name', 'uid'] as const) {
    if (!owner[name]) errors.push(invalid(`${field}.${name}`, owner[name] ?? '', 'must not be empty'));
  }
  if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
    errors.push(invalid(field, owner, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return errors;
}

const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

function validateFinalizers(finalizers: readonly string[], field: string): FieldError[] {
  const errors = finalizers.flatMap((name) => isQualifiedName(name).map((message) => invalid(field, name, message)));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

const validateKnownFinalizers = (finalizers: readonly string[]): FieldError[] =>
  finalizers.flatMap((name, i) => {
    if (name.includes('/') || STANDARD_FINALIZERS.has(name)) return [];
    return [invalid(`metadata.finalizers[${i}]`, name, 'name is neither a standard finalizer name nor is it fully qualified')];
  });

function validateNoNewFinalizers(next: readonly string[] = [], old: readonly string[] = []): FieldError[] {
  const added = [...new Set(next)].filter((name) => !old.includes(name)).sort();
  if (added.length === 0) return [];
  const list = added.map((name) => JSON.stringify(name)).join(', ');
  return [
    forbidden(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    ),
  ];
}

function validateManagedFields(entry: ManagedFieldsEntry, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
    errors.push(invalid(`${field}.operation`, entry.operation ?? '', 'must be `Apply` or `Update`'));
  }
  if (entry.fieldsType && entry.fieldsType !== 'FieldsV1')
    errors.push(invalid(`${field}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`'));
  errors.push(...validateFieldManager(entry.manager ?? '', `${field}.manager`));
  if (byteLength(entry.subresource ?? '') > 256) errors.push(tooLong(`${field}.subresource`, 256));
  return errors;
}

/** The `fieldManager` of a request and of managedFields: at most 128 bytes, printable. Mirrors ValidateFieldManager. */
export function validateFieldManager(manager: string, field: string): FieldError[] {
  const errors = byteLength(manager) > 128 ? [tooLong(field, 128)] : [];
  let position = 0;
  for (const character of manager) {
    if (/[^\P{C}]|[^\P{Z}]/u.test(character) && character !== ' ') {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalid(field, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += byteLength(character);
  }
  return errors;
}
