import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { appendQuery } from './append-queries';
import { batchOf, type Batch } from '#lib/log/entry/batch';
import { addressOf, EntryEncoder } from '#lib/log/entry/entry-encoder';
import { EntryNames } from '#lib/log/entry/entry-names';
import { AppendUnknown, HeadMoved, type Head, type LogEvent, type NewEvent } from '#lib/log/log';
import { codeOf, isPassing, PATIENCE_MS } from '#lib/log/database/patience';
import { endLeaseOfOthers } from './read-lease';
import { HASH_OF, HEAD, PARTITIONS, WRITTEN, type NamedQuery } from '#lib/log/database/queries';
import { AS_TEXT, toHead, type RawRow } from '#lib/log/entry/stored-row';

/** After a lost connection an append is tried again this long before its outcome is given up as unknown. */
const RETRY_FOR_MS = PATIENCE_MS;
const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 1_000;

/** Partitions are made when less than this many revisions are left, for twice as many. At 10,000 events/s that is 50 s early. */
const PARTITION_RESERVE = 500_000;

const NO_PARTITION = '23514';

/** So many entries of others are looked at one by one, for what they changed; after more, everything is forgotten. */
const LOOKED_AT = 10_000;

/** The writing half of PostgresLog: one connection, one statement at a time, and the hash that the next entry builds on. */
export class Appender {
  private client: PoolClient | undefined;
  private tip: Head | undefined;
  /** Up to here the encoder knows what was written. */
  private encodedTo = 0;
  readonly encoder = new EntryEncoder();
  readonly names = new EntryNames((query, values) => this.query(query, values));
  private turn: Promise<unknown> = Promise.resolve();
  private partitionedTo = 0;
  private closed = false;
  /** The last revision of the append that is under way; 0 when there is none. */
  pendingTo = 0;

  /**
   * @param appended told of entries once they are committed; of none when an append ended in another way
   * @param sent called when entries are on their way to the database: until it answers, this process has nothing better to do
   */
  constructor(
    private readonly pool: Pool,
    readonly writer: string,
    private readonly now: () => number,
    private readonly appended: (events: readonly LogEvent[]) => void = () => undefined,
    private readonly sent: () => void = () => undefined,
  ) {}

  append(expected: number, events: readonly NewEvent[]): Promise<Head> {
    const result = this.turn.then(() => this.appendNow(expected, events));
    this.turn = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.turn;
    this.client?.release();
    this.client = undefined;
  }

  private async appendNow(expected: number, events: readonly NewEvent[]): Promise<Head> {
    if (this.tip?.revision !== expected) this.tip = await this.retrying(() => this.readHead());
    const { tip } = this;
    if (tip.revision !== expected) throw new HeadMoved(expected);
    if (events.length === 0) return tip;
    checkRevisions(expected, events);
    await this.prepare(tip, events);
    const batch = batchOf(tip, events, this.now(), this);
    this.tip = undefined; // unknown, until the outcome is
    this.encodedTo = 0;
    await this.announced(batch, events);
    this.tip = batch.next;
    this.encodedTo = batch.next.revision;
    this.reservePartitions(batch.next.revision);
    return batch.next;
  }

  /** What is not there but in the database, and seldom needed: numbers of new resources, and what others wrote. */
  private async prepare(tip: Head, events: readonly NewEvent[]): Promise<void> {
    if (events.some(({ resource }) => this.names.idOf(resource) === undefined))
      await this.retrying(() => this.names.know(events.map(({ resource }) => resource)));
    if (this.encodedTo === tip.revision) return;
    const [after, upTo] = [this.encodedTo, tip.revision];
    if (after === 0 || after > upTo || upTo - after > LOOKED_AT) this.encoder.forget();
    else
      for (const [resource, namespace, name] of await this.retrying(() => this.query(WRITTEN, [after, upTo])))
        this.encoder.forgetObject(addressOf(`${resource}`, `${namespace}`, `${name}`));
    this.encodedTo = upTo;
  }

  private async announced(batch: Batch, events: readonly NewEvent[]): Promise<void> {
    const { next, hashes } = batch;
    this.pendingTo = next.revision;
    let written: LogEvent[] = [];
    try {
      await this.write(batch);
      written = events.map((event, i) => writtenEvent(event, next.at, hashes[i] as string));
    } finally {
      this.pendingTo = 0;
      this.appended(written);
    }
  }

  /**
   * Sending the same batch again is safe: it is refused when the head has moved, or while somebody else has the read lease. Whether it was
   * this very batch that moved the head (the connection was lost after the commit) is told by the hash at its last revision, which nobody
   * else can have written.
   */
  private async write(batch: Batch): Promise<void> {
    const query = appendQuery(batch.isLone, batch.hasOrigins);
    for (;;) {
      const moved = await this.retrying(async () => (await this.query(query, batch.values)).length === 1);
      if (moved) return;
      const [found] = await this.retrying(() => this.query(HASH_OF, [batch.next.revision]));
      if (found?.[0] === `\\x${batch.next.hash}`) return;
      const isFree = await this.retrying(() => endLeaseOfOthers(this.writer, (...question) => this.query(...question)));
      if (!isFree) throw new HeadMoved(batch.previous.revision);
    }
  }

  private async readHead(): Promise<Head> {
    const [row] = await this.query(HEAD, []);
    if (!row) throw new Error('the table `head` is empty: this database was not made by Decklog');
    return toHead(row);
  }

  private async retrying<T>(action: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + RETRY_FOR_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
      try {
        return await action();
      } catch (error) {
        if (codeOf(error) === NO_PARTITION) await this.makePartitions(PARTITION_RESERVE);
        else if (!isPassing(error)) throw error;
        if (this.closed || performance.now() > deadline) throw new AppendUnknown(error as Error);
        await sleep(pause);
      }
    }
  }

  private async query(query: NamedQuery, values: readonly unknown[]): Promise<readonly RawRow[]> {
    this.client ??= await this.connect();
    const { client } = this;
    try {
      const result = client.query<(string | null)[]>({
        name: query.name,
        text: query.text,
        values: [...values],
        rowMode: 'array',
        types: AS_TEXT,
      });
      this.sent();
      return (await result).rows;
    } catch (error) {
      if (isPassing(error)) this.drop(client);
      throw error;
    }
  }

  private async connect(): Promise<PoolClient> {
    const client = await this.pool.connect();
    client.on('error', () => this.drop(client));
    return client;
  }

  private drop(client: PoolClient): void {
    if (this.client !== client) return;
    this.client = undefined;
    client.release(true);
  }

  /** In the background: should it fail, or be too late, the append that meets the missing partition makes it. */
  private reservePartitions(revision: number): void {
    if (revision + PARTITION_RESERVE <= this.partitionedTo) return;
    this.partitionedTo = revision + 2 * PARTITION_RESERVE;
    this.makePartitionsTo(this.partitionedTo).catch(() => (this.partitionedTo = 0));
  }

  private async makePartitions(reserve: number): Promise<void> {
    const { revision } = await this.readHead();
    await this.makePartitionsTo(revision + reserve);
  }

  private async makePartitionsTo(revision: number): Promise<void> {
    await this.pool.query(PARTITIONS.text, [revision]);
  }
}

function checkRevisions(expected: number, events: readonly NewEvent[]): void {
  const wrong = events.findIndex((event, i) => event.revision !== expected + 1 + i);
  if (wrong >= 0) throw new Error(`event ${wrong} of an append at ${expected} has revision ${events[wrong]?.revision}`);
}

/** Member by member: a spread of an object with members that may be absent takes the slow way. */
function writtenEvent(event: NewEvent, at: string, hash: string): LogEvent {
  const { revision, type, resource, namespace, name, uid, object, bytes, actor, request, cause, decision, trace } = event;
  return { revision, type, resource, namespace, name, uid, object, bytes, actor, request, cause, decision, trace, at, hash };
}
