import { itemsOf, keepsUnknown, type JsonSchema } from '#lib/api/apiextensions/json-schema';
import { typeTable, type Field, type StructType, type TypeRef } from '#lib/schema/types';
import type { TypeName } from '#lib/schema/decode/body';

/**
 * What field ownership needs to know of a type: what is one piece (atomic), what consists of parts, and how parts are told apart.
 * Where there is no node (undefined) the form of the value decides: maps consist of their members, lists are one piece.
 * Mirrors structured-merge-diff/schema.
 */
export type SchemaNode = ScalarNode | MapNode | ListNode;

/** A plain value. */
export interface ScalarNode {
  readonly of: 'scalar';
  /** Undefined: anything plain, such as quantities and times. */
  readonly type: 'string' | 'numeric' | 'boolean' | undefined;
}

/** An object with declared fields, or a map with values of one type, or both. */
export interface MapNode {
  readonly of: 'map';
  readonly atomic: boolean;
  /** Absent when there are none declared. */
  readonly fields?: ReadonlyMap<string, SchemaNode | undefined>;
  /** The type of members that are not declared; `closed` when there may be none. */
  readonly values: SchemaNode | undefined | 'closed';
}

/** A list. Without keys an associative list is a set of plain values. */
export interface ListNode {
  readonly of: 'list';
  readonly atomic: boolean;
  readonly items: SchemaNode | undefined;
  /** In order of their names. */
  readonly keys: readonly string[];
  /** Values of keys that an item leaves out. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** The type of a member of a map; 'closed' when it may not have this member. */
export function memberOf(node: MapNode | undefined, name: string): SchemaNode | undefined | 'closed' {
  if (node === undefined) return undefined;
  return node.fields?.has(name) ? node.fields.get(name) : node.values;
}

/** Whether a member is declared by name. The members of a map, and all where nothing is known, are not. */
export const isDeclared = (node: MapNode | undefined, name: string): boolean => node?.fields?.has(name) ?? false;

const nodes = new Map<StructType, SchemaNode>();

/** The node of a kind, made on first use; undefined where nothing is known of what it consists of. */
export function schemaNodeOf(type: TypeName): SchemaNode | undefined {
  const struct = typeTable().ofKind(type.apiVersion, type.kind);
  if (struct) return structNode(struct);
  const root = type.schema?.root;
  return root && customRoot(root);
}

const customNodes = new WeakMap<JsonSchema, SchemaNode>();
const customRoots = new WeakSet<SchemaNode>();

/** Whether the type is one that a definition describes: it may have been another when an object was written. */
export const isCustomRoot = (node: SchemaNode): boolean => customRoots.has(node);

/** A custom resource: its schema, and what every object has. */
function customRoot(root: JsonSchema): SchemaNode {
  let node = customNodes.get(root);
  if (!node) {
    customNodes.set(root, (node = customNode({ ...root, type: 'object', 'x-kubernetes-embedded-resource': true }) as SchemaNode));
    customRoots.add(node);
  }
  return node;
}

const CUSTOM_SCALARS: Readonly<Record<string, ScalarNode>> = {
  string: { of: 'scalar', type: 'string' },
  integer: { of: 'scalar', type: 'numeric' },
  number: { of: 'scalar', type: 'numeric' },
  boolean: { of: 'scalar', type: 'boolean' },
};

/** Mirrors how kube-openapi/pkg/schemaconv reads the schemas of custom resources. */
function customNode(schema: JsonSchema): SchemaNode | undefined {
  if (schema['x-kubernetes-int-or-string']) return { of: 'scalar', type: undefined };
  if (schema.type === 'array') return customList(schema);
  if (schema.type !== 'object') return CUSTOM_SCALARS[schema.type ?? ''];
  const { properties, additionalProperties } = schema;
  const values =
    typeof additionalProperties === 'object'
      ? customNode(additionalProperties)
      : keepsUnknown(schema) || additionalProperties === true
        ? undefined
        : 'closed';
  const isObject = schema['x-kubernetes-embedded-resource'] === true;
  const fields =
    (properties || isObject) &&
    new Map([
      ...Object.entries(properties ?? {}).map(([name, each]) => [name, customNode(each)] as const),
      ...(isObject ? ofAllObjects() : []),
    ]);
  return {
    of: 'map',
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    ...(fields && { fields }),
    values: !properties && values === 'closed' ? undefined : values,
  };
}

/** What every object has, also one inside another, whatever its schema says. */
const ofAllObjects = (): [string, SchemaNode | undefined][] => [
  ['apiVersion', SCALARS.string],
  ['kind', SCALARS.string],
  ['metadata', structNode(typeTable().byId('meta/v1.ObjectMeta'))],
];

function customList(schema: JsonSchema): ListNode {
  const items = itemsOf(schema);
  const type = schema['x-kubernetes-list-type'];
  const keys = type === 'map' ? [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort() : [];
  const defaults = Object.fromEntries(
    keys.flatMap((key) => (items?.properties?.[key]?.default === undefined ? [] : [[key, items.properties[key]?.default]])),
  );
  return { of: 'list', atomic: type !== 'map' && type !== 'set', items: items && customNode(items), keys, defaults };
}

/** The node of a type of the data files, by its id (`meta/v1.ObjectMeta`). Throws when there is none. */
export const schemaNodeOfType = (id: string): SchemaNode => structNode(typeTable().byId(id));

function structNode(struct: StructType): SchemaNode {
  let node = nodes.get(struct);
  if (!node) {
    node = { of: 'map', atomic: struct.extras.map === 'atomic', fields: new LazyFields(struct), values: 'closed' };
    nodes.set(struct, node);
  }
  return node;
}

/** The fields of a struct; their nodes are made when asked for, as types refer to each other in circles. */
class LazyFields extends Map<string, SchemaNode | undefined> {
  private readonly fields = new Map<string, Field>();

  constructor(struct: StructType) {
    super();
    const inherited = struct.hasTypeMeta ? typeTable().byId('meta/v1.TypeMeta').fields : [];
    for (const field of [...inherited, ...struct.fields]) {
      this.fields.set(field.name, field);
    }
  }

  override has(name: string): boolean {
    return this.fields.has(name);
  }

  override get(name: string): SchemaNode | undefined {
    const known = super.get(name);
    if (known !== undefined || super.has(name)) return known;
    const field = this.fields.get(name);
    const node = field && fieldNode(field);
    super.set(name, node);
    return node;
  }
}

function fieldNode(field: Field): SchemaNode | undefined {
  const node = typeNode(field.type);
  if (node === undefined || node.of === 'scalar') return node;
  if (node.of === 'map') return field.map === undefined ? node : { ...node, atomic: field.map === 'atomic' };
  const { list, keys = [] } = field;
  if (list !== 'map' && list !== 'set') return node;
  const sorted = [...keys].sort();
  return { ...node, atomic: false, keys: list === 'map' ? sorted : [], defaults: list === 'map' ? keyDefaults(field.type, sorted) : {} };
}

function keyDefaults(type: TypeRef, keys: readonly string[]): Record<string, unknown> {
  const struct = type.of === 'list' && type.item.of === 'struct' ? type.item.struct : undefined;
  const defaults: Record<string, unknown> = {};
  for (const key of keys) {
    const field = struct?.byName.get(key);
    if (field?.default !== undefined) defaults[key] = field.default;
    else if (field?.zeroDefault) defaults[key] = zeroOf(field.type);
  }
  return defaults;
}

/** OpenAPI gives required fields of plain types their zero value as default. */
function zeroOf(type: TypeRef): unknown {
  if (type.of !== 'scalar') return undefined;
  return ({ string: '', int32: 0, int64: 0, float64: 0, bool: false, bytes: undefined, any: undefined } as const)[type.scalar];
}

const ANY_SCALAR: ScalarNode = { of: 'scalar', type: undefined };
const SCALARS = {
  string: { of: 'scalar', type: 'string' },
  bytes: { of: 'scalar', type: 'string' },
  int32: { of: 'scalar', type: 'numeric' },
  int64: { of: 'scalar', type: 'numeric' },
  float64: { of: 'scalar', type: 'numeric' },
  bool: { of: 'scalar', type: 'boolean' },
  any: undefined,
} as const satisfies Record<string, ScalarNode | undefined>;

const PLAIN_SPECIALS = new Set(['Time', 'MicroTime', 'Duration', 'Quantity', 'IntOrString']);

function typeNode(type: TypeRef): SchemaNode | undefined {
  switch (type.of) {
    case 'scalar':
      return SCALARS[type.scalar];
    case 'special':
      return PLAIN_SPECIALS.has(type.special) ? ANY_SCALAR : undefined;
    case 'struct':
      return structNode(type.struct);
    case 'list':
      return { of: 'list', atomic: true, items: typeNode(type.item), keys: [], defaults: {} };
    case 'map':
      return { of: 'map', atomic: false, values: typeNode(type.value) };
  }
}
