import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/migrations';
import { MIGRATIONS_TABLE as TABLE, poolOptions, ROOM_IN_THE_LOG, type DatabaseOptions } from '#lib/log/database/pool';
import { patiently } from '#lib/log/database/patience';

const LOCK = `hashtext('decklog schema')`;

/** The database was migrated by a newer Decklog than this one. */
export class SchemaTooNew extends Error {
  constructor(readonly unknown: readonly string[]) {
    super(
      `The database has a newer schema than this Decklog knows (${unknown.join(', ')}). ` +
        'Start the version that made it, or a newer one. Nothing was changed.',
    );
    this.name = 'SchemaTooNew';
  }
}

/** TypeORM serves migrations, and connections in Nest applications; there are no entity classes, SQL is written as SQL (queries.ts). */
export function dataSourceOf(options: DatabaseOptions): DataSource {
  const { connectionString, application_name, max, ...extra } = poolOptions(options);
  return new DataSource({
    type: 'postgres',
    url: connectionString,
    applicationName: application_name,
    poolSize: max,
    entities: [],
    migrations,
    migrationsTableName: TABLE,
    extra,
  });
}

/**
 * Connected and migrated. A database that is away or just starting is waited for as long as a request would wait, so that a process that
 * is started while it restarts need not be started again.
 * @throws LogUnavailable after ten seconds, SchemaTooNew, and what waiting does not cure at once
 */
export const openSource = (options: DatabaseOptions): Promise<DataSource> =>
  patiently(async () => {
    const source = await dataSourceOf(options).initialize();
    try {
      await migrate(source);
      return source;
    } catch (error) {
      await source.destroy().catch(() => undefined); // it says why it did not work, not why it cannot be closed
      throw error;
    }
  });

/** The pool behind a data source that is initialised. */
export const poolOf = (source: DataSource): Pool => (source.driver as unknown as { master: Pool }).master;

/**
 * Brings the schema up to what this code needs. Of several processes that start at once, one does it and the others wait.
 * @throws SchemaTooNew when the database is ahead of this code; it is left as it is.
 */
export async function migrate(source: DataSource): Promise<void> {
  const guard = source.createQueryRunner();
  await guard.connect();
  try {
    await guard.query(`SELECT pg_advisory_lock(${LOCK})`);
    await refuseNewer(source);
    await source.runMigrations({ transaction: 'all' });
    await guard.query(ROOM_IN_THE_LOG);
  } finally {
    await guard.query(`SELECT pg_advisory_unlock(${LOCK})`).catch(() => undefined);
    await guard.release();
  }
}

async function refuseNewer(source: DataSource): Promise<void> {
  const [{ found }] = (await source.query('SELECT to_regclass($1) IS NOT NULL AS found', [TABLE])) as [{ found: boolean }];
  if (!found) return;
  const done = (await source.query(`SELECT name FROM ${TABLE} ORDER BY id`)) as { name: string }[];
  const known = new Set(migrations.map((migration) => migration.name));
  const unknown = done.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new SchemaTooNew(unknown);
}
