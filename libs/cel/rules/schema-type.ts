import { itemsOf, type JsonSchema } from '#lib/api/apiextensions/json-schema';
import { BOOL, DOUBLE, DYN, INT, objectType, STRING, type CelField, type CelType } from '../types';

/** Upstream's limit of a request, from which sizes that a schema leaves open are estimated. */
const MAX_REQUEST_BYTES = 3 * 1024 * 1024;

/** A type with the fewest bytes that JSON needs for a value of it. */
export interface Sized {
  readonly type: CelType;
  readonly least: number;
}

const known = new WeakMap<JsonSchema, Sized | null>();
const roots = new WeakMap<JsonSchema, Sized | null>();

/**
 * The type that rules see values of a schema as; undefined where a schema leaves it open, as those fields cannot be used in rules.
 * `isResource` adds what every object has. Mirrors apiserver/pkg/cel/common/schemas.go.
 */
export function typeOfSchema(schema: JsonSchema, isResource: boolean): Sized | undefined {
  const remembered = isResource ? roots : known;
  let found = remembered.get(schema);
  if (found === undefined) remembered.set(schema, (found = made(schema, isResource) ?? null));
  return found ?? undefined;
}

function made(schema: JsonSchema, isResource: boolean): Sized | undefined {
  if (schema['x-kubernetes-int-or-string']) return { type: { ...DYN, max: MAX_REQUEST_BYTES - 2 } as CelType, least: 1 };
  switch (schema.type) {
    case 'array':
      return listOf(schema);
    case 'object':
      return isResource || typeof schema.additionalProperties !== 'object' ? objectOf(schema, isResource) : mapOf(schema);
    case 'string':
      return textOf(schema);
    case 'boolean':
      return { type: BOOL, least: 4 };
    case 'integer':
      return { type: INT, least: 1 };
    case 'number':
      return { type: DOUBLE, least: 1 };
    default:
      return undefined;
  }
}

function listOf(schema: JsonSchema): Sized | undefined {
  const items = itemsOf(schema);
  const elem = items && typeOfSchema(items, items['x-kubernetes-embedded-resource'] === true);
  if (!elem) return undefined;
  const max = schema.maxItems ?? Math.floor((MAX_REQUEST_BYTES - 2) / (elem.least + 1));
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  return {
    type: { kind: 'list', elem: elem.type, max, ...(listType && listType !== 'atomic' && { listType }), ...(keys && { keys }) },
    least: 2,
  };
}

function mapOf(schema: JsonSchema): Sized | undefined {
  const value = typeOfSchema(schema.additionalProperties as JsonSchema, false);
  if (!value) return undefined;
  const max = schema.maxProperties ?? Math.floor((MAX_REQUEST_BYTES - 2) / (value.least + 6));
  return { type: { kind: 'map', key: { ...STRING, max: MAX_REQUEST_BYTES - 2 } as CelType, value: value.type, max }, least: 2 };
}

const TEXT = { ...STRING, max: MAX_REQUEST_BYTES - 2 } as CelType;
const TYPE_META: Readonly<Record<string, CelType>> = {
  apiVersion: TEXT,
  kind: TEXT,
  metadata: objectType('metadata', { name: { ...STRING, max: 1012 } as CelType, generateName: { ...STRING, max: 1012 } as CelType }),
};

let counter = 0;

function objectOf(schema: JsonSchema, isResource: boolean): Sized {
  const fields = new Map<string, CelField>();
  let least = 2;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (isResource && Object.hasOwn(TYPE_META, name)) continue;
    const field = typeOfSchema(property, property['x-kubernetes-embedded-resource'] === true);
    const escaped = escapedName(name);
    if (!field) continue;
    if (schema.required?.includes(name) && property.default === undefined) least += name.length + 4 + field.least;
    if (escaped !== undefined) fields.set(escaped, { type: field.type, ...(escaped !== name && { property: name }) });
  }
  if (isResource) for (const [name, type] of Object.entries(TYPE_META)) fields.set(name, { type });
  return { type: { kind: 'object', name: `object${counter++}`, fields }, least };
}

function textOf({ format, maxLength, enum: values }: JsonSchema): Sized {
  switch (format) {
    case 'byte':
      return { type: { kind: 'bytes', max: maxLength ?? MAX_REQUEST_BYTES - 2 }, least: 2 };
    case 'duration':
      return { type: { kind: 'duration' }, least: 4 };
    case 'date':
    case 'date-time':
      return { type: { kind: 'timestamp' }, least: 12 };
  }
  const longest = values?.length ? Math.max(...values.map((value) => String(value).length)) : undefined;
  const max = maxLength !== undefined ? maxLength * 4 : (longest ?? MAX_REQUEST_BYTES - 2); // a character can have four bytes
  return { type: { ...STRING, max } as CelType, least: 2 };
}

const RESERVED = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);

/**
 * How a member is written in an expression: `x-prop` is `x__dash__prop`. Undefined for those that cannot be. Mirrors
 * apiserver/pkg/cel/escaping.go.
 */
export function escapedName(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_.\-/][\w.\-/]*$/.test(name)) return undefined;
  const escaped = name.replace(/__/g, '__underscores__').replace(/\./g, '__dot__').replace(/-/g, '__dash__').replace(/\//g, '__slash__');
  return /^[A-Za-z_]\w*$/.test(escaped) ? escaped : undefined;
}
