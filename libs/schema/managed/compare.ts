import { sameValue } from '#lib/api/equality';
import { fieldElement, isMap, isSameItem, itemElement } from './element';
import { LEAF, sortedNode, type FieldNode, type Fields } from './fields';
import { goThrough } from './shape';
import { Shapes } from './shapes';
import { memberOf, type ListNode, type MapNode, type SchemaNode } from './schema-node';

/** What differs between two values. */
export interface Comparison {
  /** New or of another value. */
  readonly changed: Fields;
  readonly removed: Fields;
}

type Members = Readonly<Record<string, unknown>>;
type Building = Record<string, FieldNode>;

/**
 * Compares two values of one type, field by field. Members that are undefined do not exist. Mirrors structured-merge-diff/typed/compare.go.
 */
export function compare(node: SchemaNode | undefined, from: unknown, to: unknown): Comparison {
  const walk = new Walk();
  const changed = walk.changed(node, from, to);
  return { changed: withoutSelf(changed), removed: withoutSelf(walk.removed) };
}

/** The same without these members of the objects, and of their metadata. */
export function compareObjects(
  node: SchemaNode | undefined,
  from: object,
  to: object,
  parts: ReadonlySet<string>,
  meta: ReadonlySet<string>,
): Comparison {
  const walk = new Walk(meta);
  const changed = walk.map(node?.of === 'map' ? node : undefined, from, to, parts);
  return { changed: withoutSelf(changed), removed: withoutSelf(walk.removed) };
}

/** The object as a whole is nobody's. */
const withoutSelf = (set: Fields): Fields => {
  if (set === undefined || !('.' in set)) return set === LEAF ? undefined : set;
  return sortedNode(false, set);
};

/** Sets of values of a type, by their shape. */
const knownSets = new WeakMap<SchemaNode, Shapes<FieldNode>>();

/** Every field of a value, the collections in between too: what is new when the value is. The same object for values of the same shape. */
export function everything(node: SchemaNode | undefined, value: unknown): FieldNode {
  if (node === undefined) return isMap(value) ? everyMember(undefined, value) : LEAF;
  if (node.of === 'scalar' || node.atomic || typeof value !== 'object' || value === null) return LEAF;
  let sets = knownSets.get(node);
  if (!sets) knownSets.set(node, (sets = new Shapes()));
  return sets.of(
    (way) => goThrough(way, node, value, undefined),
    () => made(node, value),
  );
}

function made(node: SchemaNode | undefined, value: unknown): FieldNode {
  if (node?.of !== 'scalar' && !(node?.atomic ?? false)) {
    if (isMap(value) && node?.of !== 'list') return everyMember(node, value);
    if (Array.isArray(value) && node?.of === 'list') return everyItem(node, value);
  }
  return LEAF;
}

function everyMember(node: MapNode | undefined, value: Members): FieldNode {
  const out: Building = {};
  for (const name in value) {
    if (value[name] !== undefined) out[fieldElement(name)] = everything(open(memberOf(node, name)), value[name]);
  }
  return sortedNode(true, out) as FieldNode;
}

function everyItem(node: ListNode, value: readonly unknown[]): FieldNode {
  const out: Building = {};
  for (const item of value) {
    const element = itemElement(node, item);
    // Of items that stand there twice only the place is known.
    out[element] = element in out ? LEAF : everything(node.items, item);
  }
  return sortedNode(true, out) as FieldNode;
}

/** What is not declared can only be there by mistake; its form decides. */
const open = (node: SchemaNode | undefined | 'closed'): SchemaNode | undefined => (node === 'closed' ? undefined : node);

class Walk {
  /** What the last step found removed: its second result. */
  removed: Fields;

  /** `meta`: members of metadata that do not count. */
  constructor(private readonly meta?: ReadonlySet<string>) {}

  changed(node: SchemaNode | undefined, from: unknown, to: unknown): Fields {
    this.removed = undefined;
    if (from === to) return undefined;
    if (to === undefined) {
      this.removed = everything(node, from);
      return undefined;
    }
    if (from === undefined) return everything(node, to);
    if (node === undefined) return this.undeclared(from, to);
    if (node.of === 'scalar' || node.atomic) return leaf(from, to);
    return node.of === 'list' ? this.list(node, from, to) : this.map(node, from, to);
  }

  /** Without a type the forms of both values decide. */
  private undeclared(from: unknown, to: unknown): Fields {
    const [wasMap, isNowMap] = [isMap(from), isMap(to)];
    if (wasMap && isNowMap) return this.map(undefined, from, to);
    if (!wasMap && !isNowMap) return leaf(from, to);
    if (isNowMap) return everything(undefined, to);
    this.removed = sortedNode(false, everything(undefined, from));
    return LEAF;
  }

  map(node: MapNode | undefined, from: unknown, to: unknown, skipped?: ReadonlySet<string>): Fields {
    const was: Members = isMap(from) ? from : NOTHING;
    const is: Members = isMap(to) ? to : NOTHING;
    if (isEmpty(was) && isEmpty(is)) return leaf(from, to);
    let changed: Building | undefined;
    let removed: Building | undefined;
    for (const name in is) {
      const value = is[name];
      const before = was[name];
      if (value === before || value === undefined || skipped?.has(name)) continue;
      const type = open(memberOf(node, name));
      const isMetadata = skipped !== undefined && this.meta !== undefined && name === 'metadata' && type?.of === 'map';
      const found = isMetadata ? this.metadata(type, before, value) : this.changed(type, before, value);
      if (found !== undefined) (changed ??= {})[fieldElement(name)] = found;
      if (this.removed !== undefined) (removed ??= {})[fieldElement(name)] = this.removed;
    }
    for (const name in was) {
      if (is[name] !== undefined || was[name] === undefined || skipped?.has(name)) continue;
      (removed ??= {})[fieldElement(name)] = everything(open(memberOf(node, name)), was[name]);
    }
    this.removed = removed && sortedNode(false, removed);
    return changed && sortedNode(false, changed);
  }

  private metadata(node: MapNode, from: unknown, to: unknown): Fields {
    this.removed = undefined;
    return this.map(node, from, to, this.meta);
  }

  private list(node: ListNode, from: unknown, to: unknown): Fields {
    const was = Array.isArray(from) ? (from as readonly unknown[]) : [];
    const is = Array.isArray(to) ? (to as readonly unknown[]) : [];
    if (was.length === 0 && is.length === 0) return leaf(from, to);
    const changed: Building = {};
    const removed: Building = {};
    if (!isInPlace(node, was, is) || !this.itemsInPlace(node, was, is, changed, removed)) this.items(node, was, is, changed, removed);
    this.removed = sortedNode(false, removed);
    return sortedNode(false, changed);
  }

  /** False when something differs and there are items that stand there twice: then nothing is said yet. */
  private itemsInPlace(node: ListNode, was: readonly unknown[], is: readonly unknown[], changed: Building, removed: Building): boolean {
    let isFirst = true;
    for (let i = 0; i < is.length; i++) {
      const found = this.changed(node.items, was[i], is[i]);
      const gone = this.removed;
      if (found === undefined && gone === undefined) continue;
      if (isFirst && hasRepeated(node, is)) return false;
      isFirst = false;
      const element = itemElement(node, is[i]);
      if (found !== undefined) changed[element] = found;
      if (gone !== undefined) removed[element] = gone;
    }
    return true;
  }

  private items(node: ListNode, was: readonly unknown[], is: readonly unknown[], changed: Building, removed: Building): void {
    const before = byElement(node, was);
    const after = byElement(node, is);
    for (const element of new Set([...before.keys(), ...after.keys()])) {
      const [old = [], next = []] = [before.get(element), after.get(element)];
      const [changes, removals] = this.ofElement(node, old, next);
      if (changes !== undefined) changed[element] = changes;
      if (removals !== undefined) removed[element] = removals;
    }
  }

  /** The items of one element. Of items that stand there twice only the place is known, and not what is in them. */
  private ofElement(node: ListNode, old: readonly unknown[], next: readonly unknown[]): [Fields, Fields] {
    if (old.length >= 2 && next.length >= 2) return [leaf(old, next), undefined];
    if (old.length >= 2) return [next.length === 0 ? undefined : everything(node.items, next[0]), LEAF];
    if (next.length >= 2) return [LEAF, old.length === 0 ? undefined : everything(node.items, old[0])];
    return [this.changed(node.items, old[0], next[0]), this.removed];
  }
}

const NOTHING: Members = {};

function byElement(node: ListNode, list: readonly unknown[]): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const item of list) {
    const element = itemElement(node, item);
    const same = found.get(element);
    if (same) same.push(item);
    else found.set(element, [item]);
  }
  return found;
}

/** The usual case: the same items in the same places, so that nothing has to be looked up. */
function isInPlace(node: ListNode, was: readonly unknown[], is: readonly unknown[]): boolean {
  if (was.length !== is.length) return false;
  for (let i = 0; i < is.length; i++) if (!isSameItem(node, was[i], is[i])) return false;
  return true;
}

/** Short lists are looked through without making elements. */
const SHORT = 16;

function hasRepeated(node: ListNode, list: readonly unknown[]): boolean {
  if (list.length > SHORT) return byElement(node, list).size < list.length;
  for (let i = 1; i < list.length; i++) for (let j = 0; j < i; j++) if (isSameItem(node, list[i], list[j])) return true;
  return false;
}

function isEmpty(members: Members): boolean {
  for (const name in members) if (members[name] !== undefined) return false;
  return true;
}

const leaf = (from: unknown, to: unknown): Fields => (sameValue(from, to) ? undefined : LEAF);
