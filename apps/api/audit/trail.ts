import { Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { RequestLog, RequestRecord } from '#lib/log/request-log';

/**
 * Records that wait at most. At 250 bytes each a megabyte or two; when the database is away longer than that lasts, records are dropped and
 * counted.
 */
const MAX_WAITING = 10_000;
const BATCH = 1_000;
const FLUSH_MS = 250;
/** The database is away: no hurry. */
const RETRY_MS = 2_000;

const recorded = new Counter({ name: 'decklog_audit_recorded_total', help: 'Requests that were recorded.' });
const dropped = new Counter({ name: 'decklog_audit_dropped_total', help: 'Requests that could not be recorded because too many waited.' });

/** Takes records from requests, which never wait for it, and writes them in the background. */
export class AuditTrail {
  private readonly logger = new Logger('audit');
  private waiting: RequestRecord[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly log: RequestLog) {}

  add(record: RequestRecord): void {
    if (this.waiting.length >= MAX_WAITING) return dropped.inc();
    this.waiting.push(record);
    if (!this.timer && !this.closed) this.later(FLUSH_MS);
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    await this.writing;
    this.writing = this.write();
    await this.writing;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.flush();
  }

  private later(ms: number): void {
    this.timer = setTimeout(() => void this.flush(), ms);
    this.timer.unref();
  }

  private async write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, BATCH);
      try {
        await this.log.write(batch);
      } catch (error) {
        this.logger.warn(`requests cannot be recorded: ${(error as Error).message}`);
        if (!this.closed) this.later(RETRY_MS);
        return;
      }
      this.waiting.splice(0, batch.length);
      recorded.inc(batch.length);
    }
  }
}
