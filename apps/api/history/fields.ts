import type { KubeObject } from '#lib/api/meta';
import { sameValue } from '#lib/api/equality';
import type { MergeRule } from '#lib/schema/merge-rules';
import { partsOf, rootRule } from './parts';

/** What every write moves, and what only repeats the rest. */
const UNTOLD = new Set(['.metadata.resourceVersion', '.metadata.managedFields']);

/** Every value of an object that can change by itself, by its path. */
export function fieldsOf(object: KubeObject): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  collect(object, '', rootRule(object), fields);
  return fields;
}

function collect(value: unknown, path: string, rule: MergeRule, into: Map<string, unknown>): void {
  if (UNTOLD.has(path)) return;
  const parts = partsOf(value, rule);
  if (!parts) into.set(path, value);
  else for (const part of parts) collect(part.value, path + part.step, part.rule, into);
}

/** One field that differs between two versions; a side is absent where the field was. */
export interface FieldChange {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What changed from one version to the next; an object that was not, or is no more, has no fields. */
export function changesBetween(before: KubeObject | undefined, after: KubeObject | undefined): FieldChange[] {
  const was = before ? fieldsOf(before) : new Map<string, unknown>();
  const is = after ? fieldsOf(after) : new Map<string, unknown>();
  const changes: FieldChange[] = [];
  for (const [path, value] of was) {
    if (!is.has(path)) changes.push({ path, before: value });
    else if (!sameValue(value, is.get(path))) changes.push({ path, before: value, after: is.get(path) });
  }
  for (const [path, value] of is) if (!was.has(path)) changes.push({ path, after: value });
  return changes;
}
