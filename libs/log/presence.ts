import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { clientOf } from './connection';

/** What a look shows. */
export interface Look {
  /** Of the log's head. */
  readonly revision: number;
  /** How many others are present. */
  readonly others: number;
}

/** Who else writes the log at this moment. */
export interface Presence {
  /** @throws when the database does not answer: then nothing is known. */
  look(): Promise<Look>;
  close(): Promise<void>;
}

const ANSWER_WITHIN_MS = 4_000;

const KEY = "hashtextextended('decklog/writer', 0)";

/** Holders of a shared advisory lock on the key, other than this session. A bigint key stands in pg_locks in two halves. */
const LOOK = `
  SELECT (SELECT revision::int FROM head) AS revision,
         (SELECT count(*)::int FROM pg_locks
          WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND pid <> pg_backend_pid()
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (classid::bigint << 32) | objid::bigint = ${KEY}) AS others`;

/**
 * Presence as a shared advisory lock of one PostgreSQL session: whoever ends, or loses the session, is not present any more. It is taken
 * before the first look, so of two that come at the same time at least one sees the other.
 */
export class PostgresPresence implements Presence {
  private client: Client | undefined;
  private closed = false;

  constructor(private readonly databaseUrl: string) {}

  async look(): Promise<Look> {
    const client = this.client ?? (await this.join());
    try {
      const { rows } = await client.query<Look>(LOOK);
      return rows[0] as Look;
    } catch (error) {
      this.leave(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const { client } = this;
    this.client = undefined;
    if (client) await Promise.race([client.end().catch(() => undefined), sleep(ANSWER_WITHIN_MS, undefined, { ref: false })]);
  }

  private async join(): Promise<Client> {
    const client = clientOf(this.databaseUrl, {
      application_name: 'decklog presence',
      keepAlive: true,
      query_timeout: ANSWER_WITHIN_MS,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
    });
    client.on('error', () => this.leave(client));
    try {
      await client.connect();
      await client.query(`SELECT pg_advisory_lock_shared(${KEY})`);
    } catch (error) {
      this.leave(client);
      throw error;
    }
    if (this.closed) this.leave(client);
    return (this.client = client);
  }

  private leave(client: Client): void {
    if (this.client === client) this.client = undefined;
    void client.end().catch(() => undefined);
  }
}
