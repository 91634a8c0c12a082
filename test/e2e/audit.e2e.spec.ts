import type { PostgresLog } from '#lib/log/postgres-log';
import { readPolicy } from '../../apps/api/audit/policy';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import type { Answered } from '../support/ask';
import { verbsFor, type Said } from '../support/verbs';

const MAPS = '/api/v1/namespaces/default/configmaps';

describe('the record of requests', () => {
  let server: ApiServer;
  let decklog: (...words: string[]) => Promise<Said>;
  const map = (name: string, data: object = {}): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  const records = async (...words: string[]): Promise<Record<string, unknown>[]> =>
    JSON.parse((await decklog('audit', '-o', 'json', ...words)).output) as Record<string, unknown>[];
  const eve = async (asked: { path: string; body?: object; headers?: Record<string, string> }): Promise<Answered> =>
    server.client(await server.ca.issueClient({ user: 'eve', groups: ['devs'] }))(asked);
  beforeEach(async () => {
    server = await apiServerOnPostgres('let-me-in,robot,1');
    decklog = await verbsFor(server);
  }, 60_000);
  afterEach(() => server.stop());

  test('tells who asked for what, what became of it, and against which revision it was judged', async () => {
    const headers = { 'kubectl-command': 'kubectl create', 'user-agent': 'kubectl/v1.33' };
    expect((await server.client()({ path: MAPS, body: map('a'), headers })).code).toBe(201);
    const written = (await server.log.event(server.revision()))!;
    expect((await server.client()({ path: MAPS, body: map('a') })).code).toBe(409);
    expect((await eve({ path: MAPS, body: map('b') })).code).toBe(403);
    expect((await eve({ path: `${MAPS}/a` })).code).toBe(403);
    expect((await server.client(null)({ path: MAPS, headers: { authorization: 'Bearer wrong' } })).code).toBe(401);
    expect((await eve({ path: MAPS, headers: { 'impersonate-user': 'admin' } })).code).toBe(403);
    expect((await server.client()({ path: MAPS })).code).toBe(200);

    const all = (await records()).filter(({ path }) => path !== '/decklog/v1/audit');
    const at = server.revision();
    expect(all).toMatchObject([
      {
        verb: 'create',
        resource: 'configmaps',
        namespace: 'default',
        name: 'a',
        code: 201,
        verdict: 'allowed',
        user_name: 'admin',
        command: 'kubectl create',
        id: written.request.id,
        level: 'Metadata',
      },
      { verb: 'create', code: 409, verdict: 'refused', reason: 'AlreadyExists', message: 'configmaps "a" already exists', revision: at },
      { verb: 'create', code: 403, verdict: 'denied', user_name: 'eve', groups: ['devs', 'system:authenticated'], reason: 'Forbidden', revision: at },
      { verb: 'get', name: 'a', code: 403, verdict: 'denied', user_name: 'eve' },
      { code: 401, verdict: 'unknown', user_name: '', path: MAPS },
      { code: 403, verdict: 'denied', user_name: 'eve', message: expect.stringContaining('cannot impersonate') },
    ]);
    expect(all.every(({ took_ms, body }) => Number(took_ms) > 0 && body === null)).toBe(true);
    const { rows } = await (server.log as PostgresLog).pool.query('SELECT verdict, count(*)::int FROM request GROUP BY verdict ORDER BY verdict');
    expect(rows).toEqual([
      { verdict: 'allowed', count: 1 },
      { verdict: 'denied', count: 3 },
      { verdict: 'refused', count: 1 },
      { verdict: 'unknown', count: 1 },
    ]);
  }, 60_000);

  test('tells what policies had to say about what was let in', async () => {
    const spec = {
      matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }] },
      validations: [{ expression: 'false', message: 'better not' }],
    };
    const made = async (plural: string, kind: string, name: string, spec: object): Promise<Answered> =>
      server.client()({
        path: `/apis/admissionregistration.k8s.io/v1/${plural}`,
        body: { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, spec },
      });
    await made('validatingadmissionpolicies', 'ValidatingAdmissionPolicy', 'p', spec);
    await made('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', 'b', { policyName: 'p', validationActions: ['Audit', 'Warn'] });
    const { code, headers } = await server.client()({ path: MAPS, body: map('a') });
    expect([code, headers.warning]).toEqual([201, `299 - "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': better not"`]);
    const record = (await records('--verb', 'create')).find(({ annotations }) => annotations);
    const said = JSON.parse((record?.annotations as Record<string, string>)['validation.policy.admission.k8s.io/validation_failure'] ?? '') as object[];
    expect(said).toEqual([{ message: 'better not', policy: 'p', binding: 'b', expressionIndex: 0, validationActions: ['Audit', 'Warn'] }]);
  }, 60_000);

  test('is searched by user, object, time, verb, code and verdict', async () => {
    const before = new Date().toISOString();
    for (const name of ['a', 'b']) await server.client()({ path: MAPS, body: map(name) });
    await server.client()({ path: `${MAPS}/a`, method: 'DELETE' });
    await eve({ path: `${MAPS}/a` });
    expect(await records('--user', 'eve')).toMatchObject([{ verb: 'get' }]);
    expect(await records('cm/a')).toMatchObject([{ verb: 'create' }, { verb: 'delete' }, { verb: 'get' }]);
    expect(await records('--code', '4xx')).toMatchObject([{ code: 403 }]);
    expect(await records('--code', '201')).toHaveLength(2);
    expect(await records('--verdict', 'denied', '--user', 'admin')).toEqual([]);
    expect(await records('--verb', 'create', '-n', 'default', '--since', before)).toHaveLength(2);
    expect(await records('--until', before)).toEqual([]);
    expect(await records('--limit', '1')).toMatchObject([{ user_name: 'eve' }]);
    expect((await decklog('audit', '--user', 'eve')).output).toMatch(
      /TIME +BY +VERB.*\n[\d:.]+ +eve +get +default\/configmaps\/a +403 +denied .*cannot get resource/,
    );
    expect(await decklog('audit', '--code', 'many')).toMatchObject({ code: 2 });
    expect((await eve({ path: '/decklog/v1/audit' })).code).toBe(403);
  }, 60_000);

  test('keeps what was sent where the policy says so, but never a secret', async () => {
    const policy = readPolicy('kind: Policy\ndenials: None\nrules: [{level: Request, verbs: [create, get]}]');
    Object.assign(server.api.kernel.auditor, { policy });
    await server.client()({ path: MAPS, body: map('a', { color: 'blue' }) });
    await server.client()({
      path: '/api/v1/namespaces/default/secrets',
      body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'canary-in-audit' } },
    });
    await server.client()({ path: `${MAPS}/a` });
    await eve({ path: `${MAPS}/a` });
    await server.client()({ path: `${MAPS}/a`, method: 'DELETE' });
    const [created, secret, read, denied, ...more] = (await records()).filter(({ resource }) => resource !== '');
    expect(created).toMatchObject({ level: 'Request', body: { data: { color: 'blue' } } });
    expect(secret).toMatchObject({ resource: 'secrets', body: null });
    expect(read).toMatchObject({ verb: 'get', verdict: 'allowed' });
    expect(denied).toMatchObject({ verb: 'get', verdict: 'denied' });
    expect(more).toEqual([]);
    const { rows } = await (server.log as PostgresLog).pool.query('SELECT r::text AS row FROM request AS r');
    expect(rows.some(({ row }: { row: string }) => row.includes('canary-in-audit'))).toBe(false);
  }, 60_000);

  test('is complete when the server has stopped', async () => {
    await server.client()({ path: MAPS, body: map('last') });
    await server.api.kernel.auditor.trail.close();
    const { rows } = await (server.log as PostgresLog).pool.query('SELECT resource, code FROM request');
    expect(rows).toEqual([{ resource: 'configmaps', code: 201 }]);
  }, 60_000);
});
