import type { Pool } from 'pg';
import { isReplicated } from '#lib/log/database/connection';
import { openPool, type DatabaseOptions } from '#lib/log/database/pool';
import { PostgresLog, type PostgresLogOptions } from './postgres-log';

/** A log together with the connections that are its own. */
export interface OpenLog {
  readonly log: PostgresLog;
  readonly pool: Pool;
  /** Closes the log, then its connections. */
  close(): Promise<void>;
}

/** Connects, migrates and hands out the log: for everything that is not a Nest application. Those import LogModule. */
export async function openLog(options: DatabaseOptions & Pick<PostgresLogOptions, 'sole'>): Promise<OpenLog> {
  const pool = await openPool(options);
  const log = new PostgresLog(pool, { url: options.url, replicated: isReplicated(options.url), sole: options.sole });
  const close = async (): Promise<void> => {
    await log.close();
    await pool.end();
  };
  return { log, pool, close };
}
