import { isMembers, itemsOf, memberSchema, type JsonSchema, type Members } from './json-schema';

/** Schemas without a default anywhere below are passed over. */
const known = new WeakMap<JsonSchema, boolean>();

function hasDefaults(schema: JsonSchema): boolean {
  let found = known.get(schema);
  if (found === undefined) {
    known.set(schema, false);
    const items = itemsOf(schema);
    const below = [
      ...Object.values(schema.properties ?? {}),
      ...(items ? [items] : []),
      ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
    ];
    found = below.some((each) => each.default !== undefined || each.nullable !== true || hasDefaults(each));
    known.set(schema, found);
  }
  return found;
}

/**
 * Fills in what is missing, and drops nulls where a default would stand; the result shares with the input what stays the same.
 * Mirrors apiextensions-apiserver/pkg/apiserver/schema/defaulting.
 */
export function withDefaults<T>(value: T, schema: JsonSchema | undefined): T {
  if (!schema || !hasDefaults(schema)) return value;
  if (Array.isArray(value)) return fillList(value, schema) as T;
  return isMembers(value) ? (fillObject(value, schema) as T) : value;
}

function fillList(list: readonly unknown[], schema: JsonSchema): readonly unknown[] {
  const items = itemsOf(schema);
  if (!items) return list;
  let out: unknown[] | undefined;
  list.forEach((item, i) => {
    const isUnwanted = item === null && !items.nullable && items.default !== undefined;
    const filled = withDefaults(isUnwanted ? copyOf(items.default) : item, items);
    if (filled !== item) (out ??= list.slice())[i] = filled;
  });
  return out ?? list;
}

function fillObject(object: Members, schema: JsonSchema): Members {
  let out: Members | undefined;
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const isMissing = !Object.hasOwn(object, name) || (object[name] === null && member.nullable !== true);
    if (!isMissing || member.default === undefined) continue;
    (out ??= { ...object })[name] = copyOf(member.default);
  }
  for (const name of Object.keys(out ?? object)) {
    const value = (out ?? object)[name];
    const member = memberSchema(schema, name);
    if (!member) continue;
    const isUnwanted = value === null && member.nullable !== true && !schema.properties?.[name] && member.default !== undefined;
    const filled = withDefaults(isUnwanted ? copyOf(member.default) : value, member);
    if (filled !== value) (out ??= { ...object })[name] = filled;
  }
  return out ?? object;
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  return isMembers(value) ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copyOf(each)])) : value;
}
