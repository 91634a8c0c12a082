import type { KubeObject, ManagedFieldsEntry } from '#lib/api/meta';
import { fieldsOf } from './applied';
import { isMap, itemElement } from './element';
import { below, LEAF, union, type FieldNode, type Fields } from './fields';
import type { Managers } from './managers';
import { isCustomRoot, memberOf, type ListNode, type MapNode, type SchemaNode } from './schema-node';
import type { TrackedWrite } from './track';

type Shape = Pick<TrackedWrite, 'apiVersion' | 'node' | 'inVersion'>;

/**
 * The entries of an object of a custom kind as its schema of today wants them. Who owned a list item by item owns it as a whole where it
 * has become atomic, and who owned it as a whole owns each of the items it has now where it has become a set or a map; maps likewise. The
 * same list when nothing is to be done: always for kinds that are built in. Mirrors reconcileManagedFieldsWithSchemaChanges of
 * structured-merge-diff.
 */
export function reconciledEntries(entries: readonly ManagedFieldsEntry[], live: KubeObject, write: Shape): readonly ManagedFieldsEntry[] {
  if (write.node === undefined || !isCustomRoot(write.node)) return entries;
  const all = entries.map((entry) => entry.fieldsV1 as FieldNode);
  let isSame = true;
  const next = entries.map((entry, i) => {
    const was = all[i] as FieldNode;
    const fields = reconciledIn(entry.apiVersion as string, was, live, write, all);
    isSame &&= fields === was;
    return fields === was ? entry : { ...entry, fieldsV1: fields };
  });
  return isSame ? entries : next;
}

/** The same for managers that were read already. Changes the map. */
export function reconcileManagers(managers: Managers, live: KubeObject, write: Shape): void {
  if (write.node === undefined || !isCustomRoot(write.node)) return;
  const all = [...managers.values()].map(({ fields }) => fields);
  for (const [id, manager] of managers) {
    const fields = reconciledIn(manager.apiVersion, manager.fields, live, write, all);
    if (fields !== manager.fields) managers.set(id, { ...manager, fields });
  }
}

/** Versions that are not served any more are left to those who drop them. */
function reconciledIn(
  apiVersion: string,
  set: FieldNode,
  live: KubeObject,
  { apiVersion: ours, node, inVersion }: Shape,
  all: readonly FieldNode[],
): FieldNode {
  const version = apiVersion === ours ? undefined : inVersion?.(apiVersion);
  if (isLeaf(set) || (apiVersion !== ours && version === undefined)) return set;
  return new Reconciliation(all).of(version ? version.node : node, set, version ? version.to(live) : live);
}

const isLeaf = (set: FieldNode): boolean => {
  for (const _ in set) return false;
  return true;
};

/** Mirrors typed/reconcile_schema.go; what the schema does not know stays. */
class Reconciliation {
  private readonly path: string[] = [];

  constructor(private readonly all: readonly FieldNode[]) {}

  of(node: SchemaNode | undefined | 'closed', set: FieldNode, value: unknown): FieldNode {
    if (node === undefined || node === 'closed' || node.of === 'scalar') return set;
    if (node.atomic) return isLeaf(set) ? set : LEAF;
    if (isLeaf(set)) return this.isItem() || this.isOwnedInParts() ? set : (union(set, fieldsOf(node, value)) as FieldNode);
    const out: Record<string, FieldNode> = {};
    let isSame = true;
    for (const element in set) {
      const was = set[element] as FieldNode;
      const next = element === '.' ? was : this.below(node, element, was, value);
      isSame &&= next === was;
      out[element] = next;
    }
    return isSame ? set : out;
  }

  private below(node: MapNode | ListNode, element: string, set: FieldNode, value: unknown): FieldNode {
    this.path.push(element);
    const name = element.slice(2);
    const next =
      node.of === 'list'
        ? this.of(node.items, set, itemOf(node, value, element))
        : this.of(memberOf(node, name), set, isMap(value) ? value[name] : undefined);
    this.path.pop();
    return next;
  }

  /** Of an item that stands in its list twice nobody owns parts. */
  private isItem(): boolean {
    return !this.path.at(-1)?.startsWith('f:');
  }

  /** Then it was in parts before, too, and who owns it alone owns none of them. Upstream gives him all of them. */
  private isOwnedInParts(): boolean {
    return this.all.some((set) => {
      const there = this.path.reduce<Fields>(below, set);
      return there !== undefined && !isLeaf(there);
    });
  }
}

const itemOf = (node: ListNode, value: unknown, element: string): unknown =>
  Array.isArray(value) ? (value as readonly unknown[]).find((item) => itemElement(node, item) === element) : undefined;
