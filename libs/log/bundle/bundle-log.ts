import type { Bundle } from './bundle';
import { addressOf } from '#lib/log/views/fsck';
import { livingOf, previousEach } from '#lib/log/read/living';
import {
  LogUnavailable,
  type Checkpoint,
  type EventLog,
  type Head,
  type Living,
  type LogEvent,
  type NewEvent,
  type Outline,
  type ReadRange,
} from '#lib/log/log';
import { passes } from '#lib/log/memory-log';
import { toEvent } from '#lib/log/entry/stored-row';

const PAGE = 1_000;

/** A bundle as a log that can only be read: what lived before its first entry, and its entries. */
export class BundleLog implements EventLog {
  private readonly events: readonly LogEvent[];
  private readonly versions = new Map<string, LogEvent[]>();
  private readonly base: Checkpoint;
  private readonly end: Head;

  constructor(bundle: Bundle) {
    const { from, to, head } = bundle.header;
    this.events = [...bundle.base, ...bundle.entries].map(toEvent);
    for (const event of this.events) {
      const versions = this.versions.get(addressOf(event));
      if (versions) versions.push(event);
      else this.versions.set(addressOf(event), [event]);
    }
    this.base = { revision: from - 1, live: bundle.base.map(({ revision }) => revision) };
    this.end = { revision: to, hash: head.last, at: head.at };
  }

  async head(): Promise<Head> {
    return this.end;
  }

  append(_expectedHead: number, _events: readonly NewEvent[]): Promise<Head> {
    return Promise.reject(new LogUnavailable(new Error('a bundle can only be read')));
  }

  async *read(range: ReadRange = {}): AsyncIterable<readonly LogEvent[]> {
    const { after = 0, upTo = this.end.revision, limit = Infinity } = range;
    const found = this.events.slice(this.indexAfter(after), this.indexAfter(upTo)).filter((event) => passes(event, range));
    if (range.descending) found.reverse();
    yield* pages(found.slice(0, limit));
  }

  async *readRevisions(revisions: readonly number[], resources?: readonly string[]): AsyncIterable<readonly LogEvent[]> {
    const found = [...revisions].sort((a, b) => a - b).flatMap((revision) => this.at(revision) ?? []);
    yield* pages(resources ? found.filter((event) => resources.includes(event.resource)) : found);
  }

  async *outline(range: Omit<ReadRange, 'limit' | 'descending'> = {}): AsyncIterable<readonly Outline[]> {
    yield* this.read(range);
  }

  livingAt(revision: number, resources?: readonly string[]): AsyncIterable<readonly Living[]> {
    return livingOf(this, revision, resources);
  }

  async event(revision: number): Promise<LogEvent | undefined> {
    return this.at(revision);
  }

  async objectAt(resource: string, namespace: string, name: string, revision: number): Promise<LogEvent | undefined> {
    return this.versions.get(addressOf({ resource, namespace, name }))?.findLast((event) => event.revision <= revision);
  }

  previousOf(entries: Parameters<EventLog['previousOf']>[0]): Promise<ReadonlyMap<number, LogEvent>> {
    return previousEach(this, entries);
  }

  async revisionAt(time: Date): Promise<number> {
    return this.events.findLast((event) => Date.parse(event.at) <= time.getTime())?.revision ?? 0;
  }

  /** Nothing more comes. */
  async *follow(after: number, signal: AbortSignal): AsyncIterable<readonly LogEvent[]> {
    yield* this.read({ after });
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }

  async saveCheckpoint(): Promise<void> {}

  async checkpointBefore(revision: number): Promise<Checkpoint | undefined> {
    return revision >= this.base.revision ? this.base : undefined;
  }

  async close(): Promise<void> {}

  private at(revision: number): LogEvent | undefined {
    const event = this.events[this.indexAfter(revision) - 1];
    return event?.revision === revision ? event : undefined;
  }

  /** How many events have this revision or an earlier one. */
  private indexAfter(revision: number): number {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.events[middle] as LogEvent).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function* pages(events: readonly LogEvent[]): Generator<readonly LogEvent[]> {
  for (let start = 0; start < events.length; start += PAGE) yield events.slice(start, start + PAGE);
}
