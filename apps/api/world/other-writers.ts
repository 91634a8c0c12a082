import type { EventLog } from '#lib/log/log';
import type { Writer } from '../write/writer';
import type { LiveWorld } from './live-world';

/** How often the log is asked whether somebody else wrote. */
const LOOK_EVERY_MS = 500;

/** So long after a foreign write, reads ask first. Alone, they never do. */
const REMEMBER_MS = 60_000;

/**
 * Keeps the world of one API server current when others write the same log. As long as nobody else does, it costs one small
 * query twice a second; once somebody did, a read that must not be stale confirms the head first (many reads share one question).
 */
export class OtherWriters {
  private lastSeen = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly log: EventLog,
    private readonly world: LiveWorld,
    private readonly writer: Writer,
  ) {
    this.timer = setInterval(() => void this.catchUp().catch(() => undefined), LOOK_EVERY_MS); // a log that is away shows in /readyz
    this.timer.unref();
  }

  /** Before a read that must see everything acknowledged so far, by whomever. Undefined: nobody else writes, read at once. */
  confirm(): Promise<void> | undefined {
    if (performance.now() - this.lastSeen > REMEMBER_MS) return undefined;
    this.asking ??= this.catchUp().finally(() => (this.asking = undefined));
    return this.asking;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async catchUp(): Promise<void> {
    const { revision } = await this.log.head();
    if (revision <= this.world.revision) return;
    if (await this.writer.refresh()) this.lastSeen = performance.now();
  }
}
