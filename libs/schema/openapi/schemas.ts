import { writtenBy } from './custom';
import { descriptionOf } from './descriptions';
import { typeTable, type Field, type StructType, type TypeRef } from '#lib/schema/types';

import type { Dialect, Json } from './dialect';

export type { Dialect, Json };

const PREFIX: Readonly<Record<Dialect, string>> = { v2: '#/definitions/', v3: '#/components/schemas/' };

/** Types that v2 has no words for: one of two types. */
const IN_V2: Readonly<Record<string, Json>> = {
  'resource.Quantity': { type: 'string' },
  'intstr.IntOrString': { type: 'string', format: 'int-or-string' },
};

/** A reference to a struct's definition. */
export const referenceTo = (struct: StructType, dialect: Dialect): Json => ({ $ref: PREFIX[dialect] + struct.openapi });

/** The definition of one struct. */
export function definitionOf(struct: StructType, dialect: Dialect): Json {
  const written = writtenBy(struct);
  if (written) return written.define(dialect, referenceTo);
  const description = descriptionOf(struct.id, '');
  const special = (dialect === 'v2' ? IN_V2[struct.id] : undefined) ?? struct.extras.o;
  if (special || isOpaque(struct)) return { ...(description && { description }), ...special };
  const properties: Json = {};
  if (struct.hasTypeMeta) {
    for (const name of ['apiVersion', 'kind']) properties[name] = { ...describe(struct.id, name), type: 'string' };
  }
  for (const field of struct.fields) properties[field.name] = propertyOf(field, dialect);
  const required = struct.fields.filter((field) => field.required).map((field) => field.name);
  return {
    ...(description && { description }),
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    ...extensionsOf(struct),
  };
}

/** The structs that a struct needs, itself included. */
export function closureOf(roots: Iterable<StructType>): Set<StructType> {
  const found = new Set<StructType>();
  const open = [...roots];
  for (let struct = open.pop(); struct; struct = open.pop()) {
    if (found.has(struct)) continue;
    found.add(struct);
    const written = writtenBy(struct);
    if (written) open.push(...written.needs);
    if (!struct.extras.o && !isOpaque(struct)) for (const field of struct.fields) open.push(...structsIn(field.type));
  }
  return found;
}

/** Anything at all: apiextensions' JSON and what may stand for a schema. */
const isOpaque = (struct: StructType): boolean => struct.fields.length === 0 && struct.unnamed.length > 0;

function structsIn(type: TypeRef): StructType[] {
  if (type.of === 'struct' || type.of === 'special') return [type.struct];
  if (type.of === 'list') return structsIn(type.item);
  return type.of === 'map' ? structsIn(type.value) : [];
}

function propertyOf(field: Field, dialect: Dialect): Json {
  const type = typeOf(field.type, dialect);
  // In v3 a reference may have no neighbours.
  const needsWrap = dialect === 'v3' && '$ref' in type;
  const fallback = field.zeroDefault ? zeroOf(field.type) : field.default;
  const items = field.type.of === 'list' ? 'items' : 'additionalProperties';
  if (field.itemEnum) type[items] = { ...(type[items] as Json), enum: field.itemEnum };
  return {
    ...describe(field.owner.id, field.name),
    ...(needsWrap ? { allOf: [type] } : type),
    ...(fallback !== undefined && { default: fallback }),
    ...(field.enum && { enum: field.enum }),
    ...(field.list && { 'x-kubernetes-list-type': field.list }),
    ...(field.keys && { 'x-kubernetes-list-map-keys': field.keys }),
    ...(field.map && { 'x-kubernetes-map-type': field.map }),
    ...(field.mergeKey && { 'x-kubernetes-patch-merge-key': field.mergeKey }),
    ...(field.strategy && { 'x-kubernetes-patch-strategy': field.strategy }),
  };
}

function describe(struct: string, field: string): Json {
  const description = descriptionOf(struct, field);
  return description === undefined ? {} : { description };
}

const SCALARS: Readonly<Record<string, Json>> = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  bool: { type: 'boolean' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  any: {},
};

function typeOf(type: TypeRef, dialect: Dialect): Json {
  switch (type.of) {
    case 'scalar':
      return { ...SCALARS[type.scalar] };
    case 'struct':
    case 'special':
      return referenceTo(type.struct, dialect);
    case 'list':
      return { type: 'array', items: typeOf(type.item, dialect) };
    case 'map':
      return { type: 'object', additionalProperties: typeOf(type.value, dialect) };
  }
}

function zeroOf(type: TypeRef): unknown {
  if (type.of !== 'scalar') return {};
  return type.scalar === 'string' ? '' : type.scalar === 'bool' ? false : 0;
}

function extensionsOf(struct: StructType): Json {
  const { group, version, kinds } = struct.from;
  const kind = struct.name;
  return {
    ...(kinds.includes(kind) && { 'x-kubernetes-group-version-kind': [{ group, kind, version }] }),
    ...(struct.extras.map && { 'x-kubernetes-map-type': struct.extras.map }),
    ...(struct.extras.unions !== undefined && { 'x-kubernetes-unions': struct.extras.unions }),
  };
}

/** metav1 kinds belong to every group; clients look them up by the group and version that they speak. */
export function withGroupVersions(definition: Json, kind: string, groupVersions: readonly { group: string; version: string }[]): Json {
  return { ...definition, 'x-kubernetes-group-version-kind': groupVersions.map(({ group, version }) => ({ group, kind, version })) };
}

/** Shorthand for the struct of a metav1 type. */
export const metaType = (name: string): StructType => typeTable().byId(`meta/v1.${name}`);
