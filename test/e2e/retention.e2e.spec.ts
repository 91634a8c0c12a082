import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { PostgresLog } from '#lib/log/postgres-log';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import type { Answered } from '../support/ask';
import { verbsFor, type Said } from '../support/verbs';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const MAPS = '/api/v1/namespaces/default/configmaps';

describe('retention', () => {
  let server: ApiServer;
  let pool: Pool;
  let decklog: (...words: string[]) => Promise<Said>;
  const ask = (path: string, body?: object, method = body ? 'POST' : 'GET'): Promise<Answered> => server.client()({ path, method, ...(body && { body }) });
  const lease = (name: string, holder: string) => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'default' },
    spec: { holderIdentity: holder },
  });
  const renew = async (name: string, holderIdentity: string): Promise<void> => {
    const headers = { 'content-type': 'application/merge-patch+json' };
    const { code } = await server.client()({ method: 'PATCH', path: `${LEASES}/${name}`, headers, body: JSON.stringify({ spec: { holderIdentity } }) });
    expect(code).toBe(200);
  };
  const leasesAt = async (revision: number): Promise<Record<string, string>> => {
    const { items } = (await ask(`/asof/${revision}${LEASES}`)).json<{ items: { metadata: { name: string }; spec: { holderIdentity: string } }[] }>();
    return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec.holderIdentity]));
  };
  const policy = (text: string): string => {
    writeFileSync(join(server.pkiDir, 'r.yaml'), `apiVersion: decklog.dev/v1\nkind: RetentionPolicy\n${text}\n`);
    return join(server.pkiDir, 'r.yaml');
  };
  const apply = (text: string, ...flags: string[]): Promise<Said> => decklog('retention', 'apply', '-f', policy(text), ...flags);

  beforeEach(async () => {
    server = await apiServerOnPostgres();
    pool = (server.log as PostgresLog).pool;
    decklog = await verbsFor(server);
    for (const name of ['a', 'b', 'gone']) expect((await ask(LEASES, lease(name, '0'))).code).toBe(201);
    for (const holder of ['1', '2', '3']) {
      await renew('a', holder);
      expect((await ask(MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `m${holder}` } })).code).toBe(201);
    }
    expect((await ask(`${LEASES}/gone`, undefined, 'DELETE')).code).toBe(200);
  }, 60_000);
  afterEach(() => server.stop());

  test('previews, prunes what nobody can ask for any more, and keeps the last version of what lives', async () => {
    const preview = await apply('resources: {leases.coordination.k8s.io: 0s}', '--dry-run');
    expect(preview.output).toMatch(/RESOURCE +ENTRIES +TO PRUNE.*\nleases.coordination.k8s.io +7 +5 /);
    expect((await decklog('verify')).output).not.toContain('pruned');

    const earliest = server.revision();
    const head = (await decklog('head', '--sign')).output;
    const said = await apply('resources: {leases.coordination.k8s.io: 0s}', '--reason', 'space');
    expect(said).toMatchObject({ code: 0, output: expect.stringMatching(/leases.coordination.k8s.io +7 +5 /) });
    expect((await pool.query('SELECT revision FROM pruned')).rows).toHaveLength(5);
    expect((await pool.query(`SELECT revision FROM event WHERE resource = 'leases.coordination.k8s.io'`)).rows).toHaveLength(2);
    expect(await leasesAt(earliest)).toEqual({ a: '3', b: '0' });
    expect(await leasesAt(server.revision())).toEqual({ a: '3', b: '0' });

    const before = await ask(`/asof/${earliest - 1}${LEASES}`);
    expect(before.json()).toMatchObject({ code: 410, reason: 'Expired', message: expect.stringContaining(`before revision ${earliest} was pruned`) });
    expect((await ask(`/asof/${earliest - 1}${LEASES}/a`)).code).toBe(410);
    expect((await ask(`${LEASES}?watch=1&timeoutSeconds=1&resourceVersion=${earliest - 2}`)).code).toBe(410);
    expect((await ask(`${LEASES}?watch=1&timeoutSeconds=1&resourceVersion=${earliest}`)).code).toBe(200);
    expect((await ask(`/asof/${earliest - 3}${MAPS}`)).json<{ items: object[] }>().items).toHaveLength(2);

    // Nobody takes what is left of a history for the whole of it.
    const object = ['lease/a', '-n', 'default'];
    const { headers } = await ask('/decklog/v1/history?resource=leases.coordination.k8s.io&namespace=default&name=a');
    expect(String(headers['warning'])).toContain(`the history of leases.coordination.k8s.io before revision ${earliest} was pruned`);
    for (const verb of ['history', 'blame', 'why'])
      expect(await decklog(verb, ...object, '--at', String(earliest - 1))).toMatchObject({
        code: 1,
        output: expect.stringContaining('was pruned: that is the earliest'),
      });
    const {
      rows: [pruned],
    } = await pool.query<{ revision: string }>('SELECT revision FROM pruned ORDER BY revision LIMIT 1');
    for (const verb of ['undo', 'impact'])
      expect(await decklog(verb, pruned!.revision)).toMatchObject({
        code: 1,
        output: expect.stringContaining(`the content of entry ${pruned!.revision} was pruned`),
      });

    writeFileSync(join(server.pkiDir, 'head.json'), head);
    expect(await decklog('verify', '--head', join(server.pkiDir, 'head.json'), '--key', join(server.pkiDir, 'log.pub'))).toMatchObject({
      code: 0,
      output: expect.stringContaining('5 of them pruned'),
    });
    expect(await decklog('fsck')).toMatchObject({ code: 0 });
    expect((await ask('/apis/decklog.dev/v1/erasures')).json<{ items: object[] }>().items).toMatchObject([
      { spec: { what: 'Prune', entries: 5, reason: 'space', earliest } },
    ]);
    expect((await apply('resources: {leases.coordination.k8s.io: 0s}')).output).toMatch(/leases.coordination.k8s.io +2 +0 /);
  }, 60_000);

  test('is for whoever has the verb prune on what goes, and not for all who may ask questions', async () => {
    const rules = [
      { nonResourceURLs: ['/decklog/*'], verbs: ['get', 'post'] },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['prune'] },
    ];
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const metadata = { name: 'keeper' };
    await ask(`${rbac}/clusterroles`, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'keeper' };
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'kim' }];
    await ask(`${rbac}/clusterrolebindings`, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata, roleRef, subjects });
    const kim = server.client(await server.ca.issueClient({ user: 'kim', groups: [] }));
    const asKim = async (body: object): Promise<number> => (await kim({ method: 'POST', path: '/decklog/v1/retention', body: { ...body, dryRun: true } })).code;
    expect(await asKim({ resources: { 'leases.coordination.k8s.io': '0s' } })).toBe(200);
    for (const body of [{ resources: { configmaps: '0s' } }, { default: '1h' }, { requests: '1h' }]) expect(await asKim(body)).toBe(403);
  }, 60_000);

  test('leaves what is younger, and what no policy names', async () => {
    expect((await apply('resources: {leases.coordination.k8s.io: 1h, configmaps: forever}')).output).toMatch(/^RESOURCE.*\n$/);
    expect((await apply('default: 0s\nresources: {leases.coordination.k8s.io: 1h}', '--dry-run')).output).not.toContain('leases');
    expect(await apply('resources: {leases: 1h}')).toMatchObject({ code: 1, output: expect.stringContaining('no resource "leases"') });
    expect(await apply('resource: {configmaps: 0s}')).toMatchObject({
      code: 1,
      output: expect.stringContaining('has no resource: it has resources, default and requests'),
    });
    expect(await apply('resources: {configmaps: soon}')).toMatchObject({ code: 1, output: expect.stringContaining('"soon" is no age') });
  }, 60_000);

  test('an entry that was taken away without an Erasure, or beside it, is found', async () => {
    await apply('resources: {leases.coordination.k8s.io: 0s}');
    const erasure = server.revision();
    const victim = (await server.log.objectAt('configmaps', 'default', 'm2', erasure))!.revision;
    await pool.query('INSERT INTO pruned SELECT revision, hash, $2 FROM event WHERE revision = $1', [victim, erasure]);
    await pool.query('DELETE FROM entry WHERE revision = $1', [victim]);
    expect(await decklog('verify')).toMatchObject({ code: 1, output: expect.stringContaining(`damaged at revision ${erasure} (pruned): the 6 entries`) });
    await pool.query('UPDATE pruned SET erasure = $2 WHERE revision = $1', [victim, erasure + 1]);
    expect(await decklog('verify')).toMatchObject({
      code: 1,
      output: expect.stringContaining(`damaged at revision ${victim} (pruned): the content of entry ${victim} is gone`),
    });
    await pool.query('DELETE FROM pruned WHERE revision = $1', [victim]);
    expect(await decklog('verify')).toMatchObject({ code: 1, output: expect.stringContaining(`damaged at revision ${victim} (gap)`) });
  }, 60_000);

  test('a server that starts after it, from an old checkpoint, finds the same world', async () => {
    const old = (await pool.query<{ revision: string }>(`SELECT revision FROM event WHERE name = 'gone' AND type = 'ADDED'`)).rows[0]!.revision;
    await decklog('rebuild');
    await pool.query('UPDATE checkpoint SET revision = $1', [old]);
    await decklog('rebuild');
    await pool.query('DELETE FROM checkpoint WHERE revision > $1', [old]);
    await apply('resources: {leases.coordination.k8s.io: 0s}');
    expect(await decklog('fsck')).toMatchObject({ code: 0 });
    const digest = /digest (\w+)/.exec((await decklog('fsck')).output)?.[1];
    expect((await decklog('rebuild')).output).toContain(`digest ${digest}, as before`);
  }, 60_000);

  test('drops old records of requests when the policy says so', async () => {
    await server.api.kernel.auditor.trail.flush();
    expect((await apply('requests: 1h')).output).not.toContain('dropped');
    await pool.query(`UPDATE request SET at = at - interval '2 hours' WHERE verb = 'patch'`);
    expect((await apply('requests: 1h')).output).toContain('dropped 3 records of requests');
  }, 60_000);

  test('drops partitions that hold nothing any more', async () => {
    await pool.query('ALTER TABLE entry DETACH PARTITION entry_000001');
    await pool.query('DROP TABLE entry_000001');
    for (const [name, from, to] of [
      ['event_early', 2_000_000, 2_000_001],
      ['event_late', 2_000_001, 2_000_002],
    ])
      await pool.query(`CREATE TABLE ${name} PARTITION OF entry FOR VALUES FROM (${from}) TO (${to})`);
    expect(await server.api.kernel.keeper.pruner?.dropEmptyPartitions(2_000_001)).toEqual(['event_early']);
    expect((await pool.query(`SELECT to_regclass('event_early') AS early, to_regclass('event_late') AS late`)).rows).toEqual([
      { early: null, late: 'event_late' },
    ]);
  }, 60_000);
});
