import { CommandExecutor } from '../../apps/api/write/execute';
import { MemoryLog } from '#lib/log/memory-log';
import { apiServer, type ApiServer } from '../support/api-server';
import type { Answered, Asker } from '../support/ask';
import { webhookServer, type WebhookServer } from '../support/webhook-server';

const MAPS = '/api/v1/namespaces/default/configmaps';
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1';

/** Admission webhooks over real HTTPS. Each test has a path of the web server, and ConfigMaps with a label, of its own. */
describe('admission webhooks', () => {
  let server: ApiServer;
  let hooks: WebhookServer;
  let ask: Asker;
  beforeAll(async () => {
    [server, hooks] = [await apiServer(new MemoryLog()), await webhookServer('hooks.default.svc')];
    ask = server.client();
    await made('/api/v1/namespaces/default/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'hooks' },
      spec: { ports: [{ port: 443, targetPort: hooks.port }] },
    });
    await made('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'hooks', labels: { 'kubernetes.io/service-name': 'hooks' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [hooks.ip], conditions: { ready: true } }],
      ports: [{ port: hooks.port, protocol: 'TCP' }],
    });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await hooks.stop();
  });

  const made = async (path: string, body: object): Promise<Answered> => {
    const answer = await ask({ path, body });
    if (answer.code !== 201) throw new Error(answer.text);
    return answer;
  };
  const map = (name: string, group: string, data: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { group } },
    data,
  });

  /** Registers a webhook for the ConfigMaps whose label `group` is the name. */
  async function register(sort: 'Mutating' | 'Validating', name: string, more: object = {}): Promise<void> {
    const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['configmaps'] }];
    const clientConfig = { url: `https://127.0.0.1:${hooks.port}/${name}`, caBundle: hooks.caBundle };
    const hook = {
      name: `${name}.example.com`,
      rules,
      clientConfig,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      objectSelector: { matchLabels: { group: name } },
      ...more,
    };
    const kind = `${sort}WebhookConfiguration`;
    await made(`${CONFIGURATIONS}/${kind.toLowerCase()}s`, { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, webhooks: [hook] });
  }

  test('change what is written, through a service; the entry of the log holds the change', async () => {
    hooks.answer('/mutate', ({ object }) => ({
      allowed: true,
      warnings: ['looked at'],
      patch: [{ op: 'add', path: '/data/by', value: `webhook of ${(object as { metadata: { name: string } }).metadata.name}` }],
    }));
    await register('Mutating', 'mutate', { clientConfig: { service: { name: 'hooks', namespace: 'default', path: '/mutate' }, caBundle: hooks.caBundle } });
    const { headers } = await made(MAPS, map('a', 'mutate', { a: 'b' }));
    expect(headers.warning).toContain('looked at');
    expect(JSON.parse((await server.log.event(server.revision()))?.object ?? '')).toMatchObject({ data: { a: 'b', by: 'webhook of a' } });
    expect(hooks.asked('/mutate')[0]).toMatchObject({
      operation: 'CREATE',
      name: 'a',
      kind: { kind: 'ConfigMap', version: 'v1' },
      userInfo: { username: 'admin' },
      dryRun: false,
      oldObject: null,
    });
    await ask({ path: `${MAPS}/a`, method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body: '{"data":{"a":"c"}}' });
    expect(hooks.asked('/mutate')[1]).toMatchObject({ operation: 'UPDATE', object: { data: { a: 'c' } }, oldObject: { data: { a: 'b' } } });
  });

  test('refuse, in their own words and with their own code', async () => {
    hooks.answer('/deny', ({ operation }) =>
      operation === 'DELETE' ? { allowed: false } : { allowed: false, status: { code: 418, message: 'not today', reason: 'Teapot' } },
    );
    await made(MAPS, map('before', 'deny'));
    await register('Validating', 'deny');
    expect((await ask({ path: MAPS, body: map('d', 'deny') })).json()).toMatchObject({
      code: 418,
      reason: 'Teapot',
      message: 'admission webhook "deny.example.com" denied the request: not today',
    });
    const refused = await ask({ path: `${MAPS}/before`, method: 'DELETE', body: { propagationPolicy: 'Background', gracePeriodSeconds: 3 } });
    expect(refused.json()).toMatchObject({ code: 400, message: 'admission webhook "deny.example.com" denied the request without explanation' });
    const told = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', propagationPolicy: 'Background', gracePeriodSeconds: 3 };
    expect(hooks.asked('/deny').at(-1)).toMatchObject({ operation: 'DELETE', object: null, options: told });
    await made(MAPS, map('others', 'free'));
  });

  test('that cannot be reached fail the request, or are passed over when that is their policy', async () => {
    const nowhere = { url: 'https://127.0.0.1:1/x', caBundle: hooks.caBundle };
    await register('Validating', 'closed', { clientConfig: nowhere });
    await register('Validating', 'open', { clientConfig: nowhere, failurePolicy: 'Ignore' });
    expect((await ask({ path: MAPS, body: map('c', 'closed') })).json()).toMatchObject({
      code: 500,
      message:
        'Internal error occurred: failed calling webhook "closed.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
    });
    await made(MAPS, map('c', 'open'));
    await register('Validating', 'missing', { clientConfig: { service: { name: 'nobody', namespace: 'default' } } });
    expect((await ask({ path: MAPS, body: map('m', 'missing') })).json().message).toContain(
      'Post "https://nobody.default.svc:443/?timeout=10s": service "nobody" not found',
    );
  });

  test('that hang cost their caller their timeout, and nobody else anything', async () => {
    hooks.answer('/hang', () => new Promise<never>(() => undefined));
    await register('Validating', 'hang', { timeoutSeconds: 3 });
    const began = Date.now();
    let hangs = true;
    const hanging = ask({ path: MAPS, body: map('h', 'hang') }).finally(() => (hangs = false));
    const other = server.client();
    for (let i = 0; i < 5; i++) expect((await other({ path: MAPS, body: map(`fast-${i}`, 'free') })).code).toBe(201);
    expect(hangs).toBe(true);
    expect((await hanging).json().message).toContain('/hang?timeout=3s": context deadline exceeded');
    expect(Date.now() - began).toBeGreaterThanOrEqual(3000);
  });

  test('are asked again about the newer version when another write was faster', async () => {
    await made(MAPS, map('raced', 'race', { n: '0' }));
    await register('Validating', 'race');
    const other = server.client();
    let isFirst = true;
    hooks.answer('/race', async () => {
      if (!isFirst) return { allowed: true };
      isFirst = false;
      await other({ path: `${MAPS}/raced`, method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body: '{"data":{"other":"1"}}' });
      return { allowed: true };
    });
    const { code } = await ask({
      path: `${MAPS}/raced`,
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"data":{"n":"1"}}',
    });
    expect(code).toBe(200);
    const seen = hooks.asked('/race').map(({ object, oldObject }) => [(oldObject as { data: object }).data, (object as { data: object }).data]);
    expect(seen).toEqual([
      [{ n: '0' }, { n: '1' }],
      [{ n: '0' }, { n: '0', other: '1' }],
      [
        { n: '0', other: '1' },
        { n: '1', other: '1' },
      ],
    ]);
  });

  test('have a say in what controllers do, all commands of a decision at once', async () => {
    hooks.answer('/told', ({ object }) => {
      const { name } = (object as { metadata: { name: string } }).metadata;
      return name === 'third' ? { allowed: false, status: { message: 'enough' } } : { allowed: true, patch: [{ op: 'add', path: '/data', value: { name } }] };
    });
    await register('Mutating', 'told');
    const { writer, consult, world, authorizer } = server.api.kernel;
    const commands = ['first', 'second', 'third', 'fourth'].map(
      (name) => ({ do: 'create', object: { ...map(name, 'told'), metadata: { name, namespace: 'default', labels: { group: 'told' } } } }) as never,
    );
    const before = server.revision();
    const reply = await new CommandExecutor(writer, consult, world, authorizer).execute({
      controller: 'c',
      component: 'c',
      user: 'system:serviceaccount:kube-system:c',
      groups: ['system:masters'],
      version: '1',
      key: 'k',
      world: world.revision,
      now: new Date().toISOString(),
      digests: [],
      commands,
      cause: [],
    });
    expect(reply.results).toMatchObject([
      { ok: true, name: 'first' },
      { ok: true, name: 'second' },
      { ok: false, status: { message: 'admission webhook "told.example.com" denied the request: enough' } },
    ]);
    expect(server.revision()).toBe(before + 2);
    expect((await ask({ path: `${MAPS}/second` })).json<{ data: object }>().data).toEqual({ name: 'second' });
  });

  test('with side effects are not asked in a dry run; those without know that it is one', async () => {
    hooks.answer('/dry', () => ({ allowed: true }));
    await register('Validating', 'dry');
    expect((await ask({ path: `${MAPS}?dryRun=All`, body: map('dry', 'dry') })).code).toBe(201);
    expect(hooks.asked('/dry')).toMatchObject([{ dryRun: true }]);
    expect((await ask({ path: `${MAPS}/dry` })).code).toBe(404);
  });

  test('have conditions, and no say about what configures them', async () => {
    hooks.answer('/some', () => ({ allowed: false, status: { message: 'no' } }));
    const rules = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }];
    await register('Validating', 'some', { rules, objectSelector: {}, matchConditions: [{ name: 'some', expression: 'request.name != "skipped"' }] });
    await made(MAPS, map('skipped', 'free'));
    expect((await ask({ path: MAPS, body: map('held', 'free') })).code).toBe(400);
    const path = `${CONFIGURATIONS}/validatingwebhookconfigurations/some`;
    expect((await ask({ path, method: 'DELETE' })).code).toBe(200);
    await made(MAPS, map('held', 'free'));
  });

  test('have a say in the scale of a workload', async () => {
    hooks.answer('/scale', ({ object }) => {
      const { replicas } = (object as { spec: { replicas: number } }).spec;
      return replicas > 9
        ? { allowed: false, status: { message: 'too many' } }
        : { allowed: true, patch: [{ op: 'replace', path: '/spec/replicas', value: replicas + 1 }] };
    });
    const rules = [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments/scale'] }];
    await register('Mutating', 'scale', { rules, objectSelector: {} });
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const path = '/apis/apps/v1/namespaces/default/deployments';
    await made(path, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 1, selector: { matchLabels: { a: 'b' } }, template },
    });
    const scaled = (replicas: number) =>
      ask({
        path: `${path}/web/scale`,
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify({ spec: { replicas } }),
      });
    expect((await scaled(3)).json()).toMatchObject({ kind: 'Scale', spec: { replicas: 4 } });
    expect((await scaled(10)).json()).toMatchObject({ message: 'admission webhook "scale.example.com" denied the request: too many' });
    expect(hooks.asked('/scale')[0]).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      resource: { resource: 'deployments' },
      subResource: 'scale',
      oldObject: { spec: { replicas: 1 } },
    });
  });

  test('called again when a later one changed what they saw, if they want that', async () => {
    const labelled =
      (key: string) =>
      ({ object }: { object: { data?: Record<string, string> } }) => ({
        allowed: true,
        patch: [
          {
            op: 'add',
            path: `/data/${key}`,
            value: Object.keys(object.data ?? {})
              .sort()
              .join('+'),
          },
        ],
      });
    hooks.answer('/again-a', labelled('a'));
    hooks.answer('/again-b', labelled('b'));
    const both = { objectSelector: { matchLabels: { group: 'again' } } };
    await register('Mutating', 'again-a', { ...both, reinvocationPolicy: 'IfNeeded' });
    await register('Mutating', 'again-b', both);
    expect((await made(MAPS, map('again', 'again', { x: '1' }))).json<{ data: object }>().data).toEqual({ x: '1', a: 'a+b+x', b: 'a+x' });
    expect(hooks.asked('/again-b')).toHaveLength(1);
  });
});
