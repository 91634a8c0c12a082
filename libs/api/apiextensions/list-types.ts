import { sameValue } from '#lib/api/equality';
import { duplicate, type FieldError } from '#lib/api/field-error';
import { isMembers, itemsOf, memberSchema, type JsonSchema } from './json-schema';

/**
 * Complaints about lists of type set and map in which something occurs twice. Mirrors
 * apiextensions-apiserver/pkg/apiserver/schema/listtype.
 */
export function listTypeErrors(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return [...repeated(value, schema, path), ...(items ? value.flatMap((item, i) => listTypeErrors(item, items, `${path}[${i}]`)) : [])];
  }
  if (!isMembers(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const known = memberSchema(schema, name);
    return known ? listTypeErrors(member, known, path === '' ? name : `${path}.${name}`) : [];
  });
}

function repeated(list: readonly unknown[], schema: JsonSchema, path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const seen: unknown[] = [];
  const told: unknown[] = [];
  return list.flatMap((item, i) => {
    const identity = type === 'set' ? item : keysOf(item, schema);
    const isKnown = seen.some((other) => sameValue(other, identity));
    if (!isKnown) {
      seen.push(identity);
      return [];
    }
    if (told.some((other) => sameValue(other, identity))) return [];
    told.push(identity);
    return [duplicate(`${path}[${i}]`, identity)];
  });
}

/** The members that tell the items of a map list apart; one that is missing counts with its default. */
function keysOf(item: unknown, schema: JsonSchema): unknown {
  if (!isMembers(item)) return item;
  const properties = itemsOf(schema)?.properties ?? {};
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = item[key] ?? properties[key]?.default;
      return value === undefined ? [] : [[key, value]];
    }),
  );
}
