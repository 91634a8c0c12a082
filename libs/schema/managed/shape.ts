import { isMap, itemElement } from './element';
import { memberOf, type ListNode, type MapNode, type SchemaNode } from './schema-node';

/**
 * The shape of a value as one text: which fields there are, and nothing of what is in them. Two values of the same type and shape have the
 * same set of fields, so that the set has to be made once for all pods of a Deployment. Where `base` has the member too, it counts
 * whether the values are the same. Names that are not declared come with their length: nobody can feign another shape.
 */
export function shapeOf(node: SchemaNode | undefined, value: unknown, base: unknown): string {
  if (node === undefined) return isMap(value) ? mapShape(undefined, value, base) : leafShape(value, base);
  if (node.of === 'scalar' || node.atomic) return leafShape(value, base);
  if (node.of === 'map') return isMap(value) ? mapShape(node, value, base) : leafShape(value, base);
  return Array.isArray(value) && value.length > 0 ? listShape(node, value) : leafShape(value, base);
}

/** Of what has a value from the beginning it matters whether that is still its value; what is no plain value is not looked into. */
function leafShape(value: unknown, base: unknown): string {
  if (base === undefined) return '';
  return value === base || (Array.isArray(value) && Array.isArray(base) && value.length === 0 && base.length === 0) ? '=' : '!';
}

/** The shape of an object without these members of it and of its metadata. */
export function objectShape(node: MapNode, value: object, base: object, parts: ReadonlySet<string>, meta: ReadonlySet<string>): string {
  const { metadata } = value as { metadata?: Readonly<Record<string, unknown>> };
  const type = memberOf(node, 'metadata');
  const rest = mapShape(node, value as Readonly<Record<string, unknown>>, base, parts, true);
  return type !== 'closed' && type?.of === 'map' ? rest + mapShape(type, metadata ?? {}, (base as { metadata?: unknown }).metadata, meta) : rest;
}

function mapShape(node: MapNode | undefined, value: Readonly<Record<string, unknown>>, base: unknown, skipped?: ReadonlySet<string>, isObject = false): string {
  let text = '(';
  const before = isMap(base) ? base : undefined;
  for (const name in value) {
    const member = value[name];
    if (member === undefined || skipped?.has(name) || (isObject && name === 'metadata')) continue;
    text += node?.fields?.has(name) ? name : `${name.length}:${name}`;
    const type = memberOf(node, name);
    if (type === undefined || type === 'closed' || type.of !== 'scalar') text += shapeOf(type === 'closed' ? undefined : type, member, before?.[name]);
    else if (before !== undefined && before[name] !== undefined) text += leafShape(member, before[name]);
    text += ',';
  }
  return `${text})`;
}

function listShape(node: ListNode, value: readonly unknown[]): string {
  let text = '[';
  for (const item of value) {
    const element = itemElement(node, item);
    text += `${element.length}:${element}${shapeOf(node.items, item, undefined)},`;
  }
  return `${text}]`;
}
