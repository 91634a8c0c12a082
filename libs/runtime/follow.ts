import { Logger } from '@nestjs/common';
import type { LogFilter, LogListener, LogMessage } from '#lib/bus/bus';
import { kindOfResource } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import type { EventLog, Head, LogEvent } from '#lib/log/log';
import { logClock } from '#lib/log/log-clock';
import { foldEntry, hintOf, type Entry } from '#lib/reconcile/fold';
import { IndexedWorld } from '#lib/reconcile/indexed-world';
import type { Change } from '#lib/reconcile/world';
import { systemClock, type Clock } from './clock';
import { tracer } from './tracing/tracer';

/** What a follower reads, and how it judges silence. */
export interface FollowerOptions {
  readonly log: Pick<EventLog, 'head' | 'read' | 'livingAt'>;
  /** Only these entries, for a process that looks after a part (one node's pods). Default: everything. */
  readonly filters?: readonly LogFilter[];
  readonly clock?: Clock;
  /**
   * The object of an entry when somebody in this process has it already, as frozen as the world's own. Default: each is parsed.
   * With an API server in the same process this halves the memory of the worlds, and a change is parsed once less.
   */
  readonly shared?: (revision: number) => KubeObject | undefined;
  /**
   * All that lives, when somebody in this process knows: then it need not be read at the start. Default: it is read. Only without filters.
   */
  readonly present?: () => Present;
  /**
   * Somebody in this process who hears of new entries by himself; he calls `tell` with each revision he comes to know, until the function
   * that he returns is called. While the bus is not believed they are read at once. Default: only polls tell.
   */
  readonly news?: (tell: (revision: number) => void) => () => void;
  /**
   * How often a silent bus is doubted by asking the log for its head. Default 1,000; with filters ten times as long. For a while after a
   * break a quarter of it.
   */
  readonly pollMs?: number;
}

/** What lives at a revision. */
export interface Present {
  readonly revision: number;
  readonly objects: readonly { readonly resource: string; readonly object: KubeObject }[];
  /** Resources that are left out, because their secrets are open in these objects: they are read from the log. */
  readonly sealed: readonly string[];
}

/** Told of changes after the world holds them, in revision order; not of those that `start` folds. Must not throw. */
export type ChangeListener = (changes: readonly Change[]) => void;

/** Somebody who waits for an own write this long doubts the bus and has the log read. */
const DOUBT_AFTER_MS = 100;
const RETRY_MS = 250;

/** With filters every poll reads, so only each tenth does: a thousand nodes that read every second would be a load by themselves. */
const FILTERED_EVERY = 10;

/**
 * So many polls after a break come four times as often, and with filters all of them read: a NATS cluster that has lost a leader elects the
 * next for up to 9 s, and delivers nothing meanwhile. Without this new pods were seen to be ready after 9.3 s, with a second between the
 * polls after 5.6 s.
 */
const WARY_POLLS = 40;
const WARY_TIMES = 4;

/** A bus that works is faster than this, and what it brings need not be read. */
const NEWS_WITHIN_MS = 50;

interface Waiter {
  readonly revision: number;
  readonly resolve: () => void;
}

/**
 * The join of log and bus that every consumer shares: subscribe first, then read the log, then drop what was seen already, then
 * apply in revision order. The bus only makes it fast: what it loses, repeats or delivers late is found by the numbers, which
 * have no holes, and read from the log. Whoever feeds `receive` must be subscribed before `start` is called.
 *
 * One per process: all controllers of a process look at the same world. Nothing in it may be changed.
 */
export class Follower implements LogListener {
  readonly world = new IndexedWorld();
  private readonly logger = new Logger('Follower');
  private readonly clock: Clock;
  private readonly listeners = new Set<ChangeListener>();
  private waiters: Waiter[] = [];
  private inbox: LogMessage[] = [];
  private state: 'new' | 'running' | 'stopped' = 'new';
  private working: Promise<void> | undefined;
  private mustRead = false;
  /** Up to here everything wanted has been applied. Without filters this is the world's revision. */
  private complete = 0;
  /** With filters: the last entry of each resource that came over the bus. */
  private readonly seen = new Map<string, number>();
  /** Since the last poll the bus has delivered something new. */
  private delivered = false;
  private polls = 0;
  /** So many polls are still to come in which the bus is not believed. */
  private wary = 0;
  private endPoll: (() => void) | undefined;
  /** What is to be read next is what the bus has kept from us, if there is anything. */
  private suspects = false;
  /** The newest revision that somebody in this process knows, while it waits to be read. */
  private news: number | undefined;
  private endNews: (() => void) | undefined;
  private doubting = false;

  constructor(private readonly options: FollowerOptions) {
    this.clock = options.clock ?? systemClock;
  }

  /** Folds the log up to its head and follows it from there. */
  async start(): Promise<void> {
    const { log } = this.options;
    const present = this.options.present?.();
    const revision = present?.revision ?? (await this.newest()).revision;
    for (const { resource, object } of present?.objects ?? []) this.place(resource, object);
    for await (const page of log.livingAt(revision, present?.sealed ?? this.resources)) {
      for (const living of page) if (this.isWanted(living)) foldEntry(this.world, { ...living, type: 'ADDED' });
    }
    this.advance(revision);
    this.state = 'running';
    this.endNews = this.options.news?.((known) => this.hear(known));
    this.poll();
    this.work();
  }

  stop(): void {
    this.state = 'stopped';
    this.endNews?.();
    this.listeners.clear();
    for (const waiter of this.waiters.splice(0)) waiter.resolve();
  }

  /** Takes what the bus delivers, in any order and any number of times. */
  onMessages(batch: readonly LogMessage[]): void {
    for (const message of batch) this.inbox.push(message);
    this.work();
  }

  /** The bus may have lost something. */
  onBreak(): void {
    this.beWary();
    this.readAgain();
  }

  /** Calls `listener` for every change from now on; the returned function ends that. */
  onChanges(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Resolves when the world has reached this revision, or the follower was stopped. */
  waitFor(revision: number): Promise<void> {
    if (this.world.revision >= revision || this.state === 'stopped') return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.push({ revision, resolve });
      this.doubt();
    });
  }

  /** Resolves when the world has reached the head that the log has now: after it, the world is not older than the call. */
  async catchUp(): Promise<void> {
    await this.waitFor((await this.options.log.head()).revision);
  }

  private get resources(): string[] | undefined {
    const { filters } = this.options;
    return filters && [...new Set(filters.map((filter) => filter.resource))];
  }

  /** One worker at a time, so that entries are applied in order. */
  private work(): void {
    if (this.working || this.state !== 'running') return;
    this.working = this.drain()
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        this.working = undefined;
        if (this.inbox.length > 0 || this.mustRead) this.work();
      });
  }

  private async drain(): Promise<void> {
    while ((this.inbox.length > 0 || this.mustRead) && this.state === 'running') {
      const batch = this.inbox;
      this.inbox = [];
      await this.take(batch);
      if (!this.mustRead) continue;
      const { suspects } = this;
      this.mustRead = this.suspects = false; // before reading: a break that comes meanwhile asks for another round
      const found = await this.readUpTo((await this.newest()).revision);
      if (suspects && found > 0) this.beWary();
    }
  }

  private async newest(): Promise<Head> {
    const head = await this.options.log.head();
    logClock.notBefore(head.at);
    return head;
  }

  /** What is missing is read from the log on the next round, whatever was in hand. */
  private async failed(error: unknown): Promise<void> {
    this.logger.warn(`cannot read the log: ${error instanceof Error ? error.message : String(error)}`);
    await new Promise<void>((resolve) => void this.clock.setTimeout(resolve, RETRY_MS));
    this.mustRead = true;
  }

  private async take(batch: readonly LogMessage[]): Promise<void> {
    let changes: Change[] = [];
    for (const message of batch) {
      if (this.isSeen(message)) continue;
      this.delivered = true;
      if (message.object === undefined || this.isAfterGap(message)) {
        this.publish(changes);
        changes = [];
        await this.readUpTo(message.revision);
        continue;
      }
      const change = this.fold(message as Entry & LogMessage);
      if (this.options.filters) this.seen.set(message.resource, message.revision);
      else this.complete = message.revision;
      if (change) changes.push(change);
    }
    this.publish(changes);
  }

  /**
   * Applies everything wanted between `complete` and `revision`, both from the log and as far as it was not seen. Returns how much that
   * was.
   */
  private async readUpTo(revision: number): Promise<number> {
    let found = 0;
    if (revision <= this.complete) return found;
    const { log, filters } = this.options;
    for await (const page of log.read({ after: this.complete, upTo: revision, ...(filters && { resources: this.resources }) })) {
      const changes: Change[] = [];
      for (const event of page) {
        const change = this.isSeen(event) || !this.isWanted(event) ? undefined : this.fold(event);
        if (change) changes.push(change);
        this.complete = Math.max(this.complete, event.revision);
      }
      found += changes.length;
      this.publish(changes);
    }
    this.advance(revision);
    return found;
  }

  private fold(entry: Entry & { readonly trace?: string; readonly at?: string }): Change | undefined {
    if (tracer && entry.trace) tracer.remember(entry.revision, entry.trace);
    if (entry.at !== undefined) logClock.notBefore(entry.at);
    const object = this.options.shared?.(entry.revision);
    const kind = object && this.world.custom.kindOfEntry(hintOf(entry.resource, object));
    return kind ? this.world.apply(kind, entry.type, object, entry.revision) : foldEntry(this.world, entry);
  }

  private place(resource: string, object: KubeObject): void {
    const kind = this.world.custom.kindOfEntry(hintOf(resource, object));
    if (kind) this.world.apply(kind, 'ADDED', object, Number(object.metadata.resourceVersion));
  }

  private advance(revision: number): void {
    this.complete = Math.max(this.complete, revision);
    this.world.revision = Math.max(this.world.revision, revision);
    this.publish([]);
  }

  private isSeen(entry: { revision: number; resource: string }): boolean {
    return entry.revision <= this.complete || entry.revision <= (this.seen.get(entry.resource) ?? 0);
  }

  /** Filtered streams have holes by nature; there, only a break or the poll tells of a loss. */
  private isAfterGap(message: LogMessage): boolean {
    return !this.options.filters && message.revision > this.complete + 1;
  }

  private isWanted(event: Pick<LogEvent, 'resource' | 'object'>): boolean {
    const { filters } = this.options;
    if (!filters) return true;
    return filters.some(({ resource, route }) => {
      if (resource !== event.resource) return false;
      return route === undefined || (kindOfResource(resource)?.route?.(JSON.parse(event.object)) ?? '_') === route;
    });
  }

  private publish(changes: readonly Change[]): void {
    if (changes.length > 0 && this.state === 'running') for (const listener of this.listeners) listener(changes);
    if (this.waiters.length === 0) return;
    const reached = this.waiters.filter((waiter) => waiter.revision <= this.world.revision);
    if (reached.length === 0) return;
    this.waiters = this.waiters.filter((waiter) => waiter.revision > this.world.revision);
    for (const waiter of reached) waiter.resolve();
  }

  private readAgain(): void {
    this.mustRead = true;
    this.work();
  }

  /** While somebody waits longer than usual, the log is asked. */
  private doubt(): void {
    if (this.doubting) return;
    this.doubting = true;
    this.clock.setTimeout(() => {
      this.doubting = false;
      if (this.waiters.length === 0 || this.state !== 'running') return;
      this.readAgain();
      this.doubt();
    }, DOUBT_AFTER_MS);
  }

  private poll(): void {
    const { pollMs = 1_000 } = this.options;
    this.endPoll = this.clock.setTimeout(
      () => {
        if (this.state !== 'running') return;
        this.polls++;
        this.wary = Math.max(0, this.wary - 1);
        if (this.isDoubtful) {
          this.suspects = true;
          this.readAgain();
        }
        this.delivered = false;
        this.poll();
      },
      this.wary > 0 ? pollMs / WARY_TIMES : pollMs,
    );
  }

  /** A bus that delivers needs no check: a hole would have shown. A silent one is compared with the log. */
  private get isDoubtful(): boolean {
    if (!this.options.filters) return !this.delivered;
    return this.wary > 0 || this.polls % FILTERED_EVERY === 0;
  }

  /**
   * A NATS cluster that has lost the leader of the stream does not break any connection, and its consumers say that they live: only what it
   * has not delivered tells.
   */
  private beWary(): void {
    const wasWary = this.wary > 0;
    this.wary = WARY_POLLS;
    if (wasWary || !this.endPoll || this.state !== 'running') return;
    this.endPoll();
    this.poll();
  }

  private hear(revision: number): void {
    if (this.wary === 0 || revision <= this.complete) return;
    const isWaiting = this.news !== undefined;
    this.news = revision;
    if (isWaiting) return;
    this.clock.setTimeout(() => {
      const known = this.news ?? 0;
      this.news = undefined;
      if (known > this.complete && this.state === 'running') this.readAgain();
    }, NEWS_WITHIN_MS);
  }
}
