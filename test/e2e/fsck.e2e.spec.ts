import type { Pool } from 'pg';
import type { PostgresLog } from '#lib/log/postgres-log';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import { verbsFor, type Said } from '../support/verbs';

describe('comparing every view with the log', () => {
  let server: ApiServer;
  let pool: Pool;
  let decklog: (...words: string[]) => Promise<Said>;
  beforeEach(async () => {
    server = await apiServerOnPostgres();
    pool = (server.log as PostgresLog).pool;
    decklog = await verbsFor(server);
    const body = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { a: name } });
    for (const name of ['a', 'b', 'c']) expect((await server.client()({ path: '/api/v1/namespaces/default/secrets', body: body(name) })).code).toBe(201);
    expect((await server.client()({ method: 'DELETE', path: '/api/v1/namespaces/default/secrets/b' })).code).toBe(200);
    expect(await decklog('rebuild')).toMatchObject({ code: 0, output: expect.stringContaining('as before') });
  }, 60_000);
  afterEach(() => server.stop());

  const fsck = async (): Promise<string> => {
    const { code, output } = await decklog('fsck');
    expect(code).toBe(output.startsWith('0 mismatches') ? 0 : 1);
    return output;
  };

  test('finds nothing in a healthy cluster, and a rebuild changes nothing', async () => {
    expect(await fsck()).toMatch(/^0 mismatches: \d+ objects and 1 checkpoints compared/);
    const digest = /digest (\w+)/.exec(await fsck())?.[1];
    expect((await decklog('rebuild')).output).toContain(`digest ${digest}, as before`);
    expect(await fsck()).toContain(`digest ${digest}`);
  });

  test('finds a checkpoint that was corrupted, and a rebuild cures it', async () => {
    const head = server.revision();
    await pool.query(`UPDATE checkpoint SET live = set_byte(live, length(live) - 1, get_byte(live, length(live) - 1) + 1)`);
    expect(await fsck()).toMatch(new RegExp(`checkpoint: the checkpoint of revision ${head} is not what the log says: it lacks \\d+, has \\d+ too many`));
    expect((await decklog('rebuild')).output).toContain('what was stored folded to');
    expect(await fsck()).toMatch(/^0 mismatches/);
    await pool.query(`UPDATE checkpoint SET live = '\\x80'`);
    expect(await fsck()).toContain(`checkpoint: the checkpoint of revision ${head} cannot be read`);
  });

  test('finds a world that is not the log, in objects, revisions and content', async () => {
    const last = server.revision() - 1;
    await pool.query(`UPDATE entry SET object = replace(object, '"Opaque"', '"opaque"') WHERE revision = $1`, [last]);
    expect(await fsck()).toContain(`world: secrets/default/c of revision ${last} has another content in the world than in the log`);
    await pool.query(`UPDATE entry SET type = 'M' WHERE revision = $1`, [last + 1]);
    expect(await fsck()).toContain(`world: secrets/default/b of revision ${last + 1} is not in the world`);
  });

  test('finds a head row, a tree and a key that are wrong', async () => {
    const last = server.revision();
    await pool.query(`INSERT INTO object_key VALUES ('nobody', 'secrets', 'default', 'x', '\\x00', now() - interval '1 hour')`);
    await pool.query(`UPDATE head SET hash = decode(repeat('ab', 32), 'hex')`);
    const found = await fsck();
    expect(found).toContain(`head: the head row names another entry ${last} than the log holds`);
    expect(found).toContain('keys: there is a data key for nobody');
    await pool.query(`UPDATE head SET revision = $1`, [last - 1]);
    expect(await fsck()).toContain(`head: the head row is at revision ${last - 1}, but the last entry is ${last}`);
  });
});
