import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { unavailable } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import { AppendUnknown, HeadMoved, type Actor, type DecisionInfo, type EventLog, type NewEvent, type RequestInfo } from '#lib/log/log';
import type { Sealer } from '#lib/log/secret/seal';
import { tracer } from '#lib/runtime/tracing/tracer';
import { entryText } from '../world/entry-text';
import { rememberBytes } from '../world/wire';
import type { LiveWorld } from '../world/live-world';
import { traceAppend } from './append-span';
import { View, type Wish } from './view';

/** Who asks and why: what every entry of one request has in common. */
export interface Origin {
  readonly actor: Actor;
  readonly request: RequestInfo;
  readonly cause?: readonly number[];
  readonly trace?: string;
}

/** A wish with what is its own among the wishes of its request. */
export interface OriginatedWish extends Wish {
  readonly request?: Partial<RequestInfo>;
  readonly cause?: readonly number[];
  readonly decision?: DecisionInfo;
}

/**
 * Decides a request against the view: puts its changes there through `write`, or throws an ApiError. It may run again when
 * another writer was faster, so it must not change anything else.
 */
export type Attempt<R> = (view: View, write: (wish: OriginatedWish) => void) => R;

interface Job {
  readonly origin: Origin;
  readonly attempt: Attempt<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Decided {
  readonly job: Job;
  readonly result: unknown;
}

const NOBODY: Origin = { actor: { user: '' }, request: { id: '', verb: '' } };

const RETRY_AFTER_SECONDS = 1;

/** How often it is asked what became of an append, until the log answers. */
const LEARN_EVERY_MS = 500;

/** Requests in one transaction. Larger ones only add waiting: at 256 the commit is below a tenth of the work around it. */
const MAX_BATCH = 256;

/**
 * The one place where the log is written. Requests that arrive while a batch is being committed form the next batch (group
 * commit). Each is decided against the world at the head plus the batch so far, so that uniqueness and versions are checked in
 * memory; a refusal by the log (another writer moved the head) means: catch up and decide all of them again.
 */
export class Writer {
  private readonly logger = new Logger('writer');
  private queue: Job[] = [];
  private running = false;
  private behind = false;
  private learning = false;

  constructor(
    private readonly log: EventLog,
    private readonly world: LiveWorld,
    private readonly sealer: Sealer,
  ) {}

  submit<R>(origin: Origin, attempt: Attempt<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.queue.push({ origin, attempt, resolve: resolve as (result: unknown) => void, reject });
      if (!this.running) void this.run();
    });
  }

  /** Takes in what others wrote, between two batches, so that nothing is applied twice. */
  async refresh(): Promise<void> {
    this.behind = true;
    await this.submit(NOBODY, () => undefined);
  }

  /** Decides without writing: dry run. What is not written keeps the version it has; what does not exist has none. */
  rehearse<R>(attempt: Attempt<R>): R {
    const view = new View(this.world);
    view.begin();
    return attempt(view, (wish) => {
      const { metadata } = wish.object;
      const known = view.get(wish.kind, metadata.namespace ?? '', metadata.name);
      if (known) setRevision(wish.object, known.metadata.resourceVersion);
      view.put(wish);
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    await null; // requests of the same tick join the first batch
    while (this.queue.length > 0) {
      const jobs = this.queue.splice(0, MAX_BATCH);
      try {
        await this.commit(jobs);
      } catch (error) {
        this.refuse(jobs, error as Error);
      }
    }
    this.running = false;
  }

  /**
   * Those that wait are told too, instead of being tried, each as long, one batch after the other. Nothing of theirs was done: they may ask
   * again.
   */
  private refuse(jobs: readonly Job[], error: Error): void {
    this.logger.error(`append failed: ${error.message}`);
    const isUnknown = error instanceof AppendUnknown;
    const refusal = unavailable(`the event log cannot be written: ${error.message}`, isUnknown ? undefined : RETRY_AFTER_SECONDS);
    for (const job of jobs) job.reject(refusal);
    if (!isUnknown) return;
    for (const job of this.queue.splice(0)) job.reject(unavailable('the event log cannot be written', RETRY_AFTER_SECONDS));
    void this.learn();
  }

  /** What became of it: where nobody else writes, nothing but the next write would tell, and watches would lack that entry until then. */
  private async learn(): Promise<void> {
    if (this.learning) return;
    this.learning = true;
    await this.refresh().catch(() => undefined);
    while (this.behind) {
      await sleep(LEARN_EVERY_MS, undefined, { ref: false });
      if (this.behind) await this.refresh().catch(() => undefined);
    }
    this.learning = false;
  }

  /** Whoever learns of something new while this reads is not served by it: it may have read past that place already. */
  private async takeIn(): Promise<void> {
    this.behind = false;
    await this.catchUp().catch((error: Error) => {
      this.behind = true;
      throw error;
    });
  }

  /**
   * A log that ends before what was read from it has lost entries (a backup was restored, a disk lied): deciding again would go on for
   * ever.
   */
  private async catchUp(): Promise<void> {
    const seen = this.world.revision;
    await this.world.catchUp();
    if (this.world.revision > seen) return;
    const { revision } = await this.log.head();
    if (revision < seen)
      throw new Error(
        `it ends at revision ${revision}, and this server has seen ${seen}. If a backup was restored, start the server again`,
      );
  }

  private async commit(jobs: readonly Job[]): Promise<void> {
    for (;;) {
      if (this.behind) await this.takeIn();
      const head = this.world.revision;
      const { decided, wishes, events } = this.decide(jobs, head);
      if (events.length > 0) {
        const began = tracer && Date.now();
        try {
          await this.sealSecrets(wishes, events);
          await this.log.append(head, events);
          if (began !== undefined) traceAppend(events, began);
        } catch (error) {
          if (!(error instanceof HeadMoved)) throw error;
          this.behind = true;
          continue;
        }
        wishes.forEach((wish, i) => {
          this.world.decisions.note(events[i]?.decision, head + 1 + i);
          this.world.commit(wish.kind, wish.type, wish.object, head + 1 + i);
        });
        this.world.checkpointIfDue();
      }
      for (const { job, result } of decided) {
        if (result instanceof Error) job.reject(result);
        else job.resolve(result);
      }
      return;
    }
  }

  private decide(jobs: readonly Job[], head: number): { decided: Decided[]; wishes: Wish[]; events: NewEvent[] } {
    const view = new View(this.world);
    const decided: Decided[] = [];
    const wishes: Wish[] = [];
    const events: NewEvent[] = [];
    for (const job of jobs) {
      const mark = events.length;
      view.begin();
      try {
        const result = job.attempt(view, (wish) => {
          events.push(eventOf(wish, job.origin, head + 1 + events.length));
          wishes.push(wish);
          view.put(wish);
        });
        decided.push({ job, result });
      } catch (error) {
        view.undo();
        events.length = wishes.length = mark;
        decided.push({ job, result: error instanceof Error ? error : new Error(String(error)) });
      }
    }
    return { decided, wishes, events };
  }

  /** Secret material is encrypted before it leaves this process; everything else passes untouched. */
  private async sealSecrets(wishes: readonly Wish[], events: NewEvent[]): Promise<void> {
    for (let i = 0; i < wishes.length; i++) {
      const wish = wishes[i] as Wish;
      if (!this.sealer.seals(wish.kind)) continue;
      events[i] = { ...(events[i] as NewEvent), object: JSON.stringify(await this.sealer.seal(wish.object)), bytes: undefined };
    }
  }
}

function eventOf(wish: OriginatedWish, origin: Origin, revision: number): NewEvent {
  const { object } = wish;
  setRevision(object, String(revision));
  const text = entryText(object, wish.specText);
  const bytes = rememberBytes(object, text);
  return {
    revision,
    type: wish.type,
    resource: wish.kind.resource,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    uid: object.metadata.uid,
    object: text,
    bytes,
    actor: origin.actor,
    request: wish.request ? { ...origin.request, ...wish.request } : origin.request,
    cause: wish.cause ?? origin.cause ?? [],
    decision: wish.decision,
    trace: origin.trace,
  };
}

function setRevision(object: KubeObject, revision: string): void {
  object.metadata.resourceVersion = revision;
}
