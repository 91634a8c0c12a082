import { isMembers, type JsonSchema } from '#lib/api/apiextensions/json-schema';
import type { AnyKind } from '#lib/api/kind';
import type { PackageFacts } from '#lib/schema/facts';
import { StructType, typeTable } from '#lib/schema/types';
import { descriptionOf } from './descriptions';
import type { Dialect, Json } from './dialect';

type Reference = (struct: StructType, dialect: Dialect) => Json;

/** A struct whose definition is written from a schema instead of from fields. */
interface Written {
  readonly needs: readonly StructType[];
  define(dialect: Dialect, referenceTo: Reference): Json;
}

const written = new WeakMap<StructType, Written>();

/** How a struct's definition is written, when it is that of a custom kind. */
export const writtenBy = (struct: StructType): Written | undefined => written.get(struct);

const known = new WeakMap<AnyKind, { readonly own: StructType; readonly list: StructType }>();

/** A custom kind and its list, as operations name them. Mirrors apiextensions-apiserver/pkg/controller/openapi/builder. */
export function customStruct(kind: AnyKind): { readonly own: StructType; readonly list: StructType } {
  let found = known.get(kind);
  if (!found) {
    const listKind = kind.listKind ?? `${kind.kind}List`;
    const from: PackageFacts = {
      package: `${kind.group}/${kind.version}`,
      openapi: [...kind.group.split('.').reverse(), kind.version].join('.'),
      group: kind.group,
      version: kind.version,
      kinds: [kind.kind, listKind],
      types: {},
    };
    const own = new StructType(`${from.package}.${kind.kind}`, from, {});
    const list = new StructType(`${from.package}.${listKind}`, from, {});
    written.set(own, { needs: [meta('ObjectMeta')], define: (dialect, referenceTo) => objectDefinition(kind, dialect, referenceTo) });
    written.set(list, {
      needs: [own, meta('ListMeta')],
      define: (dialect, referenceTo) => listDefinition(kind, listKind, own, dialect, referenceTo),
    });
    known.set(kind, (found = { own, list }));
  }
  return found;
}

const meta = (name: string): StructType => typeTable().byId(`meta/v1.${name}`);

const typeMeta = (): Json =>
  Object.fromEntries(['apiVersion', 'kind'].map((name) => [name, { ...described('core/v1.Pod', name), type: 'string' }]));

function described(struct: string, field: string): Json {
  const description = descriptionOf(struct, field);
  return description === undefined ? {} : { description };
}

/** In v3 a reference may have no neighbours. */
function reference(struct: StructType, of: string, dialect: Dialect, referenceTo: Reference): Json {
  const ref = referenceTo(struct, dialect);
  return { ...described(of, 'metadata'), ...(dialect === 'v3' ? { allOf: [ref] } : ref) };
}

const named = ({ group, version }: AnyKind, kind: string): Json => ({ 'x-kubernetes-group-version-kind': [{ group, kind, version }] });

function objectDefinition(kind: AnyKind, dialect: Dialect, referenceTo: Reference): Json {
  const root = kind.schema?.root;
  if (!root || (dialect === 'v2' && root['x-kubernetes-preserve-unknown-fields']))
    return {
      type: 'object',
      ...(root?.description && { description: root.description }),
      'x-kubernetes-preserve-unknown-fields': true,
      ...named(kind, kind.kind),
    };
  const shown = (dialect === 'v2' ? simplified(root) : root) as Json;
  const properties = {
    ...(shown.properties as Json),
    ...typeMeta(),
    metadata: reference(meta('ObjectMeta'), 'core/v1.Pod', dialect, referenceTo),
  };
  return { ...shown, type: 'object', properties, ...named(kind, kind.kind) };
}

function listDefinition(kind: AnyKind, listKind: string, own: StructType, dialect: Dialect, referenceTo: Reference): Json {
  const items = { type: 'array', items: referenceTo(own, dialect) };
  const properties = { ...typeMeta(), items, metadata: reference(meta('ListMeta'), 'core/v1.PodList', dialect, referenceTo) };
  return { type: 'object', required: ['items'], properties, ...named(kind, listKind) };
}

/** What v2 has no words for; clients that validate by it must not refuse what the server takes. */
const NOT_IN_V2 = ['oneOf', 'anyOf', 'not', 'nullable', 'allOf'];

function simplified(schema: JsonSchema): Json {
  const { items, properties, additionalProperties, ...rest } = schema;
  const plain: Json = Object.fromEntries(Object.entries(rest).filter(([name]) => !NOT_IN_V2.includes(name)));
  if (schema['x-kubernetes-int-or-string']) return { ...plain, format: 'int-or-string', type: undefined };
  if (schema.nullable) return { ...plain, type: undefined };
  if (schema['x-kubernetes-preserve-unknown-fields']) return { ...plain, type: undefined };
  return {
    ...plain,
    ...(isMembers(items) && { items: simplified(items as JsonSchema) }),
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, simplified(each)])) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: typeof additionalProperties === 'object' ? simplified(additionalProperties) : additionalProperties,
    }),
  };
}
