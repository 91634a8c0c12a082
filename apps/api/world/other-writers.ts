import type { EventLog } from '#lib/log/log';
import type { Presence } from '#lib/log/write/presence';
import { LEASE_MS } from '#lib/log/write/read-lease';
import type { Writer } from '../write/writer';
import type { LiveWorld } from './live-world';

/** How often this server looks whether somebody else is there, and wrote. */
const LOOK_EVERY_MS = 500;

/**
 * Keeps the world of one API server current when others write the same log, and knows when it may be trusted. Alone, it has the read lease:
 * that costs one small query twice a second, and reads are served at once. As soon as another one is present, and whenever that cannot be
 * told, whoever must not be given something stale confirms the head first (many share one question).
 */
export class OtherWriters {
  /** When the look that showed the lease was begun. */
  private leasedAt = Number.NEGATIVE_INFINITY;
  private coming: Promise<void> | undefined;
  private asking: Promise<unknown> = Promise.resolve();
  private looking = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: Pick<EventLog, 'head'>,
    private readonly presence: Presence,
    private readonly world: LiveWorld,
    private readonly writer: Pick<Writer, 'refresh'>,
  ) {}

  /** Once the world is loaded: two that fold into it at the same time would give it older versions after newer ones. */
  begin(): void {
    this.timer = setInterval(() => void this.look().catch(() => undefined), LOOK_EVERY_MS); // a log that is away shows in /readyz
    this.timer.unref();
  }

  /**
   * Before the first write, and while the world is being loaded: others that rely on being alone need a moment to learn that they are not.
   */
  introduce(): Promise<void> {
    return this.presence.arrive();
  }

  /**
   * Before an answer that must hold everything acknowledged so far, by whomever. Undefined: nobody else writes, the world is the newest
   * there is.
   */
  confirm(): Promise<void> | undefined {
    if (performance.now() - this.leasedAt < LEASE_MS) return undefined;
    // Whoever comes while a question is under way waits for the next one: what was answered before he asked may be older than what he
    // knows.
    this.coming ??= this.asking.then(() => {
      this.coming = undefined;
      const asked = this.catchUp();
      this.asking = asked.catch(() => undefined);
      return asked;
    });
    return this.coming;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.leasedAt = Number.NEGATIVE_INFINITY;
    await this.presence.close();
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const at = performance.now();
    try {
      const { revision, lease } = await this.presence.look();
      if (lease !== 'ours') this.leasedAt = Number.NEGATIVE_INFINITY;
      if (lease === 'wanted') await this.presence.giveBack();
      await this.takeIn(revision); // what others wrote before it was ours
      if (lease === 'ours') this.leasedAt = at;
    } finally {
      this.looking = false;
    }
  }

  private async catchUp(): Promise<void> {
    await this.takeIn((await this.log.head()).revision);
  }

  private async takeIn(revision: number): Promise<void> {
    if (revision > this.world.revision) await this.writer.refresh();
  }
}
