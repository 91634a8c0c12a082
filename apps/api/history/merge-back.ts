import { sameValue } from '#lib/api/equality';
import type { KubeObject, ObjectMeta } from '#lib/api/meta';
import type { MergeRule } from '#lib/schema/merge-rules';
import { partsOf, rootRule, type Part } from './parts';
import { SERVERS_OWN } from './servers-own';

/** A field that was changed again since: what the undone change wrote is no longer there. */
export interface Superseded {
  readonly path: string;
  /** What the change wrote. Absent: it took the field away. */
  readonly wrote?: unknown;
  /** What is there now. */
  readonly found?: unknown;
  /** What was there before the change. */
  readonly wanted?: unknown;
}

/** A change as its two versions. */
export interface ChangeToUndo {
  readonly before: KubeObject;
  readonly after: KubeObject;
  /** Which part of the object it was a change of; the other is left as it is. */
  readonly scope: 'status' | 'all but status' | 'everything';
}

/** The next version, and what could not be restored without undoing later changes: with `force` the old value wins, else the new one. */
export interface MergedBack {
  readonly object: KubeObject;
  readonly superseded: readonly Superseded[];
}

/**
 * Takes a change back from what came of it since: a three-way merge from `after` to `before`, applied to `current`. Lists whose items have
 * keys are merged item by item. What only the server sets stays as it is.
 */
export function mergeBack(change: ChangeToUndo, current: KubeObject, force = false): MergedBack {
  const superseded: Superseded[] = [];
  const merging: Merging = { superseded, force };
  const base = aligned(change.after, current, change.scope);
  const wanted = aligned(change.before, current, change.scope);
  const object = merge(merging, { base, current, wanted, rule: rootRule(current), path: '' }) as KubeObject;
  return { object: structuredClone(object), superseded };
}

/** The version with the parts of the current one that are not to be merged. */
function aligned(version: KubeObject, current: KubeObject, scope: ChangeToUndo['scope']): KubeObject {
  const object: Record<string, unknown> = scope === 'status' ? { ...current } : { ...version };
  if (scope !== 'everything') put(object, 'status', ((scope === 'status' ? version : current) as { status?: unknown }).status);
  const metadata: Record<string, unknown> = { ...(object['metadata'] as ObjectMeta) };
  for (const field of SERVERS_OWN) put(metadata, field, current.metadata[field]);
  return { ...object, metadata } as unknown as KubeObject;
}

function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) delete target[key];
  else target[key] = value;
}

interface Merging {
  readonly superseded: Superseded[];
  readonly force: boolean;
}

interface Three {
  readonly base: unknown;
  readonly current: unknown;
  readonly wanted: unknown;
  readonly rule: MergeRule;
  readonly path: string;
  /** An item of a list: it is there or not, but never half. */
  readonly isItem?: boolean;
}

function merge(merging: Merging, three: Three): unknown {
  const { base, current, wanted, path } = three;
  if (sameValue(base, wanted) || sameValue(current, wanted)) return current;
  if (sameValue(current, base)) return wanted;
  const isHalf = three.isItem === true && [base, current, wanted].includes(undefined);
  const parts = isHalf ? undefined : partsOfAll(three);
  if (parts) return mergeParts(merging, three, parts);
  merging.superseded.push({
    path,
    ...(base !== undefined && { wrote: base }),
    ...(current !== undefined && { found: current }),
    ...(wanted !== undefined && { wanted }),
  });
  return merging.force ? wanted : current;
}

type Parts = ReadonlyMap<string, Part>;

/** All three taken apart in the same way; an absent value has no parts. Undefined where one of them is a single thing. */
function partsOfAll({ base, current, wanted, rule }: Three): readonly [Parts, Parts, Parts] | undefined {
  const present = [base, current, wanted].filter((value) => value !== undefined);
  const lists = present.filter(Array.isArray).length;
  if (lists !== 0 && lists !== present.length) return undefined;
  const parts = [base, current, wanted].map((value) => {
    if (value === undefined || isEmpty(value)) return new Map<string, Part>();
    const found = partsOf(value, rule);
    return found && new Map(found.map((part) => [part.step, part]));
  });
  return parts.every((one) => one !== undefined) ? (parts as unknown as readonly [Parts, Parts, Parts]) : undefined;
}

const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0;

function mergeParts(merging: Merging, three: Three, [base, current, wanted]: readonly [Parts, Parts, Parts]): unknown {
  const merged = new Map<string, unknown>();
  const isList = [three.current, three.wanted, three.base].some(Array.isArray);
  const order = inserted([...current.keys()], [...wanted.keys()]);
  for (const step of [...order, ...[...base.keys()].filter((one) => !order.includes(one))]) {
    const rule = (current.get(step) ?? wanted.get(step) ?? (base.get(step) as Part)).rule;
    const value = merge(merging, {
      base: base.get(step)?.value,
      current: current.get(step)?.value,
      wanted: wanted.get(step)?.value,
      rule,
      path: three.path + step,
      isItem: isList,
    });
    if (value !== undefined) merged.set(step, value);
  }
  if (merged.size === 0 && three.wanted === undefined) return undefined;
  if (isList) return [...merged.values()];
  return Object.fromEntries([...merged].map(([step, value]) => [(current.get(step) ?? (wanted.get(step) as Part)).key, value]));
}

/** The order as it is, with what comes back put behind its neighbour of then. */
function inserted(order: readonly string[], old: readonly string[]): string[] {
  const out = [...order];
  old.forEach((step, i) => {
    if (out.includes(step)) return;
    const neighbour = old.slice(0, i).findLast((one) => out.includes(one));
    out.splice(neighbour === undefined ? 0 : out.indexOf(neighbour) + 1, 0, step);
  });
  return out;
}
