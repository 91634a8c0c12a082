import { elementText, fieldElement, isMap, itemElement, itemProblem } from './element';
import { LEAF, nodeOf, sortedNode, type FieldNode, type Fields } from './fields';
import { isDeclared, memberOf, type ListNode, type MapNode, type SchemaNode } from './schema-node';

type Building = Record<string, FieldNode>;
type Members = Readonly<Record<string, unknown>>;

/** The fields that a configuration speaks of. Mirrors structured-merge-diff/typed/tofieldset.go. */
export function fieldsOf(node: SchemaNode | undefined, value: unknown): Fields {
  const set = fieldsAt(node, value);
  return set === LEAF ? undefined : set;
}

function fieldsAt(node: SchemaNode | undefined | 'closed', value: unknown): Fields {
  if (node === undefined || node === 'closed') return isMap(value) ? fieldsOfMap(undefined, value) : LEAF;
  if (node.of === 'scalar' || node.atomic) return LEAF;
  if (node.of === 'list') return Array.isArray(value) ? fieldsOfList(node, value) : undefined;
  return isMap(value) ? fieldsOfMap(node, value) : undefined;
}

function fieldsOfMap(node: MapNode | undefined, value: Members): Fields {
  const out: Building = {};
  for (const name in value) {
    const member = value[name];
    if (member === undefined) continue;
    const set = fieldsAt(memberOf(node, name), member);
    const isOwn = member === null || (isMap(member) && Object.keys(member).length === 0) || !isDeclared(node, name);
    const both = isOwn ? withSelf(set) : set;
    if (both !== undefined) out[fieldElement(name)] = both;
  }
  return sortedNode(false, out);
}

function fieldsOfList(node: ListNode, list: readonly unknown[]): Fields {
  const out: Building = {};
  for (const item of list) {
    const element = itemElement(node, item);
    out[element] = element in out ? LEAF : withSelf(fieldsAt(node.items, item));
  }
  return sortedNode(false, out);
}

const withSelf = (set: Fields): FieldNode => (set === undefined || set === LEAF ? LEAF : (nodeOf(true, withoutSelf(set)) as FieldNode));

function withoutSelf(set: FieldNode): Building | undefined {
  const { '.': _, ...children } = set;
  return Object.keys(children).length === 0 ? undefined : children;
}

/** The set with the declared fields that are on the way to a member. Mirrors Set.EnsureNamedFieldsAreMembers. */
export function withNamedFields(node: SchemaNode | undefined, set: Fields): Fields {
  if (set === undefined || set === LEAF) return set;
  const out: Building = {};
  for (const element in set) {
    if (element === '.') continue;
    const { inner, isNamed } = elementOf(node, element);
    const child = withNamedFields(inner, set[element]) as FieldNode;
    out[element] = isNamed ? withSelf(child) : child;
  }
  return nodeOf('.' in set, out);
}

function elementOf(node: SchemaNode | undefined, element: string): { inner: SchemaNode | undefined; isNamed: boolean } {
  if (element[0] !== 'f') return { inner: node?.of === 'list' ? node.items : undefined, isNamed: false };
  const name = element.slice(2);
  const map = node?.of === 'map' ? node : undefined;
  const inner = memberOf(map, name);
  return { inner: inner === 'closed' ? undefined : inner, isNamed: isDeclared(map, name) };
}

/**
 * What is wrong with the form of a configuration, one text per complaint; none when it can be applied.
 * Mirrors structured-merge-diff/typed/validate.go.
 */
export function problemsOf(node: SchemaNode | undefined | 'closed', value: unknown): string[] {
  if (node === undefined || value === null || value === undefined) return [];
  if (node === 'closed') return [': field not declared in schema'];
  if (node.of === 'scalar') return scalarProblems(node.type, value);
  if (node.of === 'list') return Array.isArray(value) ? listProblems(node, value) : [`: expected list, got ${goValue(value)}`];
  return isMap(value) ? mapProblems(node, value) : [`: expected map, got ${goValue(value)}`];
}

/** As one message. */
export function problemText(problems: readonly string[]): string {
  const texts = problems.map((problem) => (problem.startsWith(': ') ? problem.slice(2) : problem));
  return texts.length === 1 ? (texts[0] as string) : ['errors:', ...texts.map((text) => `  ${text}`)].join('\n');
}

function scalarProblems(type: 'string' | 'numeric' | 'boolean' | undefined, value: unknown): string[] {
  if (type === 'numeric') return typeof value === 'number' ? [] : [`: expected numeric (int or float), got ${goType(value)}`];
  if (type === 'string')
    return typeof value === 'string' ? [] : [`: expected string, got &value.valueUnstructured{Value:${goValue(value)}}`];
  if (type === 'boolean') return typeof value === 'boolean' ? [] : [`: expected boolean, got ${goValue(value)}`];
  return [];
}

function mapProblems(node: MapNode, value: Members): string[] {
  const problems: string[] = [];
  for (const name in value) {
    const inner = memberOf(node, name);
    for (const problem of problemsOf(inner, inner === 'closed' ? '' : value[name])) problems.push(`.${name}${problem}`);
    if (inner === 'closed') break;
  }
  return problems;
}

function listProblems(node: ListNode, list: readonly unknown[]): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const [i, item] of list.entries()) {
    if (!node.atomic) {
      const problem = itemProblem(node, item);
      if (problem !== undefined) return [...problems, `: element ${i}: ${problem}`];
    }
    const element = node.atomic ? `i:${i}` : itemElement(node, item);
    if (seen.has(element)) problems.push(`: duplicate entries for key ${elementText(element)}`);
    seen.add(element);
    for (const problem of problemsOf(node.items, item)) problems.push(`${elementText(element)}${problem}`);
  }
  return problems;
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  return isMap(value) ? 'map[string]interface {}' : typeof value === 'boolean' ? 'bool' : typeof value;
}

/** A value as upstream's messages show it: JSON-like, with Go's word for a map of values. */
const goValue = (value: unknown): string =>
  isMap(value) || Array.isArray(value) ? JSON.stringify(value) : typeof value === 'string' ? JSON.stringify(value) : String(value);
