import type { ConfigMap as WireConfigMap } from 'kubernetes-types/core/v1';
import { AGE, NAME } from '#lib/api/columns';
import { sameValue } from '#lib/api/equality';
import { forbidden, invalid, tooLong, type FieldError } from '#lib/api/field-error';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { isConfigMapKey } from '#lib/api/validation/names';
import { base64Length, byteLength } from '#lib/api/validation/size';

/** Configuration as keys and values. */
export type ConfigMap = Stored<WireConfigMap>;

/** Bytes of all values together that a ConfigMap or Secret may hold. */
export const MAX_DATA = 1024 * 1024;

/** Mirrors pkg/registry/core/configmap/strategy.go and ValidateConfigMap. */
export const ConfigMap = defineKind<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  scope: 'Namespaced',

  validate(config) {
    const { data = {}, binaryData = {} } = config;
    const errors: FieldError[] = [
      ...Object.keys(data).flatMap((key) => validateKey('data', key, binaryData, 'binaryData')),
      ...Object.keys(binaryData).flatMap((key) => validateKey('binaryData', key, data, 'data')),
    ];
    // The path of the whole object is printed as an empty index.
    if (sizeOf(config) > MAX_DATA) errors.push(tooLong('[]', MAX_DATA));
    return errors;
  },

  validateUpdate(config, previous) {
    if (previous.immutable !== true) return [];
    return validateFrozen(config, previous, ['data', 'binaryData']);
  },

  columns: [
    NAME,
    { name: 'Data', type: 'string', value: ({ data = {}, binaryData = {} }) => Object.keys(data).length + Object.keys(binaryData).length },
    AGE,
  ],
});

function validateKey(bag: string, key: string, other: Record<string, unknown>, otherBag: string): FieldError[] {
  const field = `${bag}[${key}]`;
  const errors = isConfigMapKey(key).map((message) => invalid(field, key, message));
  if (Object.hasOwn(other, key)) errors.push(invalid(field, key, `duplicate of key present in ${otherBag}`));
  return errors;
}

function sizeOf({ data = {}, binaryData = {} }: ConfigMap): number {
  let size = 0;
  for (const value of Object.values(data)) size += byteLength(value);
  for (const value of Object.values(binaryData)) size += base64Length(value);
  return size;
}

/** The rules of an object that was declared immutable; ConfigMaps and Secrets have the same. */
export function validateFrozen<K extends string>(
  object: { readonly immutable?: boolean } & Partial<Record<K, unknown>>,
  previous: Partial<Record<K, unknown>>,
  parts: readonly K[],
): FieldError[] {
  const message = 'field is immutable when `immutable` is set';
  return [
    ...(object.immutable === true ? [] : [forbidden('immutable', message)]),
    ...parts.filter((part) => !sameValue(object[part] ?? {}, previous[part] ?? {})).map((part) => forbidden(part, message)),
  ];
}
