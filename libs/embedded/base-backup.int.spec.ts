import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { clientOf, serversOf } from '#lib/log/database/connection';
import { endsWithPrimary, primaryAmong, unlessMoved } from '#lib/log/database/primary-search';
import { copyPostgres } from './base-backup';
import { type RunningPostgres, startPostgres } from './postgres';

/** One server, and a copy that follows it. */
describe('a standby', () => {
  let folder: string;
  let primary: RunningPostgres;
  let standby: RunningPostgres;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'decklog-copy-'));
    chmodSync(folder, 0o711); // PostgreSQL may have to run as another user than we do
    const settings = { wal_keep_size: '64MB' };
    primary = await startPostgres({ dataDir: join(folder, 'one'), password: 'same', settings });
    await ask(primary.url, "CREATE TABLE t AS SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n");
    const from = primary.url.replace(/decklog$/, 'postgres');
    await copyPostgres({ from, dataDir: join(folder, 'two') });
    const { port } = new URL(primary.url);
    const conninfo = `host=127.0.0.1 port=${port} user=decklog password=same`;
    standby = await startPostgres({ dataDir: join(folder, 'two'), password: 'same', standby: true, settings: { ...settings, primary_conninfo: conninfo } });
  }, 120_000);

  afterAll(async () => {
    await standby?.stop();
    await primary?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function ask(url: string, statement: string): Promise<unknown[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  }

  const count = async (): Promise<unknown> => (await ask(standby.url, 'SELECT count(*)::int AS n FROM t'))[0];

  test('has everything, and what comes later', async () => {
    await ask(primary.url, 'INSERT INTO t VALUES (0)');
    for (let i = 0; i < 100 && ((await count().catch(() => ({ n: 0 }))) as { n: number }).n < 20_001; i++) await new Promise((next) => setTimeout(next, 50));
    expect(await count()).toEqual({ n: 20_001 });
  }, 30_000);

  test('is not taken for the primary, whichever is named first', async () => {
    const [one, two] = [primary, standby].map(({ port }) => `127.0.0.1:${port}`);
    for (const hosts of [`${one},${two}`, `${two},${one}`]) {
      const client = clientOf(`postgres://decklog:same@${hosts}/decklog`, {});
      await client.connect();
      expect((await client.query('SELECT inet_server_port() AS port')).rows).toEqual([{ port: primary.port }]);
      await client.end();
    }
  });

  test('is the primary once it was promoted; without one there is no connection', async () => {
    await primary.stop();
    const url = `postgres://decklog:same@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/decklog`;
    await expect(clientOf(url, {}).connect()).rejects.toThrow(/no primary among 2 servers: .*is a standby/);
    const found = primaryAmong(serversOf(url), 60_000); // waits for whoever takes over
    await ask(standby.url, 'SELECT pg_promote()');
    expect((await found).port).toBe(String(standby.port));
    const client = clientOf(url, {});
    await client.connect();
    await client.query('INSERT INTO t VALUES (-1)');
    await client.end();
  }, 30_000);

  test('ends what waits for the primary before it, which cannot be the primary again', async () => {
    const url = `postgres://decklog:same@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/decklog`;
    const servers = serversOf(url);
    const never = new Promise<void>((_, reject) => endsWithPrimary(servers, { at: `127.0.0.1:${primary.port}`, end: () => reject(new Error('ended')) }));
    await expect(unlessMoved(servers, never)).rejects.toThrow('ended');
    await standby.stop();
    primary = await startPostgres({ dataDir: join(folder, 'one'), port: primary.port, password: 'same' });
    let said = '';
    for (let i = 0; i < 10 && !said.includes('was deposed'); i++)
      said = await primaryAmong(servers).then(
        ({ host }) => `${host} is the primary`,
        (error: Error) => error.message,
      );
    expect(said).toContain(`127.0.0.1:${primary.port} was deposed`);
  }, 60_000);
});
