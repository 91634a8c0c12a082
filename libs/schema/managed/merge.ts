import { fieldElement, isMap, itemElement } from './element';
import { below, isMember, type Fields } from './fields';
import { memberOf, type ListNode, type MapNode, type SchemaNode } from './schema-node';

type Members = Readonly<Record<string, unknown>>;

/** What stands in both, with the configuration's values. Shares parts with both. Mirrors structured-merge-diff/typed/merge.go. */
export function merged(node: SchemaNode | undefined | 'closed', live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  if (live === undefined) return config;
  const type = node === 'closed' ? undefined : node;
  if (type === undefined) return isMap(live) && isMap(config) ? mergedMaps(undefined, live, config) : config;
  if (type.of === 'scalar' || type.atomic) return config;
  if (type.of === 'list') {
    const [ours, theirs] = [listOf(live), listOf(config)];
    return ours.length === 0 && theirs.length === 0 ? config : mergedLists(type, ours, theirs);
  }
  const [ours, theirs] = [mapOf(live), mapOf(config)];
  return Object.keys(ours).length === 0 && Object.keys(theirs).length === 0 ? config : mergedMaps(type, ours, theirs);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);
const mapOf = (value: unknown): Members => (isMap(value) ? value : {});

function mergedMaps(node: MapNode | undefined, live: Members, config: Members): Members {
  const out: [string, unknown][] = [];
  for (const name in live)
    out.push([name, merged(memberOf(node, name), live[name], Object.hasOwn(config, name) ? config[name] : undefined)]);
  for (const name in config) if (!Object.hasOwn(live, name)) out.push([name, config[name]]);
  return Object.fromEntries(out);
}

/**
 * The items of both. Those of the configuration come in its order; those that only the live list has stay behind the item that they
 * followed. Items that stand in the live list twice stay as they are, unless the configuration has one: that comes instead of them.
 */
function mergedLists(node: ListNode, live: readonly unknown[], config: readonly unknown[]): unknown[] {
  const ours = indexed(node, live);
  const theirs = indexed(node, config);
  const left = live.map((item) => itemElement(node, item));
  const right = [...theirs.keys()];
  const shared = right.filter((element) => ours.has(element));
  const done = new Set<string>();
  const out: unknown[] = [];
  let next = shared.shift();
  const takeRight = (element: string): void => {
    done.add(element);
    out.push(merged(node.items, ours.get(element), theirs.get(element)));
  };
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const [mine, yours] = [left[l], right[r]];
    if (mine !== undefined && yours !== undefined) {
      if (mine === yours) {
        takeRight(mine);
        l++;
        r++;
        next = shared.shift();
        continue;
      }
      if (theirs.has(mine) && next !== undefined && next !== mine) {
        l++; // shared, but not the one whose turn it is
        continue;
      }
    }
    if (mine !== undefined) {
      if (!theirs.has(mine)) {
        out.push(live[l]);
        l++;
        continue;
      }
      if (done.has(mine)) l++;
    }
    if (yours !== undefined) {
      takeRight(yours);
      r++;
      if (next === yours) next = shared.shift();
    }
  }
  return out;
}

/** Null where there are several items of one element. */
function indexed(node: ListNode, list: readonly unknown[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const item of list) {
    const element = itemElement(node, item);
    found.set(element, found.has(element) ? null : item);
  }
  return found;
}

/**
 * The value without the fields of the set, and all below them; undefined when nothing is left. A member that is not in the set and of which
 * nothing is left goes, too, or is null with `emptied`: then it still can be told that it was there. Mirrors
 * structured-merge-diff/typed/remove.go.
 */
export function without(node: SchemaNode | undefined | 'closed', value: unknown, gone: Fields, emptied?: null): unknown {
  const type = node === 'closed' ? undefined : node;
  if (gone === undefined) return value;
  if (type?.of !== 'scalar' && !(type?.atomic ?? false)) {
    if (isMap(value) && type?.of !== 'list') return mapWithout(type, value, gone, emptied);
    if (Array.isArray(value) && type?.of === 'list') return listWithout(type, value, gone, emptied);
    return value;
  }
  return type?.of === 'scalar' ? value : undefined;
}

function mapWithout(node: MapNode | undefined, value: Members, gone: Fields, emptied: null | undefined): Members | undefined {
  const out: [string, unknown][] = [];
  for (const name in value) {
    const inside = below(gone, fieldElement(name));
    if (inside === undefined) out.push([name, value[name]]);
    else if (!isMember(inside)) out.push([name, without(memberOf(node, name), value[name], inside, emptied) ?? emptied]);
  }
  return out.length === 0 ? undefined : Object.fromEntries(out.filter(([, member]) => member !== undefined));
}

function listWithout(node: ListNode, list: readonly unknown[], gone: Fields, emptied: null | undefined): unknown[] | undefined {
  const out: unknown[] = [];
  for (const item of list) {
    const inside = below(gone, itemElement(node, item));
    if (inside === undefined) out.push(item);
    else if (!isMember(inside)) out.push(without(node.items, item, inside, emptied));
  }
  return out.length === 0 ? undefined : out;
}
