import { sameValue } from '#lib/api/equality';
import type { LogEvent } from '#lib/log/log';
import { entryOf, type Entry } from './entry';
import { fieldsOf } from './fields';
import { isWithin } from './parts';
import type { Version } from './reader';

/** A field with its value and the entry that gave it that value. */
export interface BlamedField extends Entry {
  readonly path: string;
  readonly value: unknown;
  /** The entry that set it was pruned: in this one, the oldest that is left, it had the value already. */
  readonly orBefore?: true;
}

/** One value that a field had, and the entry that set it; `removed` when the entry took the field, or the whole object, away. */
export interface PastValue extends Entry {
  readonly path: string;
  readonly value?: unknown;
  readonly removed?: true;
  /** As of a `BlamedField`. */
  readonly orBefore?: true;
}

interface Known {
  readonly value: unknown;
  readonly event: LogEvent;
}

/** Follows an object from version to version and remembers of each field who set it last. */
class Follower {
  private fields = new Map<string, Known>();
  private uid = '';
  private first: LogEvent | undefined;
  last: LogEvent | undefined;

  /** @returns what the version changed. */
  add({ event, object }: Version): { path: string; value?: unknown }[] {
    const changed: { path: string; value?: unknown }[] = [];
    if (event.uid !== this.uid) {
      this.fields.clear();
      this.first = event;
    }
    this.uid = event.uid;
    this.last = event;
    const now = fieldsOf(object);
    for (const [path, value] of now) {
      const known = this.fields.get(path);
      if (known && sameValue(known.value, value)) continue;
      this.fields.set(path, { value, event });
      changed.push({ path, value });
    }
    for (const path of this.fields.keys()) {
      if (now.has(path)) continue;
      this.fields.delete(path);
      changed.push({ path });
    }
    return changed;
  }

  blamed(): BlamedField[] {
    return [...this.fields].map(([path, { value, event }]) => ({ path, value, ...entryOf(event), ...this.age(event) }));
  }

  /**
   * Whether what an entry shows for the first time may be older: it is the first that is left of this life, and not the one that began it.
   */
  age(event: LogEvent): { orBefore?: true } {
    return event === this.first && event.type !== 'ADDED' ? { orBefore: true } : {};
  }

  paths(): Iterable<string> {
    return this.fields.keys();
  }
}

/** Who set each field of the newest of the versions. Undefined when there are none. */
export async function blameOf(versions: AsyncIterable<Version>): Promise<{ last: LogEvent; fields: BlamedField[] } | undefined> {
  const follower = new Follower();
  for await (const version of versions) follower.add(version);
  return follower.last && { last: follower.last, fields: follower.blamed().sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** Every value that the field at `path`, or any below it, ever had, in the order of the log. */
export async function pastValues(versions: AsyncIterable<Version>, path: string): Promise<PastValue[]> {
  const follower = new Follower();
  const values: PastValue[] = [];
  const removed = (at: string, event: LogEvent): void => void values.push({ path: at, removed: true, ...entryOf(event) });
  for await (const version of versions) {
    const { event } = version;
    for (const change of follower.add(version)) {
      if (!isWithin(change.path, path)) continue;
      if ('value' in change) values.push({ path: change.path, value: change.value, ...entryOf(event), ...follower.age(event) });
      else removed(change.path, event);
    }
    if (event.type === 'DELETED') for (const at of follower.paths()) if (isWithin(at, path)) removed(at, event);
  }
  return values;
}
