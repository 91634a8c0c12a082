import { sameValue } from '#lib/api/equality';
import type { KubeObject, ManagedFieldsEntry } from '#lib/api/meta';
import { compareObjects, type Comparison } from './compare';
import { difference, union, type FieldNode, type Fields } from './fields';
import { capUpdates, compareEntries, entriesOf, entryOf, managersOf, MAX_UPDATE_MANAGERS } from './managers';
import { reconciledEntries } from './reconciled';
import type { SchemaNode } from './schema-node';
import { goThroughObject } from './shape';
import { Shapes } from './shapes';

/** A write, as far as field ownership is concerned. */
export interface TrackedWrite {
  readonly manager: string;
  /** The version that the client speaks: paths are those of this version. */
  readonly apiVersion: string;
  /** '' for the object itself. */
  readonly subresource: string;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  readonly node: SchemaNode | undefined;
  /** What this way of writing puts back as it was; nobody comes to own it by it. */
  readonly ignored: Ignored;
  /** How objects look in another version of the kind; undefined when it is not served any more. */
  inVersion?(apiVersion: string): VersionOfKind | undefined;
}

/** Members of objects that do not count. */
export interface Ignored {
  /** Of the object; apiVersion and kind are among them. */
  readonly parts: ReadonlySet<string>;
  /** Of the metadata; what only the server writes is among them. */
  readonly meta: ReadonlySet<string>;
  /** What of it a configuration might name. */
  readonly fields: Fields;
}

/** Another version of a kind. */
export interface VersionOfKind {
  readonly node: SchemaNode | undefined;
  /** From the version of the write to this one. */
  to(object: KubeObject): KubeObject;
  /** And back. */
  from(object: KubeObject): KubeObject;
}

type Entries = readonly ManagedFieldsEntry[];

/**
 * `metadata.managedFields` after an update: what it changed belongs to its manager now, what it removed to nobody. The same list when
 * nothing moved. `next` may carry a list of its own: clients may change or reset it. Objects that were never tracked stay so.
 * Mirrors FieldManager.Update with all that it wraps (apimachinery/pkg/util/managedfields/internal).
 */
export function trackUpdate(live: KubeObject, next: KubeObject, write: TrackedWrite): Entries | undefined {
  const before = givenEntries(live.metadata.managedFields, next.metadata.managedFields, write.subresource !== '');
  if (before === undefined || before.length === 0) return undefined;
  return tracked(reconciledEntries(before, live, write), write, comparison(live, next, write), (version) =>
    comparison(version.to(live), version.to(next), { ...write, node: version.node }),
  );
}

/** The same for a new object. `empty` is what its kind consists of before anything is said. */
export function trackCreate(empty: KubeObject, next: KubeObject, write: TrackedWrite): Entries | undefined {
  const given = next.metadata.managedFields;
  const before = given === undefined || given.length === 0 ? undefined : givenEntries(undefined, given, false);
  const { changed } = newFields(empty, next, write);
  if (before !== undefined)
    return tracked(before, write, { changed, removed: undefined }, () => ({ changed: undefined, removed: undefined }));
  const { manager, apiVersion, subresource, time } = write;
  return changed && [entryOf({ manager, operation: 'Update', apiVersion, subresource, time, fields: changed })];
}

const knownNew = new WeakMap<Ignored, Shapes<Comparison>>();

/** The fields of a new object, made once for all of one shape. */
function newFields(empty: KubeObject, next: KubeObject, write: TrackedWrite): Comparison {
  const { node, ignored } = write;
  if (node?.of !== 'map') return comparison(empty, next, write);
  let sets = knownNew.get(ignored);
  if (!sets) knownNew.set(ignored, (sets = new Shapes()));
  return sets.of(
    (way) => goThroughObject(way, node, next, empty, ignored.parts, ignored.meta),
    () => comparison(empty, next, write),
  );
}

/** The list that an update starts from. Mirrors decodeLiveOrNew. */
function givenEntries(live: Entries | undefined, given: Entries | undefined, isSubresource: boolean): Entries | undefined {
  if (isSubresource || given === undefined || given === live) return live;
  if (isReset(given)) return undefined;
  if (live !== undefined && sameValue(given, live)) return live;
  const managers = managersOf(given);
  return managers === undefined || managers.size === 0 ? live : entriesOf(managers);
}

/** An empty list, or one empty entry, takes all ownership away. */
const isReset = (given: Entries): boolean =>
  given.length === 0 || (given.length === 1 && Object.values(given[0] as object).every((value) => value === undefined));

/** What differs, but for what does not count. */
export const comparison = (from: KubeObject, to: KubeObject, { node, ignored }: Pick<TrackedWrite, 'node' | 'ignored'>): Comparison =>
  compareObjects(node, from, to, ignored.parts, ignored.meta);

type ElsewhereComparison = (version: VersionOfKind) => Comparison;

function tracked(
  before: Entries,
  write: TrackedWrite,
  { changed, removed }: Comparison,
  elsewhere: ElsewhereComparison,
): Entries | undefined {
  if (changed === undefined && removed === undefined) return before.length === 0 ? undefined : before;
  const after: ManagedFieldsEntry[] = [];
  let own: ManagedFieldsEntry | undefined;
  let isSame = true;
  for (const entry of before) {
    const mine = isOwn(entry, write);
    const there = entry.apiVersion === write.apiVersion ? { changed, removed } : comparedIn(entry.apiVersion as string, write, elsewhere);
    if (there === undefined) {
      isSame = false; // a version that is not served any more
      continue;
    }
    const was = entry.fieldsV1 as FieldNode;
    const left = difference(mine ? was : difference(was, there.changed), there.removed);
    if (mine) {
      own = entry;
      const fields = union(left, changed);
      if (changed === undefined && left === was) after.push(entry);
      else if (fields !== undefined) after.push(owned(entry, write, fields, changed !== undefined));
    } else if (left === was) after.push(entry);
    else if (left !== undefined) after.push({ ...entry, fieldsV1: left });
  }
  if (own === undefined && changed !== undefined) after.push(entryOf({ ...write, operation: 'Update', fields: changed }));
  isSame &&= after.length === before.length && after.every((entry, i) => entry === before[i]);
  return isSame ? before : settled(after);
}

function comparedIn(apiVersion: string, { inVersion }: TrackedWrite, elsewhere: ElsewhereComparison): Comparison | undefined {
  const version = inVersion?.(apiVersion);
  return version && elsewhere(version);
}

const isOwn = (entry: ManagedFieldsEntry, { manager, apiVersion, subresource }: TrackedWrite): boolean =>
  entry.manager === manager && entry.operation === 'Update' && entry.apiVersion === apiVersion && (entry.subresource ?? '') === subresource;

/** The manager's own entry; the same one while second and set are the same. */
function owned(entry: ManagedFieldsEntry, write: TrackedWrite, fields: FieldNode, isTouched: boolean): ManagedFieldsEntry {
  const time = isTouched ? write.time : (entry.time as string | undefined);
  if (fields === entry.fieldsV1 && time === (entry.time as string | undefined)) return entry;
  return entryOf({ ...write, operation: 'Update', time, fields });
}

/** In order, and not too many. */
function settled(entries: ManagedFieldsEntry[]): Entries | undefined {
  if (entries.length === 0) return undefined;
  entries.sort(compareEntries);
  if (entries.length <= MAX_UPDATE_MANAGERS) return entries;
  const managers = managersOf(entries);
  if (managers === undefined) return undefined;
  capUpdates(managers, union);
  return entriesOf(managers);
}
