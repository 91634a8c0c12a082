import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { Appender } from '#lib/log/write/appender';
import { blocksInThreads } from '#lib/log/proof/block-threads';
import { changedSince } from '#lib/log/read/changed-since';
import { liveEntries, storedCheckpoint } from '#lib/log/read/checkpoint';
import { ChainReader, type ChainPage } from '#lib/log/proof/chain-reader';
import { copyOut } from '#lib/log/read/copy-out';
import { Doorbell } from '#lib/log/database/doorbell';
import { EntryDecoder } from '#lib/log/entry/entry-decoder';
import { EntryNames } from '#lib/log/entry/entry-names';
import type { Checkpoint, EventLog, Head, Living, LogEvent, NewEvent, Outline, ReadRange } from './log';
import { LivingReader } from '#lib/log/read/living';
import { logClock } from './log-clock';
import { isPassing, patiently } from '#lib/log/database/patience';
import { outlinePage, readPage, type PageRange } from '#lib/log/read/page-query';
import {
  ALL_FOLLOWED_SINCE,
  CERTAIN_HEAD,
  CHECKPOINT_BEFORE,
  EVENT,
  FOLLOWED_SINCE,
  HEAD,
  OBJECT_AT,
  PREVIOUS,
  REVISION_AT,
  REVISIONS,
  REVISIONS_OF,
  SAVE_CHECKPOINT,
  type NamedQuery,
} from '#lib/log/database/queries';
import { prunedEntries, type PrunedEntry } from '#lib/log/retention/prune';
import type { SoundBlock } from '#lib/log/proof/sound-blocks';
import { Tail } from '#lib/log/read/tail';
import { AS_TEXT, toEvent, toHead, toOutline, type HashedRow, type RawRow } from '#lib/log/entry/stored-row';

/** Entries per page; fewer when they are large, so that a page stays near PAGE_BYTES. The first is small: many readers want no more. */
const MAX_PAGE = 1_000;
const FIRST_PAGE = 200;
const PAGE_BYTES = 8 * 1024 * 1024;

/** Outlines per page: about 1 MB. */
const OUTLINE_PAGE = 10_000;

/** `follow` looks by itself this often, should a notification get lost with its connection. */
const POLL_MS = 1_000;

const END = Number.MAX_SAFE_INTEGER;

/** What `PostgresLog` may be told. */
export interface PostgresLogOptions {
  /** Milliseconds since 1970. Default: the clock of this machine. */
  readonly now?: () => number;
  /** The database is one of several that take over from each other: its head is asked for so that one that was deposed cannot answer. */
  readonly replicated?: boolean;
  /** Of the database, for threads that verify and have connections of their own. Default: there are no such threads. */
  readonly url?: string;
  /**
   * Nobody else writes it: whoever follows it here need not be told by the database. Should somebody all the same, he is noticed a second
   * later. Default false.
   */
  readonly sole?: boolean;
}

/** The log in PostgreSQL (migrations/). Uses at most two connections of the pool for itself, and one per read that is under way. */
export class PostgresLog implements EventLog {
  /** Who appends here, among others who do: the read lease stands under this name. */
  readonly writer = randomUUID();
  private readonly appender: Appender;
  private readonly bell: Doorbell;
  private readonly tail = new Tail();
  private readonly names = this.newNames();
  private closed = false;

  constructor(
    /** For what is kept beside the log: tree-store.ts and its like. */
    readonly pool: Pool,
    private readonly options: PostgresLogOptions = {},
  ) {
    const appended = (events: readonly LogEvent[]): void => {
      if (events.length > 0) this.tail.add(events);
      this.bell.ringSoon();
    };
    this.appender = new Appender(pool, this.writer, options.now ?? (() => logClock.now()), appended, () => this.bell.ringNow());
    this.bell = new Doorbell(pool, (revision) => revision <= Math.max(this.tail.last, this.appender.pendingTo), !options.sole);
  }

  async head(): Promise<Head> {
    const [row] = await this.query(this.options.replicated ? CERTAIN_HEAD : HEAD, []);
    if (!row) throw new Error('the table `head` is empty: this database was not made by Decklog');
    return toHead(row);
  }

  append(expectedHead: number, events: readonly NewEvent[]): Promise<Head> {
    return this.appender.append(expectedHead, events);
  }

  async *read(range: ReadRange = {}): AsyncIterable<readonly LogEvent[]> {
    for await (const rows of this.rows(range, this.names)) yield rows.map(toEvent);
  }

  /** As `read`, but the rows as they stand in the table: what `verifyChain` hashes. The next page is fetched while one is used. */
  readRows(range: ReadRange = {}): AsyncIterable<readonly HashedRow[]> {
    return this.rows(range, this.newNames()); // not from memory: somebody may have been at the tables
  }

  /** The same, for whoever only hashes: bytes, as they are stored. */
  readChain(after: number, upTo: number): AsyncIterable<ChainPage> {
    return new ChainReader((select, memory) => this.copy(select, memory), this.newNames()).pages(after, upTo);
  }

  /** Which stretches of the chain are sound in themselves, found by threads, where that is worth it. */
  readBlocks(after: number, upTo: number, roots = true): AsyncIterable<SoundBlock> {
    const { url } = this.options;
    return blocksInThreads({ url: url ?? '', after, upTo, roots, ...(url === undefined && { threads: 0 }) });
  }

  private async *rows(range: ReadRange, names: EntryNames): AsyncIterable<readonly HashedRow[]> {
    let { after, upTo } = await this.bounds(range);
    const numbered = await this.numbered(range);
    const decoder = this.decoder(names);
    let left = range.limit ?? END;
    let limit = Math.min(FIRST_PAGE, left);
    let size = 0;
    const fetch = (): Promise<readonly RawRow[]> => {
      const { values, ...query } = readPage(numbered, after, upTo, limit);
      const page = this.query(query, values);
      page.catch(() => undefined); // whoever stops reading early never asks for it
      return page;
    };
    for (let coming = left > 0 ? fetch() : undefined; coming;) {
      const raws = await coming;
      const last = raws.at(-1);
      if (!last) return;
      coming = undefined;
      left -= raws.length;
      const isFull = raws.length === limit && left > 0;
      if (isFull) {
        if (range.descending) upTo = Number(last[0]) - 1;
        else after = Number(last[0]);
        limit = Math.min(pageOf(raws, size), left);
        coming = fetch();
      }
      const rows = await decoder.decode(raws);
      size = sizeOf(rows);
      yield rows;
    }
  }

  /** What is left of the entries in (after, upTo] that were pruned. */
  readPruned(after: number, upTo: number): AsyncIterable<readonly PrunedEntry[]> {
    return prunedEntries(this.pool, after, upTo);
  }

  async *readRevisions(revisions: readonly number[], resources?: readonly string[]): AsyncIterable<readonly LogEvent[]> {
    const sorted = [...revisions].sort((a, b) => a - b);
    const ids = resources && (await this.names.known(resources));
    const decoder = this.decoder();
    for (let start = 0, count = FIRST_PAGE; start < sorted.length;) {
      const page = sorted.slice(start, start + count);
      start += page.length;
      const rows = ids
        ? await decoder.decode(await this.query(REVISIONS_OF, [page, ids]))
        : (await decoder.decode(await this.query(REVISIONS, [page]), new Set(page))).sort((a, b) => a.revision - b.revision);
      count = rows.length > 0 ? pageOf([], sizeOf(rows)) : MAX_PAGE;
      if (rows.length > 0) yield rows.map(toEvent);
    }
  }

  /** The next page is fetched while one is used. */
  async *outline(range: Omit<ReadRange, 'limit' | 'descending'> = {}): AsyncIterable<readonly Outline[]> {
    const { after, upTo } = await this.bounds(range);
    const numbered = await this.numbered(range);
    const fetch = (last: number): Promise<readonly RawRow[]> => {
      const { values, ...query } = outlinePage(numbered, last, upTo, OUTLINE_PAGE);
      const page = this.query(query, values);
      page.catch(() => undefined); // whoever stops reading early never asks for it
      return page;
    };
    for (let coming: Promise<readonly RawRow[]> | undefined = fetch(after); coming;) {
      const rows: readonly RawRow[] = await coming;
      coming = rows.length === OUTLINE_PAGE ? fetch(Number(rows.at(-1)?.[0])) : undefined;
      if (rows.length > 0) yield rows.map(toOutline);
    }
  }

  async *livingAt(revision: number, resources?: readonly string[]): AsyncIterable<readonly Living[]> {
    const ids = resources && (await this.names.known(resources));
    if (ids?.length === 0) return;
    const { live = [], revision: from = 0 } = (await this.checkpoint(revision, ids)) ?? {};
    const copy = (select: string, memory: Buffer): Promise<Buffer> => this.copy(select, memory);
    const followed = ids ? this.query(FOLLOWED_SINCE, [from, revision, ids]) : this.query(ALL_FOLLOWED_SINCE, [from, revision]);
    const frames = followed.then((rows) => rows.map(([frame, before]) => [Number(frame), before ? Number(before) : undefined] as const));
    const { gone, last } = await changedSince(copy, frames, { from, upTo: revision, ...(ids && { ids }) });
    yield* new LivingReader({ copy, event: (of) => this.event(of), names: this.names }).read(
      [...live.filter((one) => !gone.has(one)), ...last],
      ids,
    );
  }

  async event(revision: number): Promise<LogEvent | undefined> {
    return this.lastOf(await this.query(EVENT, [revision]));
  }

  async objectAt(resource: string, namespace: string, name: string, revision: number): Promise<LogEvent | undefined> {
    const [id] = await this.names.known([resource]);
    return id === undefined ? undefined : this.lastOf(await this.query(OBJECT_AT, [id, namespace, name, revision]));
  }

  async previousOf(entries: Parameters<EventLog['previousOf']>[0]): Promise<ReadonlyMap<number, LogEvent>> {
    await this.names.known(entries.map(({ resource }) => resource));
    const known = entries.filter(({ resource }) => this.names.idOf(resource) !== undefined);
    if (known.length === 0) return new Map();
    const columns = [
      known.map(({ resource }) => this.names.idOf(resource)),
      ...(['namespace', 'name', 'revision'] as const).map((key) => known.map((entry) => entry[key])),
    ];
    const pairs = await this.query(PREVIOUS, columns);
    const events = new Map<number, LogEvent>();
    for await (const page of this.readRevisions([...new Set(pairs.map(([, before]) => Number(before)))]))
      for (const event of page) events.set(event.revision, event);
    return new Map(
      pairs.flatMap(([revision, before]) =>
        events.has(Number(before)) ? [[Number(revision), events.get(Number(before)) as LogEvent]] : [],
      ),
    );
  }

  async revisionAt(time: Date): Promise<number> {
    const [row] = await this.query(REVISION_AT, [time.toISOString()]);
    return Number(row?.[0] ?? 0);
  }

  /** What this process appended itself comes from memory, at once; a database is asked for what others wrote, and once a second. */
  async *follow(after: number, signal: AbortSignal): AsyncIterable<readonly LogEvent[]> {
    let last = after;
    while (!signal.aborted && !this.closed) {
      const rung = this.bell.count;
      try {
        for await (const page of this.comingAfter(last)) {
          if (signal.aborted) return;
          last = page.at(-1)?.revision ?? last;
          yield page;
        }
      } catch (error) {
        if (signal.aborted || this.closed) return;
        if (!isPassing(error)) throw error;
        await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      }
      await this.bell.wait(rung, POLL_MS, signal);
    }
  }

  private async *comingAfter(last: number): AsyncIterable<readonly LogEvent[]> {
    let own = this.tail.after(last, MAX_PAGE);
    if (own.length === 0) return yield* this.read({ after: last });
    for (; own.length > 0; own = this.tail.after((own.at(-1) as LogEvent).revision, MAX_PAGE)) yield own;
  }

  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    await this.query(SAVE_CHECKPOINT, await storedCheckpoint(checkpoint, this.names));
  }

  checkpointBefore(revision: number): Promise<Checkpoint | undefined> {
    return this.checkpoint(revision);
  }

  /** @param of numbers of resources: only their entries, where the checkpoint tells which those are */
  private async checkpoint(revision: number, of?: readonly number[]): Promise<Checkpoint | undefined> {
    const [row] = await this.query(CHECKPOINT_BEFORE, [revision]);
    if (!row) return undefined;
    const [live, resources] = [row[1], row[2]].map((text) => (text ? Buffer.from(text.slice(2), 'hex') : null));
    return { revision: Number(row[0]), live: liveEntries(live as Buffer, resources ?? null, of) };
  }

  /** Waits for an append that is under way, and ends every `follow`. The pool belongs to whoever made it. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([this.appender.close(), this.bell.close()]);
  }

  private newNames(): EntryNames {
    return new EntryNames((query, values) => this.query(query, values));
  }

  private decoder(names = this.names): EntryDecoder {
    return new EntryDecoder(names, (query, values) => this.query(query, values));
  }

  /** Of a frame and what follows it, only the last is wanted. */
  private async lastOf(raws: readonly RawRow[]): Promise<LogEvent | undefined> {
    const last = (await this.decoder().decode(raws)).at(-1);
    return last && toEvent(last);
  }

  private async numbered({ resources, ...range }: ReadRange): Promise<PageRange> {
    return resources ? { ...range, resources: await this.names.known(resources) } : range;
  }

  /** Times become revisions, because those are what the table is ordered by. */
  private async bounds({ after = 0, upTo = END, since, until }: ReadRange): Promise<{ after: number; upTo: number }> {
    return {
      after: since === undefined ? after : Math.max(after, await this.revisionAt(new Date(Date.parse(since) - 1))),
      upTo: until === undefined ? upTo : Math.min(upTo, await this.revisionAt(new Date(until))),
    };
  }

  private copy(select: string, memory?: Buffer): Promise<Buffer> {
    return patiently(
      () => copyOut(this.pool, select, memory),
      () => this.closed,
    );
  }

  private async query(query: NamedQuery, values: readonly unknown[]): Promise<readonly RawRow[]> {
    const config = { name: query.name, text: query.text, values: [...values], rowMode: 'array' as const, types: AS_TEXT };
    return (
      await patiently(
        () => this.pool.query<(string | null)[]>(config),
        () => this.closed,
      )
    ).rows;
  }
}

/** Average bytes of what the rows hold. */
const sizeOf = (rows: readonly HashedRow[]): number => rows.reduce((sum, { object }) => sum + object.length, 0) / Math.max(rows.length, 1);

/** How many rows make a page, when they are like those that just came, or like the ones of `size` before them. */
function pageOf(raws: readonly RawRow[], size: number): number {
  const bytes = raws.reduce((sum, raw) => sum + raw.reduce((all, text) => all + (text?.length ?? 0), 0), 0) / Math.max(raws.length, 1);
  return Math.max(1, Math.min(MAX_PAGE, Math.floor(PAGE_BYTES / Math.max(bytes, size, 1))));
}
