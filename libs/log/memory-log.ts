import { chainHash, EMPTY_HEAD, rowOf } from './hash';
import { livingOf, previousEach } from '#lib/log/read/living';
import {
  HeadMoved,
  type Checkpoint,
  type EventLog,
  type Head,
  type Living,
  type LogEvent,
  type NewEvent,
  type Outline,
  type ReadRange,
} from './log';

const PAGE = 1_000;

/** A log that lives as long as its process: for tests, simulations and forks. Hashes exactly as PostgresLog does. */
export class MemoryLog implements EventLog {
  private readonly events: LogEvent[] = [];
  private readonly checkpoints: Checkpoint[] = [];
  private readonly waiting = new Set<() => void>();
  private tip = EMPTY_HEAD;
  private closed = false;

  /** @param now Milliseconds since 1970. Default: the clock of this machine. */
  constructor(private readonly now: () => number = Date.now) {}

  async head(): Promise<Head> {
    return this.tip;
  }

  async append(expectedHead: number, events: readonly NewEvent[]): Promise<Head> {
    if (this.tip.revision !== expectedHead) throw new HeadMoved(expectedHead);
    const wrong = events.findIndex((event, i) => event.revision !== expectedHead + 1 + i);
    if (wrong >= 0) throw new Error(`event ${wrong} of an append at ${expectedHead} has revision ${events[wrong]?.revision}`);
    if (events.length === 0) return this.tip;
    const clock = new Date(this.now()).toISOString();
    const at = clock > this.tip.at ? clock : this.tip.at;
    let { hash } = this.tip;
    for (const event of events) {
      hash = chainHash(hash, rowOf(event, at));
      this.events.push({ ...event, at, hash });
    }
    this.tip = { revision: expectedHead + events.length, hash, at };
    for (const wake of [...this.waiting]) wake();
    return this.tip;
  }

  async *read(range: ReadRange = {}): AsyncIterable<readonly LogEvent[]> {
    const { after = 0, upTo = this.events.length, limit = Infinity } = range;
    const passing = this.events.slice(Math.max(after, 0), Math.max(upTo, 0)).filter((event) => passes(event, range));
    if (range.descending) passing.reverse();
    yield* pages(passing.slice(0, limit));
  }

  async *readRevisions(revisions: readonly number[], resources?: readonly string[]): AsyncIterable<readonly LogEvent[]> {
    const found = [...revisions].sort((a, b) => a - b).flatMap((revision) => this.events[revision - 1] ?? []);
    yield* pages(resources ? found.filter((event) => resources.includes(event.resource)) : found);
  }

  async *outline(range: Omit<ReadRange, 'limit' | 'descending'> = {}): AsyncIterable<readonly Outline[]> {
    for await (const page of this.read(range)) {
      yield page.map(({ revision, type, resource, namespace, name, uid, cause }) => ({
        revision,
        type,
        resource,
        namespace,
        name,
        uid,
        cause,
      }));
    }
  }

  livingAt(revision: number, resources?: readonly string[]): AsyncIterable<readonly Living[]> {
    return livingOf(this, revision, resources);
  }

  async event(revision: number): Promise<LogEvent | undefined> {
    return this.events[revision - 1];
  }

  async objectAt(resource: string, namespace: string, name: string, revision: number): Promise<LogEvent | undefined> {
    return this.events
      .slice(0, revision)
      .findLast((event) => event.name === name && event.namespace === namespace && event.resource === resource);
  }

  previousOf(entries: Parameters<EventLog['previousOf']>[0]): Promise<ReadonlyMap<number, LogEvent>> {
    return previousEach(this, entries);
  }

  async revisionAt(time: Date): Promise<number> {
    return this.events.findLast((event) => Date.parse(event.at) <= time.getTime())?.revision ?? 0;
  }

  async *follow(after: number, signal: AbortSignal): AsyncIterable<readonly LogEvent[]> {
    let last = after;
    while (!signal.aborted && !this.closed) {
      for (const page of pages(this.events.slice(last))) {
        if (signal.aborted) return;
        last = page.at(-1)?.revision ?? last;
        yield page;
      }
      if (last >= this.tip.revision) await this.growth(signal);
    }
  }

  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    this.checkpoints.push(checkpoint);
    this.checkpoints.sort((a, b) => a.revision - b.revision);
  }

  async checkpointBefore(revision: number): Promise<Checkpoint | undefined> {
    return this.checkpoints.findLast((checkpoint) => checkpoint.revision <= revision);
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const wake of [...this.waiting]) wake();
  }

  private growth(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.waiting.delete(wake);
        resolve();
      };
      if (signal.aborted || this.closed) return resolve();
      signal.addEventListener('abort', wake);
      this.waiting.add(wake);
    });
  }
}

/** Whether an entry passes the filters of a read; its bounds are left out. */
export function passes(event: LogEvent, range: ReadRange): boolean {
  const { resources, namespace, name, uid, user, verb, session, command, since, until } = range;
  return (
    (resources === undefined || resources.includes(event.resource)) &&
    (namespace === undefined || event.namespace === namespace) &&
    (name === undefined || event.name === name) &&
    (uid === undefined || event.uid === uid) &&
    (user === undefined || event.actor.user === user) &&
    (verb === undefined || event.request.verb === verb) &&
    (session === undefined || event.request.session === session) &&
    (command === undefined || (event.request.command === command && event.request.session !== undefined)) &&
    (since === undefined || Date.parse(event.at) >= Date.parse(since)) &&
    (until === undefined || Date.parse(event.at) <= Date.parse(until))
  );
}

function* pages(events: readonly LogEvent[]): Generator<readonly LogEvent[]> {
  for (let start = 0; start < events.length; start += PAGE) yield events.slice(start, start + PAGE);
}
