import type { Pool, PoolClient } from 'pg';
import { columnsOf, originColumns } from '#lib/log/entry/batch';
import { textArray } from '#lib/log/entry/binary-array';
import { bundleProblem, NotABundle, type Bundle } from './bundle';
import { EntryEncoder, type Origin } from '#lib/log/entry/entry-encoder';
import { EntryNames } from '#lib/log/entry/entry-names';
import type { NamedQuery } from '#lib/log/database/queries';
import { AS_TEXT, toEvent, type HashedRow, type RawRow } from '#lib/log/entry/stored-row';

const ROWS_AT_A_TIME = 1_000;
const INSERT = `
  WITH told AS (
    INSERT INTO origin (id, actor, request) SELECT id, actor::json, request::json FROM unnest($17::bigint[], $18::text[], $19::text[]) AS one (id, actor, request)
  )
  INSERT INTO entry (revision, at, frame, origin, resource, type, hash, request_id, cause, patch, namespace, name, uid, object, decision, trace)
  SELECT revision, at::timestamptz, frame, origin, resource, type::"char", hash, request_id::uuid, cause, patch, namespace, name, uid, object, decision, trace
  FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::smallint[], $6::text[], $7::bytea[], $8::text[], $9::bytea[], $10::bytea[],
              $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
       AS row (revision, at, frame, origin, resource, type, hash, request_id, cause, patch, namespace, name, uid, object, decision, trace)`;

/**
 * Writes a bundle into an empty log, entry for entry and hash for hash: all of it or nothing. The cluster goes on from there.
 * @throws NotABundle when it does not verify, or begins later than at revision 1: a chain has no middle to begin in
 */
export async function importBundle(pool: Pool, bundle: Bundle): Promise<void> {
  const problem = bundleProblem(bundle);
  if (problem) throw new NotABundle(problem);
  const { from, to, head } = bundle.header;
  if (from !== 1)
    throw new NotABundle(`it begins at revision ${from}: it can be served, but only a bundle from revision 1 on can be imported`);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rowCount } = await client.query('UPDATE head SET (revision, hash, at) = ($1, $2, $3) WHERE revision = 0', [
      to,
      Buffer.from(head.last, 'hex'),
      head.at,
    ]);
    if (rowCount !== 1) throw new NotABundle('the log to import into is not empty');
    await client.query('SELECT entry_partitions($1)', [to]);
    const writer = await ImportWriter.on(client, bundle.entries);
    for (let start = 0; start < bundle.entries.length; start += ROWS_AT_A_TIME)
      await writer.insert(bundle.entries.slice(start, start + ROWS_AT_A_TIME));
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

class ImportWriter {
  private readonly encoder = new EntryEncoder();

  private constructor(
    private readonly client: PoolClient,
    private readonly names: EntryNames,
  ) {}

  static async on(client: PoolClient, rows: readonly HashedRow[]): Promise<ImportWriter> {
    const query = async (query: NamedQuery, values: readonly unknown[]): Promise<readonly RawRow[]> =>
      (await client.query<(string | null)[]>({ ...query, values: [...values], rowMode: 'array', types: AS_TEXT })).rows;
    const names = new EntryNames(query);
    await names.know(rows.map(({ resource }) => resource));
    return new ImportWriter(client, names);
  }

  async insert(rows: readonly HashedRow[]): Promise<void> {
    const origins: Origin[] = [];
    const entries = rows.map((row) => this.encoder.encode(toEvent(row), row, origins));
    const hashes = rows.map(({ hash }) => hash);
    const values = [
      rows.map(({ revision }) => revision),
      textArray(rows.map(({ at }) => at)),
      ...columnsOf(entries, hashes, this.names),
      ...originColumns(origins),
    ];
    await this.client.query(INSERT, values);
  }
}
