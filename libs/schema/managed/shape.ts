import { isMap, itemElement } from './element';
import { memberOf, type ListNode, type MapNode, type SchemaNode } from './schema-node';
import type { Way } from './shapes';

/** Marks, which no name or value of an object can be. */
const OPEN = Symbol('(');
const CLOSE = Symbol(')');
const ITEMS = Symbol('[');
const END = Symbol(']');
const SAME = Symbol('=');
const OTHER = Symbol('!');
const ABSENT = Symbol('-');

/**
 * Goes through the shape of a value: which fields there are, and nothing of what is in them. Two values of the same type and shape have the
 * same set of fields, so that the set has to be made once for all pods of a Deployment. Where `base` has the member too, it counts
 * whether the values are the same.
 */
export function goThrough(way: Way, node: SchemaNode | undefined, value: unknown, base: unknown): void {
  if (node === undefined) return isMap(value) ? throughMap(way, undefined, value, base) : throughLeaf(way, value, base);
  if (node.of === 'scalar' || node.atomic) return throughLeaf(way, value, base);
  if (node.of === 'map') return isMap(value) ? throughMap(way, node, value, base) : throughLeaf(way, value, base);
  return Array.isArray(value) && value.length > 0 ? throughList(way, node, value) : throughLeaf(way, value, base);
}

/** Of what has a value from the beginning it matters whether that is still its value; what is no plain value is not looked into. */
function throughLeaf(way: Way, value: unknown, base: unknown): void {
  if (base === undefined) return;
  way.go(value === base || (Array.isArray(value) && Array.isArray(base) && value.length === 0 && base.length === 0) ? SAME : OTHER);
}

/** An object without these members of it and of its metadata. */
export function goThroughObject(
  way: Way,
  node: MapNode,
  value: object,
  base: object,
  parts: ReadonlySet<string>,
  meta: ReadonlySet<string>,
): void {
  const { metadata } = value as { metadata?: Readonly<Record<string, unknown>> };
  const type = memberOf(node, 'metadata');
  throughMap(way, node, value as Readonly<Record<string, unknown>>, base, parts, true);
  if (type !== 'closed' && type?.of === 'map') throughMap(way, type, metadata ?? {}, (base as { metadata?: unknown }).metadata, meta);
}

function throughMap(
  way: Way,
  node: MapNode | undefined,
  value: Readonly<Record<string, unknown>>,
  base: unknown,
  skipped?: ReadonlySet<string>,
  isObject = false,
): void {
  const before = isMap(base) ? base : undefined;
  way.go(OPEN);
  for (const name in value) {
    const member = value[name];
    if (member === undefined || skipped?.has(name) || (isObject && name === 'metadata')) continue;
    way.go(name);
    const type = memberOf(node, name);
    if (type === undefined || type === 'closed' || type.of !== 'scalar')
      goThrough(way, type === 'closed' ? undefined : type, member, before?.[name]);
    else if (before !== undefined && before[name] !== undefined) throughLeaf(way, member, before[name]);
  }
  way.go(CLOSE);
}

function throughList(way: Way, node: ListNode, value: readonly unknown[]): void {
  way.go(ITEMS);
  for (const item of value) {
    throughElement(way, node, item);
    goThrough(way, node.items, item, undefined);
  }
  way.go(END);
}

/** What tells an item from others: the values of its keys, or its own. */
function throughElement(way: Way, node: ListNode, item: unknown): void {
  const { keys, defaults } = node;
  if (keys.length === 0) return void (isPlain(item) ? way.go(item) : way.go(OTHER).go(itemElement(node, item)));
  for (const key of keys) {
    const value = isMap(item) ? (item[key] ?? defaults[key]) : undefined;
    if (value === undefined) way.go(ABSENT);
    else if (isPlain(value)) way.go(value);
    else return void way.go(OTHER).go(itemElement(node, item));
  }
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
