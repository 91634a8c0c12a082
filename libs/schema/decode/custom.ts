import { isMembers, itemsOf, memberSchema, type JsonSchema, type Members } from '#lib/api/apiextensions/json-schema';
import type { CustomSchema } from '#lib/api/kind';
import { typeTable } from '#lib/schema/types';
import { decoderOf } from './compile';
import { DecodeError, Decoding } from './decoding';

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What came of a custom resource. */
export interface DecodedCustom {
  readonly object: Record<string, unknown> & Named;
  readonly warnings: readonly string[];
}

/**
 * Brings a custom resource into the form of its schema: metadata as that of any kind, what the schema does not know dropped (and told),
 * defaults filled in. Mirrors the unstructured codec of apiextensions-apiserver/pkg/apiserver/customresource_handler.go.
 */
export function decodeCustom(value: unknown, schema: CustomSchema, type: Named, isChecking: boolean): DecodedCustom {
  if (!isMembers(value))
    throw new DecodeError(
      `json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type map[string]interface {}`,
    );
  const unknown: string[] = [];
  const meta = withMetadata(value, '', isChecking, unknown);
  const whole = schema.root ? (embedded(meta, schema.root, '', isChecking, unknown) as Members) : meta;
  const coerced = schema.coerce({ ...whole, apiVersion: type.apiVersion, kind: type.kind });
  const dropped = isChecking ? [...unknown, ...coerced.unknown.map((path) => `unknown field ${JSON.stringify(path)}`)] : [];
  return { object: coerced.object as DecodedCustom['object'], warnings: dropped };
}

/** The object with its metadata decoded like that of any object. */
function withMetadata(object: Members, path: string, isChecking: boolean, unknown: string[]): Members {
  if (object.metadata === undefined || object.metadata === null) return path === '' ? { ...object, metadata: {} } : object;
  const at = new Decoding(isChecking);
  const metadata = decoderOf(typeTable().byId('meta/v1.ObjectMeta'))(object.metadata, at);
  if (at.mismatch !== undefined) throw new DecodeError(at.mismatch);
  const prefix = path === '' ? 'metadata.' : `${path}.metadata.`;
  for (const text of at.strict) unknown.push(text.replace(/^unknown field "/, `unknown field "${prefix}`));
  return metadata === object.metadata ? object : { ...object, metadata };
}

/** The same for the resources inside of it. */
function embedded(value: unknown, schema: JsonSchema, path: string, isChecking: boolean, unknown: string[]): unknown {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return items && hasEmbedded(items) ? value.map((item, i) => embedded(item, items, `${path}[${i}]`, isChecking, unknown)) : value;
  }
  if (!isMembers(value) || !hasEmbedded(schema)) return value;
  const own = path !== '' && schema['x-kubernetes-embedded-resource'] ? withMetadata(value, path, isChecking, unknown) : value;
  return Object.fromEntries(
    Object.entries(own).map(([name, member]) => {
      const known = memberSchema(schema, name);
      return [name, known ? embedded(member, known, path === '' ? name : `${path}.${name}`, isChecking, unknown) : member];
    }),
  );
}

const known = new WeakMap<JsonSchema, boolean>();

/** Most schemas have none: then nothing is walked. */
function hasEmbedded(schema: JsonSchema): boolean {
  let found = known.get(schema);
  if (found === undefined) {
    const items = itemsOf(schema);
    const below = [
      ...Object.values(schema.properties ?? {}),
      ...(items ? [items] : []),
      ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
    ];
    found = schema['x-kubernetes-embedded-resource'] === true || below.some(hasEmbedded);
    known.set(schema, found);
  }
  return found;
}
