/**
 * A set of fields in the form that the API shows it (FieldsV1): a tree whose members are path elements. `f:spec` is a field,
 * `k:{"name":"web"}` an item of a list with keys, `v:"a"` an item of a set, `i:0` an item by position.
 * A node without members is owned itself; one with members is owned itself when it has the member `.`.
 *
 * Sets are never changed in place and share their parts, so that an unchanged set is the same object. The empty set is `undefined`.
 * Mirrors structured-merge-diff/fieldpath/set.go and serialize.go.
 */
export interface FieldNode {
  readonly [element: string]: FieldNode;
}

/** A set of fields; undefined when it is empty. */
export type Fields = FieldNode | undefined;

type Building = Record<string, FieldNode>;

/** A field that is owned, and nothing below it. */
export const LEAF: FieldNode = Object.freeze({});

const SELF = '.';

/** Whether the node itself, and not only what is below it, belongs to the set. */
export function isMember(node: FieldNode): boolean {
  for (const element in node) return element === SELF || SELF in node;
  return true;
}

/** A node from its parts; undefined when there is nothing in it. `children` must be in order. */
export function nodeOf(member: boolean, children: Building | undefined): Fields {
  if (children === undefined) return member ? LEAF : undefined;
  return member ? { [SELF]: LEAF, ...children } : children;
}

/** All that is in one of them. The same object as `a` when `b` adds nothing. */
export function union(a: Fields, b: Fields): Fields {
  if (a === b || b === undefined) return a;
  if (a === undefined) return b;
  let found: Building | undefined;
  let isNew = false;
  for (const element in b) {
    if (element === SELF) continue;
    const ours = a[element];
    const both = ours === undefined ? b[element] : union(ours, b[element]);
    if (both === ours) continue;
    isNew ||= ours === undefined;
    (found ??= {})[element] = both as FieldNode;
  }
  const wasMember = isMember(a);
  const member = wasMember || isMember(b);
  if (found === undefined) return member === wasMember ? a : packed(member, a);
  return isNew ? sortedNode(member, { ...a, ...found }) : packed(member, a, found);
}

/** What is in `a` and not in `b`, field by field: what is below a removed field stays. */
export const difference = (a: Fields, b: Fields): Fields => minus(a, b, false);

/** As `difference`, but what is below a removed field goes with it. */
export const differenceBelow = (a: Fields, b: Fields): Fields => minus(a, b, true);

function minus(a: Fields, b: Fields, isDeep: boolean): Fields {
  if (a === undefined || b === undefined) return a;
  const hits = isMember(b);
  if (hits && isDeep) return undefined;
  let left: Record<string, Fields> | undefined;
  for (const element in b) {
    const ours = element === SELF ? undefined : a[element];
    if (ours === undefined) continue;
    const rest = minus(ours, b[element], isDeep);
    if (rest !== ours) (left ??= {})[element] = rest;
  }
  const wasMember = isMember(a);
  const member = wasMember && !hits;
  return left === undefined && member === wasMember ? a : packed(member, a, left);
}

/** A node with the members of another, in its order; `instead` has new ones for some of them, undefined for those that go. */
function packed(member: boolean, from: FieldNode, instead?: Readonly<Record<string, Fields>>): Fields {
  let out: Building | undefined;
  for (const element in from) {
    if (element === SELF) continue;
    const child = instead !== undefined && element in instead ? instead[element] : from[element];
    if (child === undefined) continue;
    if (out === undefined) out = member ? { [SELF]: LEAF } : {};
    out[element] = child;
  }
  return out ?? (member ? LEAF : undefined);
}

/** What is in both. */
export function intersection(a: Fields, b: Fields): Fields {
  if (a === undefined || b === undefined) return undefined;
  let out: Building | undefined;
  for (const element in a) {
    if (element === SELF || !(element in b)) continue;
    const both = intersection(a[element], b[element]);
    if (both !== undefined) (out ??= {})[element] = both;
  }
  return nodeOf(isMember(a) && isMember(b), out);
}

/** The part of a set below one element. */
export const below = (set: Fields, element: string): Fields =>
  set !== undefined && Object.hasOwn(set, element) ? set[element] : undefined;

/** Whether a field itself is in the set. */
export function has(set: Fields, path: readonly string[]): boolean {
  let at = set;
  for (const element of path) at = below(at, element);
  return at !== undefined && isMember(at);
}

/** The set of one field. */
export function setOf(path: readonly string[]): FieldNode {
  return path.reduceRight<FieldNode>((node, element) => ({ [element]: node }), LEAF);
}

/** All members, in order, each as the path to it. */
export function* pathsOf(set: Fields, prefix: readonly string[] = []): Generator<readonly string[]> {
  if (set === undefined) return;
  if (prefix.length > 0 && isMember(set)) yield prefix;
  for (const element in set) if (element !== SELF) yield* pathsOf(set[element], [...prefix, element]);
}

/** The same for children in any order. */
export function sortedNode(member: boolean, from: Readonly<Building>): Fields {
  const elements: string[] = [];
  for (const element in from) if (element !== SELF) elements.push(element);
  if (elements.length === 0) return member ? LEAF : undefined;
  if (elements.length > 1) elements.sort(compareElements);
  const out: Building = member ? { [SELF]: LEAF } : {};
  for (const element of elements) out[element] = from[element] as FieldNode;
  return out;
}

/** The letter f. */
const FIELD = 102;

const RANK: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 };

/** The order of elements: fields, keys, values, positions. Mirrors PathElement.Less. */
export function compareElements(a: string, b: string): number {
  const kind = a.charCodeAt(0);
  if (kind !== b.charCodeAt(0)) return (RANK[a[0] as string] ?? 4) - (RANK[b[0] as string] ?? 4);
  if (kind === FIELD) return a < b ? -1 : 1;
  let i = 2;
  while (i < a.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  const [ours, theirs] = [a.charCodeAt(i), b.charCodeAt(i)];
  if (isPlain(ours) && isPlain(theirs)) return ours - theirs;
  return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)));
}

/** A letter, or the quote at the end of a text: where two elements differ in these first, the texts are in the order of the values. */
const isPlain = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 34;

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (isKeys(a) && isKeys(b)) return compareKeys(Object.entries(a), Object.entries(b));
  return typeof a === typeof b ? Number(a) - Number(b) : ORDER.indexOf(typeof a) - ORDER.indexOf(typeof b);
}

const ORDER = ['number', 'string', 'boolean', 'object'];

const isKeys = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function compareKeys(a: readonly [string, unknown][], b: readonly [string, unknown][]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [ours, theirs] = [a[i] as [string, unknown], b[i] as [string, unknown]];
    const order = compareTexts(ours[0], theirs[0]) || compareValues(ours[1], theirs[1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Puts LEAF in place of all its copies in a set that was just parsed, and nobody shares: four fifths of the memory that it takes. */
export function shareLeaves(node: Record<string, FieldNode>): void {
  for (const element in node) {
    const child = node[element] as Record<string, FieldNode>;
    let isLeaf = true;
    for (const _ in child) {
      isLeaf = false;
      break;
    }
    if (isLeaf) node[element] = LEAF;
    else shareLeaves(child);
  }
}
