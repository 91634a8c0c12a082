import type { AnyKind } from '#lib/api/kind';
import { kinds, storedKind } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { fill } from '#lib/schema/decode/compile';
import { typeTable } from '#lib/schema/types';
import { setOf, union, type Fields } from './fields';
import { schemaNodeOf, type SchemaNode } from './schema-node';
import type { Ignored, VersionOfKind } from './track';

/** What field ownership needs to know of a kind. */
export interface KindFields {
  /** Undefined where only the form of values is known. */
  readonly node: SchemaNode | undefined;
  /** What an object of the kind consists of before anything is said. */
  readonly empty: KubeObject;
  /** Fields that a write to a part ('' for the object itself) puts back as they were. Mirrors GetResetFields of the strategies. */
  ignoredBy(subresource: string): Ignored;
  /** The same objects in another version; undefined when it is not served. */
  inVersion(apiVersion: string): VersionOfKind | undefined;
}

const known = new WeakMap<AnyKind, KindFields>();

/** Made on first use and kept. */
export function kindFields(kind: AnyKind): KindFields {
  let fields = known.get(kind);
  if (!fields) known.set(kind, (fields = fieldsOf(kind, schemaNodeOf(kind))));
  return fields;
}

function fieldsOf(kind: AnyKind, node: SchemaNode | undefined): KindFields {
  const struct = typeTable().ofKind(kind.apiVersion, kind.kind);
  const names = struct ? struct.fields.map(({ name }) => name) : ['spec'];
  const hasStatus = kind.subresources.includes('status') || (storedKind(kind) as AnyKind).subresources.includes('status');
  const byObject = ignored(hasStatus ? ['status'] : [], []);
  const byStatus = ignored(
    names.filter((name) => name !== 'status' && name !== 'metadata'),
    ['ownerReferences'],
  );
  return {
    node,
    empty: { ...(struct && fill(struct)), apiVersion: kind.apiVersion, kind: kind.kind, metadata: {} } as KubeObject,
    ignoredBy: (subresource) => (subresource === 'status' ? byStatus : byObject),
    inVersion: (apiVersion) => inVersion(kind, apiVersion),
  };
}

/** What only the server writes is never owned. Mirrors stripmeta.go. */
const SERVERS = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
];

function ignored(parts: readonly string[], meta: readonly string[]): Ignored {
  const fields = [...parts.map((name) => setOf([`f:${name}`])), ...meta.map((name) => setOf(['f:metadata', `f:${name}`]))];
  return {
    parts: new Set(['apiVersion', 'kind', ...parts]),
    meta: new Set([...SERVERS, ...meta]),
    fields: fields.reduce<Fields>(union, undefined),
  };
}

function inVersion(kind: AnyKind, apiVersion: string): VersionOfKind | undefined {
  if (!typeTable().ofKind(kind.apiVersion, kind.kind)) return sameGroup(kind, apiVersion);
  const stored = storedKind(kind);
  const other = kinds.find(
    (candidate) => candidate.apiVersion === apiVersion && candidate.kind === kind.kind && storedKind(candidate) === stored,
  );
  if (!other) return undefined;
  const toStored = (from: AnyKind, object: KubeObject): KubeObject => from.storedAs?.toStored(object) ?? object;
  const fromStored = (to: AnyKind, object: KubeObject): KubeObject => to.storedAs?.fromStored(object) ?? object;
  return {
    node: kindFields(other).node,
    to: (object) => fromStored(other, toStored(kind, object)),
    from: (object) => fromStored(kind, toStored(other, object)),
  };
}

/** The versions of a custom kind differ in their names alone. */
function sameGroup(kind: AnyKind, apiVersion: string): VersionOfKind | undefined {
  if (!apiVersion.startsWith(`${kind.group}/`)) return undefined;
  return { node: kindFields(kind).node, to: (object) => object, from: (object) => object };
}
