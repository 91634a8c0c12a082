import type { Pool, PoolClient } from 'pg';
import { hexArray, textArray } from './binary-array';
import { bundleProblem, NotABundle, type Bundle } from './bundle';
import type { Row } from './hash';
import type { HashedRow } from './stored-row';

const ROWS_AT_A_TIME = 1_000;
const COLUMNS = ['at', 'type', 'resource', 'namespace', 'name', 'uid', 'object', 'actor', 'request', 'cause', 'decision', 'trace'] as const;

const INSERT = `
  INSERT INTO event (revision, at, type, resource, namespace, name, uid, object, actor, request, cause, decision, trace, hash)
  SELECT revision, at::timestamptz, type, resource, namespace, name, uid, object::json, actor::json, request::json, cause::bigint[], decision::json, trace, hash
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
              $12::text[], $13::text[], $14::bytea[])
       AS row (revision, at, type, resource, namespace, name, uid, object, actor, request, cause, decision, trace, hash)`;

/**
 * Writes a bundle into an empty log, entry for entry and hash for hash: all of it or nothing. The cluster goes on from there.
 * @throws NotABundle when it does not verify, or begins later than at revision 1: a chain has no middle to begin in
 */
export async function importBundle(pool: Pool, bundle: Bundle): Promise<void> {
  const problem = bundleProblem(bundle);
  if (problem) throw new NotABundle(problem);
  const { from, to, head } = bundle.header;
  if (from !== 1) throw new NotABundle(`it begins at revision ${from}: it can be served, but only a bundle from revision 1 on can be imported`);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rowCount } = await client.query('UPDATE head SET (revision, hash, at) = ($1, $2, $3) WHERE revision = 0', [to, Buffer.from(head.last, 'hex'), head.at]);
    if (rowCount !== 1) throw new NotABundle('the log to import into is not empty');
    await client.query('SELECT event_partitions($1)', [to]);
    for (let start = 0; start < bundle.entries.length; start += ROWS_AT_A_TIME) await insert(client, bundle.entries.slice(start, start + ROWS_AT_A_TIME));
    for (const { revision, hash, erasure } of bundle.pruned) {
      await client.query('INSERT INTO pruned (revision, hash, erasure) VALUES ($1, $2, $3)', [revision, Buffer.from(hash, 'hex'), erasure]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function insert(client: PoolClient, rows: readonly HashedRow[]): Promise<void> {
  const column = (key: keyof Row): Buffer => textArray(rows.map((row) => row[key] as string | null));
  await client.query(INSERT, [rows.map(({ revision }) => revision), ...COLUMNS.map(column), hexArray(rows.map(({ hash }) => hash))]);
}
