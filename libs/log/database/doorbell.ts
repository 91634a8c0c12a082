import type { Pool, PoolClient } from 'pg';
import { CHANNEL } from './queries';

const RECONNECT_AFTER_MS = 500;

/**
 * One ConfigMap after the other took 1.9 ms each (p50) with the followers' work between them; with that done while the database works on
 * the next, and what else changed with it, 1.5.
 */
const SOON_MS = 1;

/**
 * Tells when the log may have grown: LISTEN on a connection of its own. It may ring too often, and be silent while it reconnects,
 * so whoever waits for it also looks by himself from time to time.
 */
export class Doorbell {
  private rung = 0;
  private readonly waiting = new Set<() => void>();
  private client: PoolClient | undefined;
  private listening: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly pool: Pool,
    /** Whether a head of this revision is no news: this process appended it itself, and rings then. */
    private readonly isKnown: (revision: number) => boolean = () => false,
    /**
     * False where nobody else writes: each append would tell only its own writer, who knows; heard or not is 0.04 ms of the database's
     * time.
     */
    private readonly listens = true,
  ) {}

  /** How often it has rung: read it before looking into the log, and give it to `wait` after that. */
  get count(): number {
    return this.rung;
  }

  /** Resolves once it has rung since `count`, after `ms`, or when `signal` aborts. */
  async wait(count: number, ms: number, signal: AbortSignal): Promise<void> {
    if (this.listens) this.listening ??= this.listen();
    if (count !== this.rung || signal.aborted || this.closed) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal.addEventListener('abort', wake);
      this.waiting.add(wake);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.soon);
    this.ring();
    await this.listening;
    this.client?.release(true); // a connection that listens is of no use to others
    this.client = undefined;
  }

  private async listen(): Promise<void> {
    let client: PoolClient | undefined;
    try {
      client = await this.pool.connect();
      if (this.closed) return client.release();
      const own = client;
      this.client = own;
      own.on('error', () => this.lost(own));
      own.on('notification', ({ payload }) => {
        if (!this.isKnown(Number(payload))) this.ring();
      });
      await own.query(`LISTEN ${CHANNEL}`);
      this.ring(); // what came before LISTEN took hold was not heard
    } catch {
      if (client) this.lost(client);
      else this.listenLater();
    }
  }

  private lost(client: PoolClient): void {
    if (this.client !== client) return;
    this.client = undefined;
    client.release(true);
    this.listenLater();
  }

  private listenLater(): void {
    if (this.closed) return;
    this.retry = setTimeout(() => (this.listening = this.listen()), RECONNECT_AFTER_MS);
    this.retry.unref();
  }

  /**
   * Rings a moment later, unless `ringNow` comes first: what followers do for an entry must not hold up the answer to who wrote it, nor his
   * next request.
   */
  ringSoon(): void {
    this.soon ??= setTimeout(() => this.ringNow(), SOON_MS);
  }

  /** Rings if `ringSoon` was called. */
  ringNow(): void {
    if (!this.soon) return;
    clearTimeout(this.soon);
    this.soon = undefined;
    this.ring();
  }

  /** Wakes everybody who waits. */
  ring(): void {
    this.rung++;
    for (const wake of [...this.waiting]) wake();
  }
}
