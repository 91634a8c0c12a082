import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import type { Answered, Asked, Asker } from '../support/ask';
import { examples } from './examples';

interface Thing {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string; readonly annotations?: Record<string, string> };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each kind has its own
  readonly [part: string]: any;
}

interface Version {
  readonly groupVersion: string;
  readonly version: string;
}

const MERGE = { 'content-type': 'application/merge-patch+json' };
const MAPS = '/api/v1/namespaces/default/configmaps';
const SECRETS = '/api/v1/namespaces/default/secrets';
const discovery = (version: string): Record<string, string> => ({
  accept: `application/json;v=${version};g=apidiscovery.k8s.io;as=APIGroupDiscoveryList,application/json`,
});

/** What conformance asks of an API server alone, besides verbs.e2e.spec.ts: no controller runs. README.md says which test is whose. */
describe('an API server', () => {
  let server: ApiServer;
  let ask: Asker;
  beforeAll(async () => {
    server = await apiServerOnPostgres();
    ask = server.client();
    await good({ path: '/api/v1/namespaces/default/serviceaccounts', body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } } });
  }, 60_000);
  afterAll(() => server?.stop());

  async function good<T = Thing>(asked: Asked): Promise<T> {
    const answer = await ask(asked);
    if (answer.code >= 300) throw new Error(`${asked.method ?? ''} ${asked.path}: ${answer.text}`);
    return answer.json<T>();
  }
  const create = (path: string, body: object): Promise<Thing> => good({ path, body });
  const merge = (path: string, body: object): Promise<Thing> => good({ method: 'PATCH', path, headers: MERGE, body: JSON.stringify(body) });

  test('makes with PUT what is not there, of those kinds that upstream has it for, and for those who may create it', async () => {
    const [roles, name] = ['/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', 'updater'];
    const put = (of: string, body: object, headers = {}): ReturnType<Asker> =>
      ask({ method: 'PUT', path: `${of}/new`, body: { metadata: { name: 'new' }, ...body }, headers });
    await create(roles, { metadata: { name }, rules: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['update'] }] });
    await create(roles.replace('roles', 'rolebindings'), {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
    });
    const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    const refused = await put(leases, { spec: {} }, { 'impersonate-user': name });
    expect(refused.json()).toMatchObject({
      code: 403,
      message:
        'leases.coordination.k8s.io "new" is forbidden: User "updater" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "default"',
    });
    for (const [of, body] of [
      [leases, { spec: { holderIdentity: 'me' } }],
      [roles, { rules: [] }],
      ['/api/v1/namespaces/default/limitranges', { spec: { limits: [] } }],
    ] as const) {
      const made = await put(of, body);
      expect([made.code, (await put(of, made.json<Thing>())).code]).toEqual([201, 200]);
    }
    expect((await put('/api/v1/namespaces/default/configmaps', {})).code).toBe(404);
  });

  test('names a preferred version of each group, which is one that it serves', async () => {
    const { groups } = await good<{ groups: { name: string; preferredVersion: Version; versions: Version[] }[] }>({ path: '/apis' });
    expect(groups.length).toBeGreaterThan(15);
    for (const group of groups) {
      expect(group.versions).toContainEqual(group.preferredVersion);
      expect(await good({ path: `/apis/${group.name}` })).toMatchObject({ kind: 'APIGroup', name: group.name, preferredVersion: group.preferredVersion });
    }
  });

  test('has every version of every group, and a resource in each', async () => {
    const { groups } = await good<{ groups: { versions: Version[] }[] }>({ path: '/apis' });
    for (const { groupVersion } of groups.flatMap(({ versions }) => versions)) {
      const list = await good<{ groupVersion: string; resources: { name: string }[] }>({ path: `/apis/${groupVersion}` });
      expect(list).toMatchObject({ kind: 'APIResourceList', groupVersion });
      expect(list.resources.length).toBeGreaterThan(0);
    }
  });

  test.each(['v2', 'v2beta1'])('tells all of it at once in aggregated discovery %s', async (version) => {
    for (const path of ['/api', '/apis']) {
      const answer = await ask({ path, headers: discovery(version) });
      expect(answer.headers['content-type']).toBe(`application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`);
      const { items } = answer.json<{ items: { metadata: { name?: string }; versions: { version: string; resources: { resource: string }[] }[] }[] }>();
      const core = path === '/api' ? items[0] : items.find(({ metadata }) => metadata.name === 'apps');
      expect(core?.versions[0]?.resources.map(({ resource }) => resource)).toEqual(
        expect.arrayContaining(path === '/api' ? ['pods', 'configmaps'] : ['deployments', 'replicasets']),
      );
    }
  });

  test('tells discovery in the form that is asked for, and in the old one to whoever knows no other', async () => {
    const forms: [string, string][] = [
      ['application/json', 'application/json'],
      ['application/json;v=v3;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList,application/json', 'application/json'],
      [
        'application/json;v=v3;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList,application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList',
        'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
      ],
    ];
    for (const [accept, type] of forms) expect([accept, (await ask({ path: '/apis', headers: { accept } })).headers['content-type']]).toEqual([accept, type]);
  });

  test('says which version it is', async () => {
    expect(await good({ path: '/version' })).toMatchObject({
      major: expect.stringMatching(/^\d+$/) as string,
      minor: expect.stringMatching(/^\d+/) as string,
      gitVersion: expect.stringMatching(/^v\d+\.\d+\.\d+/) as string,
    });
  });

  test('refuses to make a table of what has no metadata, with 406', async () => {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } };
    const answer = await ask({
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body,
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(answer.json()).toMatchObject({ code: 406, reason: 'NotAcceptable' });
  });

  test('says who may do what, in all kinds of reviews', async () => {
    const attributes = { verb: 'list', resource: 'configmaps', namespace: 'default' };
    const review = async (kind: string, spec: object, path = `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`): Promise<Thing> =>
      create(path, { apiVersion: 'authorization.k8s.io/v1', kind, metadata: path.includes('namespaces') ? { namespace: 'default' } : {}, spec });
    const local = '/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews';
    const eve = { resourceAttributes: attributes, user: 'system:serviceaccount:default:eve' };
    expect((await review('SubjectAccessReview', eve)).status).toMatchObject({ allowed: false });
    expect((await review('LocalSubjectAccessReview', eve, local)).status).toMatchObject({ allowed: false });
    expect((await review('SelfSubjectAccessReview', { resourceAttributes: attributes })).status).toMatchObject({ allowed: true });
    expect((await review('SelfSubjectRulesReview', { namespace: 'default' })).status).toMatchObject({
      incomplete: false,
      resourceRules: expect.arrayContaining([expect.objectContaining({ verbs: ['*'] })]) as unknown,
    });
  });

  test('issues a token for a service account, which a TokenReview knows and which reads what it may', async () => {
    const account = await create('/api/v1/namespaces/default/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } });
    const { status } = await create('/api/v1/namespaces/default/serviceaccounts/robot/token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [], expirationSeconds: 3600 },
    });
    const { token } = status as { token: string };
    const reviewed = await create('/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    });
    expect(reviewed.status).toMatchObject({
      authenticated: true,
      user: {
        username: 'system:serviceaccount:default:robot',
        uid: account.metadata.uid,
        groups: expect.arrayContaining(['system:serviceaccounts']) as unknown,
      },
    });
    expect((await server.client({ token })({ path: '/apis' })).code).toBe(200);
  });

  test('takes no ConfigMap and no Secret with an empty key', async () => {
    for (const [path, kind] of [
      [MAPS, 'ConfigMap'],
      [SECRETS, 'Secret'],
    ] as const) {
      const answer = await ask({ path, body: { apiVersion: 'v1', kind, metadata: { name: 'empty' }, data: { '': 'dmFsdWU=' } } });
      expect(answer.json()).toMatchObject({
        code: 422,
        reason: 'Invalid',
        message: expect.stringContaining("Invalid value: \"\": a valid config key must consist of alphanumeric characters, '-', '_' or '.'") as string,
      });
    }
  });

  test.each([
    ['ConfigMap', MAPS],
    ['Secret', SECRETS],
  ])('an immutable %s stays as it is until it is deleted', async (kind, path) => {
    const one = `${path}/stone`;
    await create(path, { apiVersion: 'v1', kind, metadata: { name: 'stone' }, data: { a: 'MQ==' } });
    await merge(one, { data: { a: 'Mg==' } });
    await merge(one, { immutable: true });
    const refused = async (body: object): Promise<Answered> => ask({ method: 'PATCH', path: one, headers: MERGE, body: JSON.stringify(body) });
    expect((await refused({ data: { a: 'Mw==' } })).json()).toMatchObject({
      code: 422,
      message: expect.stringContaining('data: Forbidden: field is immutable when `immutable` is set') as string,
    });
    expect((await refused({ immutable: false })).json()).toMatchObject({
      code: 422,
      message: expect.stringContaining('immutable: Forbidden: field is immutable when `immutable` is set') as string,
    });
    expect((await merge(one, { metadata: { annotations: { may: 'change' } } })).data).toEqual({ a: 'Mg==' });
    expect((await ask({ method: 'DELETE', path: one })).code).toBe(200);
  });

  test('lists forty templates in chunks of one revision, and says how many are left', async () => {
    const templates = '/api/v1/namespaces/default/podtemplates';
    const names = Array.from({ length: 40 }, (_, i) => `template-${String(i).padStart(4, '0')}`);
    for (const name of names)
      await create(templates, {
        apiVersion: 'v1',
        kind: 'PodTemplate',
        metadata: { name },
        template: { spec: { containers: [{ name: 'c', image: 'nginx' }] } },
      });
    const found: string[] = [];
    const revisions = new Set<string>();
    for (let next = '', first = true; first || next !== ''; first = false) {
      const list = await good<{ items: Thing[]; metadata: { continue?: string; remainingItemCount?: number; resourceVersion: string } }>({
        path: `${templates}?limit=17&continue=${encodeURIComponent(next)}`,
      });
      found.push(...list.items.map(({ metadata }) => metadata.name));
      revisions.add(list.metadata.resourceVersion);
      expect(list.metadata.remainingItemCount ?? 0).toBe(names.length - found.length);
      next = list.metadata.continue ?? '';
    }
    expect(found).toEqual(names);
    expect(revisions.size).toBe(1);

    const first = await good<{ metadata: { continue: string } }>({ path: `${templates}?limit=17` });
    jest.useFakeTimers({
      now: Date.now() + 6 * 60_000,
      doNotFake: ['setTimeout', 'setInterval', 'setImmediate', 'nextTick', 'clearTimeout', 'clearInterval', 'performance', 'hrtime', 'queueMicrotask'],
    });
    try {
      const late = await ask({ path: `${templates}?limit=17&continue=${encodeURIComponent(first.metadata.continue)}` });
      expect(late.json()).toMatchObject({ code: 410, reason: 'Expired' });
      const { metadata } = late.json<{ metadata: { continue: string } }>();
      const rest = await good<{ items: Thing[] }>({ path: `${templates}?continue=${encodeURIComponent(metadata.continue)}` });
      expect(rest.items.map((item) => item.metadata.name)).toEqual(names.slice(17));
    } finally {
      jest.useRealTimers();
    }
  });

  test('has a CertificateSigningRequest approved and signed under paths of their own', async () => {
    const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
    const { example } = examples().find(({ kind }) => kind.kind === 'CertificateSigningRequest')!;
    const { status: _, ...request } = example;
    await create(path, request);
    const condition = { type: 'Approved', status: 'True', reason: 'E2E', message: 'Set' };
    const approved = await merge(`${path}/walk/approval`, { metadata: { annotations: { approved: 'yes' } }, status: { conditions: [condition] } });
    expect(approved).toMatchObject({ metadata: { annotations: { approved: 'yes' } }, status: { conditions: [condition] } });
    const updated = await good({
      method: 'PUT',
      path: `${path}/walk/approval`,
      body: { ...approved, metadata: { ...approved.metadata, annotations: { approved: 'twice' } } },
    });
    expect(updated.metadata.annotations).toEqual({ approved: 'twice' });
    const failed = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set' };
    expect((await merge(`${path}/walk/status`, { status: { conditions: [condition, failed] } })).status).toMatchObject({ conditions: [condition, failed] });
  });

  test('keeps what a quota allows, and its status when it is set', async () => {
    const quotas = '/api/v1/namespaces/default/resourcequotas';
    await create(quotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small' }, spec: { hard: { 'requests.cpu': '500m', memory: '1Gi' } } });
    expect((await merge(`${quotas}/small`, { spec: { hard: { 'requests.cpu': '1', memory: '2Gi' } } })).spec.hard).toEqual({
      'requests.cpu': '1',
      memory: '2Gi',
    });
    expect((await good({ path: `${quotas}/small` })).spec.hard).toEqual({ 'requests.cpu': '1', memory: '2Gi' });
    expect((await ask({ method: 'DELETE', path: `${quotas}/small` })).code).toBe(200);
    expect((await ask({ path: `${quotas}/small` })).code).toBe(404);
  });

  test('binds a claim to a volume in words, and takes both away when nobody holds them', async () => {
    const volume = await create('/api/v1/persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'disk' },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/tmp/disk' }, storageClassName: 'none' },
    });
    const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
    await create(claims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'mine' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'none', volumeName: 'disk' },
    });
    const condition = { type: 'StatusPatched', status: 'True', reason: 'E2E', message: 'Set' };
    expect((await merge(`${claims}/mine/status`, { status: { conditions: [condition] } })).status.conditions).toMatchObject([condition]);
    expect((await merge('/api/v1/persistentvolumes/disk/status', { status: { reason: 'E2E', message: 'Set' } })).status).toMatchObject({
      reason: 'E2E',
      message: 'Set',
    });
    expect((await merge('/api/v1/persistentvolumes/disk', { metadata: { labels: { disk: 'patched' } } })).metadata.uid).toBe(volume.metadata.uid);
    for (const one of [`${claims}/mine`, '/api/v1/persistentvolumes/disk']) {
      await ask({ method: 'DELETE', path: one });
      if ((await ask({ path: one })).code === 200) await merge(one, { metadata: { finalizers: null } });
      expect((await ask({ path: one })).code).toBe(404);
    }
  });
});
