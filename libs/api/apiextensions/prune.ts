import { isMembers, itemsOf, keepsUnknown, memberSchema, type JsonSchema, type Members } from './json-schema';

/** What of an object its schema does not know. */
export interface Pruned {
  readonly object: Members;
  /** Paths as strict decoding names them: `spec.foo`, `spec.list[0].foo`. */
  readonly unknown: readonly string[];
}

/** Members that every object has, whatever its schema says. */
const TYPE_META = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Drops what the schema does not know; what stays whole is shared with the input. Mirrors
 * apiextensions-apiserver/pkg/apiserver/schema/pruning.
 */
export function prune(object: Members, schema: JsonSchema): Pruned {
  const unknown: string[] = [];
  const kept = pruneObject(object, schema, true, '', unknown);
  return { object: kept, unknown };
}

function pruneValue(value: unknown, schema: JsonSchema, path: string, unknown: string[]): unknown {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (!items) return value;
    let out: unknown[] | undefined;
    value.forEach((item, i) => {
      const kept = pruneValue(item, items, `${path}[${i}]`, unknown);
      if (kept !== item) (out ??= value.slice())[i] = kept;
    });
    return out ?? value;
  }
  return isMembers(value) ? pruneObject(value, schema, schema['x-kubernetes-embedded-resource'] === true, path, unknown) : value;
}

function pruneObject(object: Members, schema: JsonSchema, isResource: boolean, path: string, unknown: string[]): Members {
  let out: Members | undefined;
  const keepsAll = keepsUnknown(schema) || schema.additionalProperties === true;
  for (const name of Object.keys(object)) {
    if (isResource && TYPE_META.has(name)) continue;
    const at = path === '' ? name : `${path}.${name}`;
    const member = memberSchema(schema, name);
    if (member) {
      const kept = pruneValue(object[name], member, at, unknown);
      if (kept !== object[name]) (out ??= { ...object })[name] = kept;
    } else if (!keepsAll) {
      unknown.push(at);
      delete (out ??= { ...object })[name];
    }
  }
  return out ?? object;
}
