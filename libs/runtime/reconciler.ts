import { Logger } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { NoAnswer } from '#lib/bus/bus';
import { componentOf, isWorldController, type Controller } from '#lib/reconcile/controller';
import { decideOn, factsFor, keysWokenBy, objectOf, sentCommands, wakeTime, wokenAtStart, type SentCommand } from '#lib/reconcile/decide';
import type { Change } from '#lib/reconcile/world';
import { Backoff } from './backoff';
import { systemClock, type Clock } from './clock';
import { failureOf, isNews, toRequest, type CommandSink } from './execute';
import type { Follower } from './follow';
import * as metrics from './metrics';
import { traced } from './tracing/reconcile-span';
import { tracer } from './tracing/tracer';
import { MAX_CAUSES, WorkQueue, type Work } from './work-queue';

/** What the loop needs around a controller. */
export interface ReconcilerOptions {
  readonly controller: Controller;
  readonly follower: Pick<Follower, 'world' | 'waitFor' | 'catchUp'>;
  readonly send: CommandSink;
  readonly clock?: Clock;
  /** Keys in flight at once; each mostly waits for the API server. Default 64. World controllers always have one. */
  readonly concurrency?: number;
  /** Version of the deciding code, for the log. */
  readonly version: string;
}

/** `news`: the world was not what the decision thought; decide again soon. */
type Outcome = { readonly result: 'done' | 'news' } | { readonly result: 'error'; readonly why: string };

const DONE: Outcome = { result: 'done' };
const STOP_WITHIN_MS = 5_000;

/**
 * The loop that runs any controller: wake → wait for the own last write → gather → decide → send → done, again, or wake at.
 * A key is decided on only in a world that holds what the last decision on it wrote, so no controller needs expectations.
 */
export class Reconciler {
  private readonly logger: Logger;
  private readonly clock: Clock;
  private readonly queue: WorkQueue;
  private readonly backoff = new Backoff();
  private readonly concurrency: number;
  /** The last revision that a decision on this key wrote, until the world has it. */
  private readonly written = new Map<string, number>();
  /** Keys whose last request got no answer: it may have been carried out, so only the log's head tells. */
  private readonly unsure = new Set<string>();
  /** Causes of decisions that are still to be carried out: refused ones, and those put off until a time. */
  private readonly owed = new Map<string, readonly number[]>();
  /** What woke the decision that asked for a time. When nothing but the clock wakes the next one, that is its cause too. */
  private readonly asked = new Map<string, readonly number[]>();
  /** Looked up once: a labelled metric takes a microsecond to find. */
  private readonly woken: Counter.Internal;
  private readonly worked: Histogram.Internal<'name'>;
  private active = false;
  private pumping = false;

  constructor(private readonly options: ReconcilerOptions) {
    const { controller } = options;
    this.logger = new Logger(controller.name);
    this.clock = options.clock ?? systemClock;
    this.concurrency = isWorldController(controller) ? 1 : (options.concurrency ?? 64);
    this.woken = metrics.queueAdds.labels(controller.name);
    this.worked = metrics.workSeconds.labels(controller.name);
    this.queue = new WorkQueue(this.clock, () => this.pump());
  }

  /** True when nothing waits, nothing is in flight and nothing is to be done later. */
  get idle(): boolean {
    return this.queue.idle;
  }

  /**
   * Decides on everything there is, then on what changes. The world is brought up to the log's head first: another instance may have
   * written.
   */
  async start(): Promise<void> {
    const { controller, follower } = this.options;
    await follower.catchUp();
    this.active = true;
    for (const [key, cause] of [...wokenAtStart(controller, follower.world)]) this.queue.add(key, cause);
  }

  /** Takes no more keys and resolves when the decisions in flight are through, or after five seconds. */
  async stop(): Promise<void> {
    this.active = false;
    this.queue.clear();
    const deadline = this.clock.now().getTime() + STOP_WITHIN_MS;
    while (this.queue.inWork > 0 && this.clock.now().getTime() < deadline) {
      await new Promise<void>((resolve) => void this.clock.setTimeout(resolve, 10));
    }
  }

  /** Decides on `key` as soon as possible: for facts that no log entry announces. */
  wakeKey(key: string): void {
    if (this.active) this.queue.add(key);
  }

  /** Takes what has changed in the world. Before `start` and after `stop` it is of no interest: a start looks at everything. */
  wake(changes: readonly Change[]): void {
    if (!this.active) return;
    let woken = 0;
    for (const change of changes) {
      for (const key of this.wokenBy(change)) {
        this.queue.add(key, change.revision);
        woken++;
      }
    }
    if (woken > 0) this.woken.inc(woken);
    metrics.queueDepth.set({ name: this.options.controller.name }, this.queue.depth);
  }

  private wokenBy(change: Change): Iterable<string> {
    try {
      return keysWokenBy(this.options.controller, change, this.options.follower.world);
    } catch (error) {
      this.logger.error(`revision ${change.revision} wakes nobody: ${stackOf(error)}`);
      return [];
    }
  }

  /** Starts work a microtask later, so that all changes of one batch have named their keys before the first decision. */
  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    queueMicrotask(() => {
      this.pumping = false;
      while (this.active && this.queue.inWork < this.concurrency) {
        const work = this.queue.take();
        if (!work) return;
        void this.process(work);
      }
    });
  }

  private async process({ key, causes }: Work): Promise<void> {
    const { controller } = this.options;
    const endTimer = metrics.reconcileSeconds.startTimer({ controller: controller.name });
    let all = this.withOwed(key, causes);
    if (all.length === 0) all = this.asked.get(key) ?? [];
    this.asked.delete(key);
    let outcome: Outcome;
    try {
      if (await this.ownWrites(key)) all = merged(all, this.queue.absorb(key));
      outcome = await this.decide(key, all);
    } catch (error) {
      if (error instanceof NoAnswer && !error.undelivered) this.unsure.add(key);
      outcome = { result: 'error', why: error instanceof NoAnswer ? error.message : stackOf(error) };
    }
    this.worked.observe(endTimer());
    this.conclude(key, all, outcome);
    this.queue.done(key);
    this.pump();
  }

  private conclude(key: string, causes: readonly number[], outcome: Outcome): void {
    const controller = this.options.controller.name;
    const label = outcome.result === 'done' ? 'success' : outcome.result === 'news' ? 'requeue' : 'error';
    metrics.reconciles.inc({ controller, result: label });
    if (outcome.result === 'done') return this.backoff.reset(key);
    this.owed.set(key, causes);
    const delay = this.backoff.next(key);
    metrics.queueRetries.inc({ name: controller });
    if (outcome.result === 'error') {
      metrics.reconcileErrors.inc({ controller });
      this.logger.warn(`${key === '' ? 'decision' : key}: ${outcome.why}; again in ${delay} ms`);
    }
    if (this.active) this.queue.addAfter(key, delay);
  }

  /**
   * Waits until the world holds what the last decision on this key wrote. True when that took time, in which the key may have been woken
   * again.
   */
  private async ownWrites(key: string): Promise<boolean> {
    const { follower } = this.options;
    const unsure = this.unsure.has(key);
    if (unsure) await follower.catchUp();
    this.unsure.delete(key);
    const revision = this.written.get(key) ?? 0;
    const late = revision > follower.world.revision;
    if (late) await follower.waitFor(revision);
    this.written.delete(key);
    if (unsure || late) await nextTurn(); // for the changes to arrive that the world holds
    return unsure || late;
  }

  private async decide(key: string, causes: readonly number[]): Promise<Outcome> {
    const { controller, follower, version } = this.options;
    const { world } = follower;
    const now = this.clock.now();
    const began = performance.now();
    const gathered = factsFor(controller, key, world, now);
    const facts = gathered instanceof Promise ? await gathered : gathered;
    if (!this.active) return DONE; // stopped meanwhile: the next instance decides
    const commands = decideOn(controller, key, world, now, facts);
    const at = wakeTime(commands);
    if (at) {
      this.queue.addAt(key, at);
      this.asked.set(key, causes);
    }
    const sent = sentCommands(commands);
    if (sent.length === 0) {
      if (at && causes.length > 0) this.owed.set(key, causes);
      return DONE;
    }
    const request = toRequest(controller, sent, {
      key,
      world: world.revision,
      now,
      facts,
      causes: causes.length > 0 ? causes : [this.lookedAt(key)],
      version,
    });
    const outcome = tracer ? traced(tracer, request, (one) => this.carryOut(key, sent, one)) : this.carryOut(key, sent, request);
    return isWorldController(controller) && controller.attempts ? this.counted(outcome, controller.attempts(commands), began) : outcome;
  }

  private async counted(deciding: Promise<Outcome>, attempts: Readonly<Record<string, number>>, began: number): Promise<Outcome> {
    const outcome = await deciding;
    const counts = outcome.result === 'done' ? attempts : { error: 1 };
    metrics.countAttempts(componentOf(this.options.controller), counts, (performance.now() - began) / 1000);
    return outcome;
  }

  /** What a decision comes from that a timer woke whose reason is over: as at a start, the last entry of what it looks at. */
  private lookedAt(key: string): number {
    const { controller, follower } = this.options;
    return Number(objectOf(controller, key, follower.world)?.metadata.resourceVersion ?? follower.world.revision);
  }

  private async carryOut(key: string, sent: readonly SentCommand[], request: Parameters<CommandSink>[0]): Promise<Outcome> {
    for (const command of sent) metrics.commandsSent.inc({ controller: request.controller, do: command.do });
    const reply = await this.options.send(request);
    if (reply.revision > 0) this.written.set(key, reply.revision);
    const failure = failureOf(reply);
    if (!failure) return DONE;
    const { reason, message } = failure.status;
    return isNews(reason) ? { result: 'news' } : { result: 'error', why: message ?? reason ?? 'refused' };
  }

  private withOwed(key: string, causes: readonly number[]): readonly number[] {
    const owed = this.owed.get(key);
    if (!owed) return causes;
    this.owed.delete(key);
    return merged(owed, causes);
  }
}

const merged = (some: readonly number[], more: readonly number[]): readonly number[] =>
  [...new Set([...some, ...more])].sort((a, b) => a - b).slice(-MAX_CAUSES);

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A throw from a controller is a bug there: say where. */
const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
