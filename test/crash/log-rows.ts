import { Client } from 'pg';
import type { LogRow } from './history';

/** What the load has written, straight from the table. */
export async function logRows(databaseUrl: string, namespace: string): Promise<LogRow[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<LogRow>(
      `SELECT revision::int, type, name, uid, request ->> 'id' AS id, coalesce(object #>> '{data,value}', '') AS value
       FROM event WHERE resource = 'configmaps' AND namespace = $1 AND name LIKE 'object-%' ORDER BY revision`,
      [namespace],
    );
    return rows;
  } finally {
    await client.end();
  }
}
