import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { kindOfResource } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import type { Bus, LogMessage } from '#lib/bus/bus';
import type { EventLog, LogEvent } from '#lib/log/log';
import type { Duty } from '#lib/runtime/leases';

/** Further behind than this the relay skips: whoever missed so much reads the log, which is faster than any stream. */
const MAX_BEHIND = 20_000;

const CHECK_EVERY_MS = 2_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/** What the relay needs, and how patient it is. */
export interface RelayOptions {
  readonly log: Pick<EventLog, 'head' | 'follow' | 'event'>;
  readonly bus: Pick<Bus, 'publish' | 'lastRevision'>;
  /**
   * The object of an entry when somebody in this process has it already: a pod need not be parsed to know its node (18 to 27 µs in profiles
   * under load). Default: none.
   */
  readonly shared?: (revision: number) => KubeObject | undefined;
  /** How often it looks whether the stream still has what was published. Default 2,000. */
  readonly checkEveryMs?: number;
}

/**
 * Publishes the log's entries to the bus, in revision order. It owns nothing and keeps nothing: where it goes on is what the
 * stream's newest message says. Entries are numbered without holes, so a consumer sees what the bus lost and reads it from the log;
 * it only has to be sent something newer than the loss, which is what happens after a stream was deleted.
 */
export class Relay implements Duty {
  private readonly logger = new Logger('Relay');
  private running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  private last = 0;

  constructor(private readonly options: RelayOptions) {}

  /** The last revision that was published; 0 before the first. */
  get published(): number {
    return this.last;
  }

  /** Begins to publish, in the background. */
  async start(): Promise<void> {
    if (this.running) return;
    const stop = new AbortController();
    this.running = { stop, ended: this.run(stop.signal) };
  }

  /** Ends it. A message that is on its way may still arrive: the next holder drops it by its id, consumers by its revision. */
  async stop(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    running?.stop.abort();
    await running?.ended;
  }

  private async run(stop: AbortSignal): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!stop.aborted) {
      const round = new AbortController();
      const end = (): void => round.abort();
      stop.addEventListener('abort', end);
      const before = this.last;
      try {
        await unlessAborted(stop, this.publishFrom(await this.position(), round, stop));
        continue;
      } catch (error) {
        if (!stop.aborted) this.logger.warn(`cannot publish: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        stop.removeEventListener('abort', end);
        round.abort();
      }
      pause = this.last > before ? FIRST_PAUSE_MS : Math.min(pause * 2, MAX_PAUSE_MS);
      await sleep(pause, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  /** Publishes what comes after `position`, until `round` ends because the stream lost what it had. */
  private async publishFrom(position: number, round: AbortController, stop: AbortSignal): Promise<void> {
    this.last = position;
    const watching = this.watchStream(round, stop);
    for await (const page of this.options.log.follow(position, round.signal)) {
      await this.options.bus.publish(this.options.shared ? page.map((entry) => this.routed(entry)) : page);
      if (round.signal.aborted) break;
      this.last = (page.at(-1) as LogEvent).revision;
    }
    await watching;
  }

  private routed(entry: LogEvent): LogMessage {
    const kind = kindOfResource(entry.resource);
    const object = kind?.route && this.options.shared?.(entry.revision);
    if (!kind?.route || !object) return entry;
    const { revision, type, resource, namespace, name, uid, at, object: text, bytes, trace } = entry;
    return { revision, type, resource, namespace, name, uid, at, object: text, bytes, trace, route: kind.route(object) };
  }

  /** Ends the round when the stream no longer has the last message. Also when all aged away: then one is sent again, no harm. */
  private async watchStream(round: AbortController, stop: AbortSignal): Promise<void> {
    const { bus, checkEveryMs = CHECK_EVERY_MS } = this.options;
    while (!round.signal.aborted) {
      await sleep(checkEveryMs, undefined, { signal: round.signal }).catch(() => undefined);
      if (stop.aborted || round.signal.aborted) return;
      const published = this.last;
      const newest = await bus.lastRevision().catch(() => published);
      if (newest >= published) continue;
      this.logger.warn(`the stream ends at ${newest}, but ${published} was published: going back`);
      round.abort();
    }
  }

  /** The revision after which to publish. At least the newest entry is sent when the stream does not have it. */
  private async position(): Promise<number> {
    const { log, bus } = this.options;
    const [newest, head] = [await bus.lastRevision(), await log.head()];
    // Messages beyond the head are those of another log that used this NATS before.
    if (newest >= head.revision) return head.revision;
    if (newest > 0) return Math.max(newest, head.revision - MAX_BEHIND);
    const known = Math.min(this.last, head.revision);
    return Math.max(0, (known > 0 ? known : head.revision) - 1, head.revision - MAX_BEHIND);
  }
}

/** Resolves also when the signal aborts: a publish that waits for a bus that is away must not hold up the end. */
function unlessAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = (): void => resolve();
    signal.addEventListener('abort', end);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
