import { sameValue } from '#lib/api/equality';
import type { KubeObject } from '#lib/api/meta';
import { entryOf, type ToldEntry } from './entry';
import { changesBetween, type FieldChange } from './fields';
import type { Version } from './reader';
import { summaryOf } from './summary';
import { objectDiff } from './object-diff';

/** One version in the history of an object. */
export interface HistoryLine extends ToldEntry {
  readonly changes?: readonly FieldChange[];
  /** The change as a unified diff. */
  readonly diff?: string;
}

/** A line for every version. `diff` adds what each changed, field by field and as text. */
export async function* historyOf(versions: AsyncIterable<Version>, diff: boolean): AsyncIterable<HistoryLine> {
  for await (const { event, object, previous } of versions) {
    const line = { ...entryOf(event), summary: summaryOf(event.type, object, previous) };
    if (!diff) yield line;
    else {
      const gone = event.type === 'DELETED';
      const changes = changesBetween(previous, gone ? undefined : object);
      yield { ...line, changes: gone ? withoutFields(previous, object) : changes, diff: objectDiff(previous, gone ? undefined : object) };
    }
  }
}

/** A deletion takes every field away; naming them all would bury what else the last entry changed. */
const withoutFields = (previous: KubeObject | undefined, last: KubeObject): FieldChange[] =>
  previous && !sameValue(previous, last) ? changesBetween(previous, last) : [];
