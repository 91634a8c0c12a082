import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { PostgresLog } from '#lib/log/postgres-log';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import { verbsFor, type Said } from '../support/verbs';

/** What a person does who does not trust the database: keep a head, ask for proofs, check them elsewhere. */
describe('a log that can be checked from outside', () => {
  let server: ApiServer;
  let pool: Pool;
  let decklog: (...words: string[]) => Promise<Said>;
  const fileOf = (name: string): string => join(server.pkiDir, name);
  const key = (): string[] => ['--key', fileOf('log.pub')];
  const keep = async (name: string, said: Promise<Said>): Promise<string> => {
    const { code, output } = await said;
    expect({ code, output }).toMatchObject({ code: 0 });
    writeFileSync(fileOf(name), output);
    return fileOf(name);
  };
  const create = async (name: string): Promise<void> => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: name } };
    expect((await server.client()({ path: '/api/v1/namespaces/default/configmaps', body })).code).toBe(201);
  };

  beforeEach(async () => {
    server = await apiServerOnPostgres();
    pool = (server.log as PostgresLog).pool;
    decklog = await verbsFor(server);
    for (let i = 0; i < 5; i++) await create(`c${i}`);
  }, 60_000);
  afterEach(() => server.stop());

  test('a head that was kept proves every entry it covers, offline', async () => {
    const head = await keep('head.json', decklog('head', '--sign'));
    await create('later');
    const proof = await keep('p.json', decklog('prove', String(server.revision() - 3)));
    expect(await decklog('verify-proof', proof, '--head', head, ...key())).toMatchObject({
      code: 0,
      output: expect.stringContaining('ADDED configmaps default/c2'),
    });
    const growth = await keep('c.json', decklog('consistency', head));
    expect(await decklog('verify-proof', growth, '--head', head, ...key())).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^ok: the log of \d+ entries begins with/),
    });
    expect(await decklog('verify', '--head', head, ...key())).toMatchObject({ code: 0 });
    writeFileSync(fileOf('other.json'), JSON.stringify({ ...JSON.parse((await decklog('head', '--sign')).output), size: 3 }));
    expect(await decklog('verify', '--head', fileOf('other.json'), ...key())).toMatchObject({ code: 1, output: expect.stringContaining('signature') });
  });

  test('an edited row is named, and its proof fails', async () => {
    const head = await keep('head.json', decklog('head', '--sign'));
    const revision = server.revision() - 2;
    await pool.query(
      `INSERT INTO origin (id, actor, request) SELECT 0, '{"user":"somebody else"}', request FROM origin JOIN entry ON id = origin WHERE revision = $1`,
      [revision],
    );
    await pool.query('UPDATE entry SET origin = 0 WHERE revision = $1', [revision]);
    expect(await decklog('verify')).toMatchObject({ code: 1, output: expect.stringContaining(`damaged at revision ${revision} (edited)`) });
    const proof = await keep('p.json', decklog('prove', String(revision)));
    expect(await decklog('verify-proof', proof, '--head', head, ...key())).toMatchObject({
      code: 1,
      output: expect.stringContaining(`entry ${revision} was changed`),
    });
  });

  test('rows that were cut off, the head row with them, are missed by whoever kept a head', async () => {
    const head = await keep('head.json', decklog('head', '--sign'));
    const last = server.revision();
    await pool.query('DELETE FROM entry WHERE revision > $1', [last - 5]);
    await pool.query('UPDATE head SET (revision, hash) = (SELECT revision, hash FROM event WHERE revision = $1)', [last - 5]);
    expect(await decklog('verify')).toMatchObject({ code: 0 });
    expect(await decklog('verify', '--head', head, ...key())).toMatchObject({ code: 1, output: expect.stringContaining(`revision ${last - 4} (truncated)`) });
    expect(await decklog('consistency', head)).toMatchObject({ code: 1, output: expect.stringContaining(`entries ${last - 4} to ${last} were cut off`) });
  });

  test('a chain that was computed anew is missed too', async () => {
    const head = await keep('head.json', decklog('head', '--sign'));
    const last = server.revision();
    await pool.query('DELETE FROM entry WHERE revision > $1', [last - 2]);
    await pool.query('UPDATE head SET (revision, hash) = (SELECT revision, hash FROM event WHERE revision = $1)', [last - 2]);
    await server.api.kernel.log.append(last - 2, [
      { ...(await server.log.event(last - 2))!, revision: last - 1 },
      { ...(await server.log.event(last - 2))!, revision: last },
    ]);
    expect(await decklog('verify')).toMatchObject({ code: 0 });
    expect(await decklog('verify', '--head', head, ...key())).toMatchObject({ code: 1, output: expect.stringContaining('was noted down') });
    const growth = await keep('c.json', decklog('consistency', head));
    expect(await decklog('verify-proof', growth, '--head', head, ...key())).toMatchObject({ code: 1, output: expect.stringContaining('NOT PROVEN') });
  });
});
