import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type Pool, type PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import type { Secret } from '#lib/api/core/secret';
import { freshDatabase, type FreshDatabase } from '../../test/support/database';
import { PostgresKeyStore } from '#lib/log/secret/key-store';
import { anEvent, collect } from './log.contract';
import { HeadMoved } from './log';
import { MasterKey } from '#lib/log/secret/master-key';
import { PostgresLog } from './postgres-log';
import { dataSourceOf, migrate, poolOf, SchemaTooNew } from './schema';
import { Sealer } from '#lib/log/secret/seal';
import { verifyChain } from '#lib/log/proof/verify';

/**
 * The pool, on which the first answer to a statement whose name begins with `name` is lost with its connection, after the server has
 * committed.
 */
function breakAfterFirst(name: string, pool: Pool): Pool {
  let broken = false;
  const connect = async (): Promise<PoolClient> => {
    const client = await pool.connect();
    const query = client.query.bind(client) as (config: { name?: string }) => Promise<unknown>;
    const breaking = async (config: { name?: string }): Promise<unknown> => {
      const result = await query(config);
      if (broken || !config.name?.startsWith(name)) return result;
      broken = true;
      throw new Error('Connection terminated unexpectedly');
    };
    return Object.assign(client, { query: breaking });
  };
  return { connect, query: pool.query.bind(pool) } as unknown as Pool;
}

describe('the log in PostgreSQL', () => {
  let database: FreshDatabase;
  let source: DataSource;
  let log: PostgresLog;
  let admin: Client;
  beforeEach(async () => {
    database = await freshDatabase();
    source = await dataSourceOf({ url: database.url, applicationName: 'under test' }).initialize();
    log = new PostgresLog(poolOf(source));
    admin = new Client({ connectionString: database.url });
    await admin.connect();
  });
  afterEach(async () => {
    await log.close();
    await source.destroy();
    await admin.end();
    await database.drop();
  });

  const killAll = async (): Promise<number> => {
    const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'under test' AND datname = current_database()`;
    return (await admin.query(sql)).rowCount ?? 0;
  };
  const sql = (text: string): Promise<unknown> => admin.query(text);
  const fill = (count: number) =>
    log.append(
      0,
      Array.from({ length: count }, (_, i) => anEvent(i + 1)),
    );

  describe('when connections are lost', () => {
    test('appends after its connection was killed between two appends', async () => {
      await log.append(0, [anEvent(1)]);
      await killAll();
      expect((await log.append(1, [anEvent(2)])).revision).toBe(2);
      expect((await verifyChain(log)).entries).toBe(2);
    });

    test('appends once when its connection is killed before the commit', async () => {
      await fill(1);
      await sql('BEGIN; SELECT * FROM head FOR UPDATE'); // holds the append up
      const appending = log.append(1, [anEvent(2)]);
      await new Promise((done) => setTimeout(done, 100));
      expect(await killAll()).toBeGreaterThan(0);
      await sql('COMMIT');
      expect((await appending).revision).toBe(2);
      expect(await verifyChain(log)).toMatchObject({ ok: true, entries: 2 });
    });

    test('knows that an append was committed although the answer was lost', async () => {
      await fill(1);
      const breaking = breakAfterFirst('append', poolOf(source));
      const log2 = new PostgresLog(breaking);
      const head = await log2.append(1, [anEvent(2), anEvent(3)]);
      expect(head).toEqual(await log.head());
      expect(await verifyChain(log)).toMatchObject({ ok: true, entries: 3 });
      expect((await log2.append(3, [anEvent(4)])).revision).toBe(4);
      await log2.close();
    });

    test('does not take the append of another writer for its own', async () => {
      await fill(1);
      await sql('BEGIN; SELECT * FROM head FOR UPDATE');
      const appending = log.append(1, [anEvent(2, { name: 'mine' })]);
      const outcome = expect(appending).rejects.toThrow(HeadMoved);
      await new Promise((done) => setTimeout(done, 100));
      await killAll();
      await sql(`UPDATE head SET revision = 2, hash = decode(repeat('ab', 32), 'hex')`);
      await sql('COMMIT');
      await outcome;
      expect(await log.event(2)).toBeUndefined();
    });

    test('shows a follower everything once and in order', async () => {
      const stop = new AbortController();
      const seen: number[] = [];
      const follower = (async () => {
        for await (const page of log.follow(0, stop.signal)) {
          seen.push(...page.map((event) => event.revision));
          if (seen.at(-1) === 40) stop.abort();
        }
      })();
      for (let revision = 0; revision < 40; revision++) {
        await log.append(revision, [anEvent(revision + 1)]);
        if (revision % 10 === 5) await killAll();
      }
      await follower;
      expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    }, 20_000);
  });

  describe('when somebody changes the tables', () => {
    beforeEach(() => fill(8));

    test.each([
      ['an edited object', `UPDATE entry SET object = replace(object, 'c5', 'x5') WHERE revision = 5`, 5, 'edited'],
      ['a space in a JSON column', `UPDATE entry SET object = object || ' ' WHERE revision = 2`, 2, 'edited'],
      ['another who asked', `UPDATE origin SET actor = (actor::text || ' ')::json`, 1, 'edited'],
      ['a microsecond', `UPDATE entry SET at = at + interval '1 microsecond' WHERE revision = 3`, 3, 'edited'],
      ['an edited trace', `UPDATE entry SET trace = '' WHERE revision = 3`, 3, 'edited'],
      ['a deleted row', 'DELETE FROM entry WHERE revision = 4', 4, 'gap'],
      ['a cut-off tail', 'DELETE FROM entry WHERE revision > 6', 7, 'truncated'],
      ['a head that was turned back', `UPDATE head SET revision = 7`, 7, 'head'],
      [
        'a renumbered tail',
        'DELETE FROM entry WHERE revision = 3; UPDATE entry SET revision = revision - 1, frame = frame - 1 WHERE revision > 3',
        3,
        'edited',
      ],
    ])('verification finds %s', async (_, tamper, revision, damage) => {
      expect(await verifyChain(log)).toMatchObject({ ok: true, entries: 8 });
      await sql(tamper);
      expect(await verifyChain(log)).toMatchObject({ ok: false, revision, damage });
    });

    test('the SQL in README.md checks the chain from the table alone', async () => {
      const [, text = ''] = /```sql\n([^`]+)```/.exec(readFileSync(join(__dirname, 'README.md'), 'utf8')) ?? [];
      const [makeFunction, check] = text.split(/;\n/) as [string, string];
      await sql(makeFunction);
      expect((await admin.query(check)).rows).toEqual([]);
      await sql(`UPDATE entry SET name = 'x' WHERE revision = 5`);
      expect((await admin.query(check)).rows).toEqual([{ revision: '5' }]);
    });
  });

  test('makes the partitions that are missing, ahead of need and at the last moment', async () => {
    const jump = async (revision: number): Promise<void> => {
      await sql(`UPDATE head SET revision = ${revision}`);
      await log.append(revision, [anEvent(revision + 1), anEvent(revision + 2)]);
    };
    const parts = async (): Promise<string[]> =>
      (await admin.query(`SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'entry'::regclass ORDER BY 1`)).rows.map(
        ({ name }) => name,
      );
    expect(await parts()).toEqual(['entry_000000', 'entry_000001']);
    await jump(1_600_000);
    for (let i = 0; i < 100 && (await parts()).length < 3; i++) await new Promise((done) => setTimeout(done, 20));
    expect(await parts()).toContain('entry_000002');
    await jump(8_999_999); // the batch itself spans two partitions, and neither is there
    expect((await collect(log.read({ after: 8_000_000 }))).map((event) => event.revision)).toEqual([9_000_000, 9_000_001]);
  });

  test('keeps no plaintext of a Secret, and no key that would open it', async () => {
    const master = MasterKey.random();
    const sealer = new Sealer(master, new PostgresKeyStore(poolOf(source)));
    const password = Buffer.from('correct horse battery staple').toString('base64');
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'default', uid: 'u' }, data: { password } } as unknown as Secret;
    const row = JSON.stringify(await sealer.seal(secret));
    await log.append(0, [anEvent(1, { resource: 'secrets', name: 's', uid: 'u', object: row })]);
    const { rows } = await admin.query<{ dump: string }>('SELECT event::text AS dump FROM event UNION ALL SELECT object_key::text FROM object_key');
    expect(rows).toHaveLength(2);
    for (const { dump } of rows) expect(dump).not.toContain(password);

    const reader = new Sealer(master, new PostgresKeyStore(poolOf(source)));
    const stored = JSON.parse((await log.event(1))?.object as string) as Secret;
    expect(await reader.open(stored)).toEqual(secret);
    expect(await reader.shred('secrets', 'default', 's')).toEqual(['u']);
    expect(((await reader.open(stored)) as Secret).data?.password).toBe(Buffer.from('<shredded>').toString('base64'));
    expect((await verifyChain(log)).ok).toBe(true);
  });

  test('migrates only forward: a newer schema is refused and left alone', async () => {
    await migrate(source); // again is fine
    await sql(`INSERT INTO migration (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')`);
    await expect(migrate(source)).rejects.toThrow(SchemaTooNew);
    await expect(migrate(source)).rejects.toThrow('FromTheFuture9999999999999');
  });

  test('every migration can be taken back', async () => {
    await source.query('SELECT 1');
    for (let i = 0; i < source.migrations.length; i++) await source.undoLastMigration();
    const { rows } = await admin.query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'migration'`,
    );
    expect(rows).toEqual([]);
    await migrate(source);
    expect((await log.head()).revision).toBe(0);
  });
});
