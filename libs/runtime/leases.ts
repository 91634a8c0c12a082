import { Logger } from '@nestjs/common';
import type { Client } from 'pg';
import { clientOf, isReplicated, serversOf } from '#lib/log/database/connection';
import { unlessMoved } from '#lib/log/database/primary-search';

/** Work that only one instance may do at a time. */
export interface Duty {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Decides which instance does a duty. */
export interface Leases {
  /** Starts `duty` when no other instance holds `name`, at once or whenever that is; stops it when the lease is lost. */
  hold(name: string, duty: Duty): void;
  /** Stops all duties and lets go of their names. */
  close(): Promise<void>;
}

const TRY_EVERY_MS = 500;
/** After a loss: the others look for the next server, too. */
const AGAIN_AFTER_MS = 100;
const ANSWER_WITHIN_MS = 4_000;

/**
 * Leases as advisory locks of one PostgreSQL session: they end with it, so a standby takes over within half a second of a crash.
 * When a whole machine vanishes the server finds out by keepalives after nine seconds; by then the holder, who asks twice a
 * second and waits four for an answer, has stopped by itself.
 */
export class PostgresLeases implements Leases {
  private readonly logger = new Logger('Leases');
  private readonly duties = new Map<string, { duty: Duty; held: boolean }>();
  private client: Client | undefined;
  private turn = Promise.resolve();
  private readonly timer: NodeJS.Timeout;
  private closed = false;
  /** It was said that they are. */
  private isLost = false;

  /** Of several servers, one that was deposed while it slept could still answer a read; a commit it gets done no more. */
  private readonly stillThere: string;

  constructor(private readonly databaseUrl: string) {
    this.stillThere = isReplicated(databaseUrl) ? "SELECT pg_logical_emit_message(true, 'decklog', '')" : 'SELECT 1';
    this.timer = setInterval(() => this.schedule(), TRY_EVERY_MS);
    this.timer.unref();
  }

  hold(name: string, duty: Duty): void {
    this.duties.set(name, { duty, held: false });
    this.schedule();
  }

  /** True while this instance has that duty. */
  holds(name: string): boolean {
    return this.duties.get(name)?.held ?? false;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.turn;
    await this.letGo();
  }

  /** One round at a time. */
  private schedule(): void {
    this.turn = this.turn.then(() => (this.closed ? undefined : this.round()));
  }

  private async round(): Promise<void> {
    try {
      const client = this.client ?? (await this.connect());
      await unlessMoved(serversOf(this.databaseUrl), client.query(this.stillThere)); // a holder must notice that its session is gone
      this.isLost = false;
      await this.begin(await this.taken(client));
    } catch (error) {
      if (!this.isLost) this.logger.warn(`leases lost: ${error instanceof Error ? error.message : String(error)}`);
      this.isLost = true;
      await this.letGo();
      setTimeout(() => this.schedule(), AGAIN_AFTER_MS).unref();
    }
  }

  /** Names that were free, and are ours now. */
  private async taken(client: Client): Promise<string[]> {
    const wanted = [...this.duties].filter(([, { held }]) => !held).map(([name]) => name);
    if (wanted.length === 0) return [];
    const { rows } = await client.query<{ name: string; held: boolean }>(
      "SELECT name, pg_try_advisory_lock(hashtextextended('decklog/duty/' || name, 0)) AS held FROM unnest($1::text[]) AS name",
      [wanted],
    );
    return rows.filter(({ held }) => held).map(({ name }) => name);
  }

  /** All at once: each of them first reads up to the head of the log. A failure is told when none of them is still at it. */
  private async begin(names: readonly string[]): Promise<void> {
    const begun = names.map((name) => {
      const entry = this.duties.get(name) as { duty: Duty; held: boolean };
      entry.held = true;
      return entry.duty.start();
    });
    const failed = (await Promise.allSettled(begun)).find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private async connect(): Promise<Client> {
    const client = clientOf(this.databaseUrl, {
      application_name: 'decklog leases',
      keepAlive: true,
      query_timeout: ANSWER_WITHIN_MS,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
    });
    client.on('error', () => this.client === client && this.schedule());
    this.client = client;
    await client.connect();
    await client.query('SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 2');
    return client;
  }

  /** Stops first and ends the session afterwards: the next holder starts only when this one writes no more. */
  private async letGo(): Promise<void> {
    const held = [...this.duties.values()].filter((entry) => entry.held);
    await Promise.all(held.map((entry) => entry.duty.stop().catch((error: unknown) => this.logger.error(error))));
    for (const entry of held) entry.held = false;
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }
}

/** For a process that is the only one: every duty starts at once. */
export class SoleHolder implements Leases {
  private readonly logger = new Logger('Leases');
  private readonly duties: Duty[] = [];

  hold(_name: string, duty: Duty): void {
    this.duties.push(duty);
    duty.start().catch((error: unknown) => this.logger.error(error));
  }

  async close(): Promise<void> {
    await Promise.all(this.duties.splice(0).map((duty) => duty.stop()));
  }
}
