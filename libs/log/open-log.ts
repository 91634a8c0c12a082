import type { DataSource } from 'typeorm';
import { isReplicated } from './connection';
import { PostgresLog, type PostgresLogOptions } from './postgres-log';
import { openSource, poolOf, type DatabaseOptions } from './schema';

/** A log together with the connections that are its own. */
export interface OpenLog {
  readonly log: PostgresLog;
  readonly source: DataSource;
  /** Closes the log, then its connections. */
  close(): Promise<void>;
}

/** Connects, migrates and hands out the log: for everything that is not a Nest application. Those import LogModule. */
export async function openLog(options: DatabaseOptions & Pick<PostgresLogOptions, 'sole'>): Promise<OpenLog> {
  const source = await openSource(options);
  const log = new PostgresLog(poolOf(source), { url: options.url, replicated: isReplicated(options.url), sole: options.sole });
  const close = async (): Promise<void> => {
    await log.close();
    await source.destroy();
  };
  return { log, source, close };
}
