import { createRequire } from 'node:module';
import { Pool, type PoolConfig } from 'pg';
import { migrations } from '../../../migrations/migrations';
import { connectionTo, isReplicated } from './connection';
import { codeOf, patiently } from './patience';
import { stillStreams } from './still-socket';

/** TypeORM's, of the steps that were made. */
export const MIGRATIONS_TABLE = 'migration';

/** Of several servers. The longest statement of ours reads a page of 8 MB. */
const ANSWER_WITHIN_MS = 4_000;

/** The next partitions, before they are needed. */
export const ROOM_IN_THE_LOG = 'SELECT entry_partitions(revision + 1000000) FROM head';

/** `kept` of an API server: what is asked of it now and then finds connections that PostgreSQL knows the tables on. */
export const KEPT_CONNECTIONS = 4;

const NO_SUCH_TABLE = '42P01';

/** How a process connects. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:5432/database`; several servers: `@one:5432,two:5432/`, of which the primary is used. */
  readonly url: string;
  /** Shown in pg_stat_activity. Default `decklog`. */
  readonly applicationName?: string;
  /** Connections in the pool. Two of them belong to the log; the rest serve reads. Default 10. */
  readonly poolSize?: number;
  /**
   * So many connections stay open when nobody uses them, two of them the log's; others are closed after ten seconds. The first question on
   * a new one takes 20 ms longer: PostgreSQL looks at every partition. Not of several servers, of which one may be cut off unnoticed.
   * Default 0.
   */
  readonly kept?: number;
}

/** What pg wants to know. */
export function poolOptions({ url: given, applicationName = 'decklog', poolSize = 10, kept = 0 }: DatabaseOptions): PoolConfig {
  const { url, Client } = connectionTo(given);
  // A server that was cut off does not say so: whoever waits for it must go and look for its successor.
  const among = isReplicated(given) ? { Client, query_timeout: ANSWER_WITHIN_MS, min: 0 } : {};
  return {
    connectionString: url,
    application_name: applicationName,
    max: poolSize,
    min: kept,
    keepAlive: true,
    ...stillStreams(url),
    ...among,
  };
}

/**
 * Connections to a database that has the schema of this code; it is migrated where it has not. TypeORM is loaded only for that: most
 * starts find nothing to do, and it is a tenth of what they cost. Waits for a database as `openSource` does.
 * @throws LogUnavailable after ten seconds, SchemaTooNew, and what waiting does not cure at once
 */
export const openPool = (options: DatabaseOptions): Promise<Pool> =>
  patiently(async () => {
    const pool = new Pool(poolOptions(options));
    pool.on('error', () => undefined); // of a connection that nobody uses: the pool makes another
    try {
      if (!(await isCurrent(pool))) await migrateWithTypeOrm(options);
      await pool.query(ROOM_IN_THE_LOG);
      return pool;
    } catch (error) {
      await pool.end().catch(() => undefined); // it says why it did not work, not why it cannot be closed
      throw error;
    }
  });

/** Every step was made, and no other. */
async function isCurrent(pool: Pool): Promise<boolean> {
  try {
    const { rows } = await pool.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS_TABLE}`);
    const done = new Set(rows.map(({ name }) => name));
    return done.size === migrations.length && migrations.every(({ name }) => done.has(name));
  } catch (error) {
    if (codeOf(error) === NO_SUCH_TABLE) return false;
    throw error;
  }
}

async function migrateWithTypeOrm(options: DatabaseOptions): Promise<void> {
  const { openSource } = createRequire(__filename)('../schema') as typeof import('#lib/log/schema');
  await (await openSource(options)).destroy();
}
