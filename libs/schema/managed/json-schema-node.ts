import { schemaNodeOfType, type MapNode, type SchemaNode } from './schema-node';

/** What is read of a structural schema (apiextensions/v1 JSONSchemaProps). */
export interface StructuralSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly items?: StructuralSchema | readonly StructuralSchema[];
  readonly default?: unknown;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
}

/**
 * The node of a custom kind, from the schema of one version. Undefined without a schema: then the form of values decides.
 * Mirrors apiextensions-apiserver/pkg/controller/openapi/builder and kube-openapi/pkg/schemaconv.
 */
export function nodeOfSchema(root: StructuralSchema | undefined): SchemaNode | undefined {
  if (!root) return undefined;
  const node = nodeOf({ ...root, type: 'object' });
  return node?.of === 'map' ? withTypeMeta(node) : node;
}

const TEXT: SchemaNode = { of: 'scalar', type: 'string' };

/** Every object has these, whatever its schema says. */
function withTypeMeta(node: MapNode): MapNode {
  const fields = new Map(node.fields).set('apiVersion', TEXT).set('kind', TEXT).set('metadata', schemaNodeOfType('meta/v1.ObjectMeta'));
  return { ...node, fields };
}

const SCALARS: Readonly<Record<string, SchemaNode>> = {
  string: TEXT,
  integer: { of: 'scalar', type: 'numeric' },
  number: { of: 'scalar', type: 'numeric' },
  boolean: { of: 'scalar', type: 'boolean' },
};

function nodeOf(schema: StructuralSchema): SchemaNode | undefined {
  if (schema['x-kubernetes-int-or-string']) return { of: 'scalar', type: undefined };
  if (schema.type === 'array') return listNode(schema);
  if (schema.type !== 'object') return schema.type === undefined ? undefined : SCALARS[schema.type];
  const { properties, additionalProperties } = schema;
  const atomic = schema['x-kubernetes-map-type'] === 'atomic';
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties === true || (!properties && !additionalProperties);
  const values = typeof additionalProperties === 'object' ? nodeOf(additionalProperties) : isOpen ? undefined : 'closed';
  const fields = new Map(Object.entries(properties ?? {}).map(([name, member]) => [name, nodeOf(member)]));
  const node: MapNode = { of: 'map', atomic, ...(fields.size > 0 && { fields }), values };
  return schema['x-kubernetes-embedded-resource'] ? withTypeMeta(node) : node;
}

function listNode(schema: StructuralSchema): SchemaNode {
  const type = schema['x-kubernetes-list-type'] ?? 'atomic';
  const items = (Array.isArray(schema.items) ? undefined : schema.items) as StructuralSchema | undefined;
  const keys = type === 'map' ? [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort() : [];
  const defaults = Object.fromEntries(keys.map((key) => [key, items?.properties?.[key]?.default] as const).filter(([, value]) => value !== undefined));
  return { of: 'list', atomic: type === 'atomic', items: items && nodeOf(items), keys, defaults };
}
