import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { clientOf, isReplicated, serversOf } from '#lib/log/database/connection';
import { unlessMoved } from '#lib/log/database/primary-search';
import { endLeaseOfOthers, GIVE_BACK, TAKE_LEASE } from './read-lease';

/** What a look shows. */
export interface Look {
  /** Of the log's head. */
  readonly revision: number;
  /**
   * The read lease (read-lease.ts): `ours` holds for LEASE_MS from when the look was begun; `wanted` has to be given back as soon as nobody
   * relies on it.
   */
  readonly lease: 'ours' | 'wanted' | 'none';
}

/** A writer of the log among others, who may be there or not. */
export interface Presence {
  /** Makes itself known, and ends a lease that somebody else has: the first append does not have to wait for that. */
  arrive(): Promise<void>;
  /** @throws when the database does not answer: then nothing is known. */
  look(): Promise<Look>;
  /** Of a lease that is wanted. */
  giveBack(): Promise<void>;
  close(): Promise<void>;
}

const ANSWER_WITHIN_MS = 4_000;

/**
 * So many looks in a row must show nobody else before the lease is taken: after a restart of PostgreSQL the others need a moment to be seen
 * again.
 */
const LOOKS_ALONE = 3;

const KEY = "hashtextextended('decklog/writer', 0)";

interface Seen {
  readonly revision: number;
  /** Null: nobody has it. */
  readonly ours: boolean | null;
  readonly recalled: boolean;
  readonly others: number;
}

/** Holders of a shared advisory lock on the key, other than this session. A bigint key stands in pg_locks in two halves. $1 the writer. */
const LOOK = `
  SELECT revision::int, reader = $1::uuid AS ours, recalled,
         (SELECT count(*)::int FROM pg_locks
          WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND pid <> pg_backend_pid()
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (classid::bigint << 32) | objid::bigint = ${KEY}) AS others
  FROM head`;

/**
 * Presence as a shared advisory lock of one PostgreSQL session, from which others see that the lease is not worth taking. Where several
 * servers replace each other nobody takes it: one that was deposed would still show it to whoever hangs on it.
 */
export class PostgresPresence implements Presence {
  private client: Client | undefined;
  private closed = false;
  private looksAlone = 0;
  private readonly mayTake: boolean;

  /** @param writer the `writer` of the log that it is about */
  constructor(
    private readonly databaseUrl: string,
    private readonly writer: string,
  ) {
    this.mayTake = !isReplicated(databaseUrl);
  }

  async arrive(): Promise<void> {
    await this.ask((client) =>
      endLeaseOfOthers(
        this.writer,
        async ({ text }, values) => (await client.query<(string | null)[]>({ text, values: [...values], rowMode: 'array' })).rows,
      ),
    );
  }

  look(): Promise<Look> {
    return this.ask(async (client) => {
      const { ours, recalled, others, revision } = (await client.query<Seen>(LOOK, [this.writer])).rows[0] as Seen;
      this.looksAlone = others === 0 ? this.looksAlone + 1 : 0;
      if (ours) return { revision, lease: recalled || others > 0 ? 'wanted' : 'ours' };
      if (ours === false || this.looksAlone < LOOKS_ALONE || !this.mayTake) return { revision, lease: 'none' };
      const [taken] = (await client.query<{ revision: number }>(TAKE_LEASE, [this.writer])).rows;
      return taken ? { revision: taken.revision, lease: 'ours' } : { revision, lease: 'none' };
    });
  }

  async giveBack(): Promise<void> {
    await this.ask((client) => client.query(GIVE_BACK, [this.writer]));
  }

  async close(): Promise<void> {
    this.closed = true;
    const { client } = this;
    this.client = undefined;
    if (!client) return;
    const leave = client.query(GIVE_BACK, [this.writer]).then(() => client.end());
    await Promise.race([leave.catch(() => undefined), sleep(ANSWER_WITHIN_MS, undefined, { ref: false })]);
  }

  private async ask<T>(question: (client: Client) => Promise<T>): Promise<T> {
    const client = this.client ?? (await this.join());
    try {
      return await unlessMoved(serversOf(this.databaseUrl), question(client));
    } catch (error) {
      this.leave(client);
      throw error;
    }
  }

  private async join(): Promise<Client> {
    this.looksAlone = 0;
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
