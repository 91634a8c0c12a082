import { createHmac, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Status } from '#lib/api/errors';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { serviceAccountKeys } from '#lib/pki/service-account-keys';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import type { Answered, Asked, Asker, Identity, Protocol } from '../support/ask';
import { claimsOf, signedToken, tokenPart } from '../support/tokens';

/** Who is it, and may he: over real TLS. */

const DEFAULT = '/api/v1/namespaces/default';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const WHOAMI: Asked = { path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body: {} };
const STATIC = 'static-token,teacher,42,"school,system:tutors"\nwith.two.dots,dotty,1\n';

interface Who {
  status: { userInfo: { username: string; uid?: string; groups: string[] } };
}

let server: ApiServer;
let admin: Asker;
let folder: string;
beforeAll(async () => {
  server = await apiServerOnPostgres(STATIC);
  admin = server.client();
  folder = mkdtempSync(join(tmpdir(), 'decklog-other-ca-'));
  await made(`${DEFAULT}/serviceaccounts`, { metadata: { name: 'default' } });
  await made(`${DEFAULT}/configmaps`, { metadata: { name: 'one' } });
}, 60_000);
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function made<T = { metadata: { uid: string } }>(path: string, body: object): Promise<T> {
  const answer = await admin({ path, body });
  if (answer.code !== 201) throw new Error(`${path}: ${answer.text}`);
  return answer.json<T>();
}

/** Who gets which role. */
const bindingTo = (name: string, user: string, kind: 'Role' | 'ClusterRole', role: string): object => ({
  metadata: { name },
  subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
});
const drop = (path: string): Promise<Answered> => admin({ method: 'DELETE', path });
const as = (token: string): Identity => ({ token });

async function tokenOf(account: string, spec: object = {}): Promise<string> {
  const answer = await made<{ status: { token: string } }>(`${DEFAULT}/serviceaccounts/${account}/token`, { spec });
  return answer.status.token;
}

/** Signed as the server signs, with whatever claims: what only a thief of the key could make. */
const signed = (claims: object, key: string = serviceAccountKeys(server.pkiDir).privateKey): string => signedToken(key, claims);

describe.each<Protocol>(['HTTP/1.1', 'HTTP/2'])('over %s', (protocol) => {
  const ask = (identity: Identity | null, asked: Asked): Promise<Answered> => server.client(identity, protocol)(asked);

  async function isNobody(identity: Identity | null, headers: Record<string, string> = {}): Promise<void> {
    const before = server.revision();
    // prettier-ignore
    for (const asked of [{ path: `${DEFAULT}/configmaps`, headers }, { path: `${DEFAULT}/configmaps`, headers, body: { metadata: { name: 'x' } } }, { path: '/nope', headers }]) {
      const answer = await ask(identity, asked);
      expect(answer.json()).toMatchObject({ kind: 'Status', status: 'Failure', code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
      expect(answer.code).toBe(401);
    }
    expect(server.revision()).toBe(before);
  }

  describe('nobody is', () => {
    // prettier-ignore
    test.each([
      ['who says nothing', {}],
      ['a word', { authorization: 'secret' }],
      ['another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
      ['an empty token', { authorization: 'Bearer ' }],
      ['a token of two words', { authorization: 'Bearer a b' }],
      ['an unknown token', { authorization: 'Bearer nonsense' }],
      ['an unknown token with dots', { authorization: 'Bearer a.b.c' }],
      ['a token that ends in nothing', { authorization: 'Bearer eyJhbGciOiJFUzI1NiJ9..' }],
      ['a very long token', { authorization: `Bearer ${'x'.repeat(12_000)}` }],
      ['a token of 6,000 dots', { authorization: `Bearer ${'.'.repeat(6000)}` }],
      ['who only wishes to be somebody', { 'impersonate-user': 'admin' }],
    ])('%s', (_, headers) => isNobody(null, headers));

    test('the bearer of a token without a signature, or with one that is none of ours', async () => {
      const claims = claimsOf(await tokenOf('default'));
      // prettier-ignore
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
      const publicKey = createPublicKey(serviceAccountKeys(server.pkiDir).privateKey).export({ type: 'spki', format: 'pem' });
      const hmac = `${tokenPart({ alg: 'HS256', typ: 'JWT' })}.${tokenPart(claims)}`;
      const [head, body, signature] = (await tokenOf('default')).split('.') as [string, string, string];
      const forged = [
        `${tokenPart({ alg: 'none' })}.${tokenPart(claims)}.`,
        `${tokenPart({ alg: 'none' })}.${tokenPart(claims)}.AAAA`,
        `${hmac}.${createHmac('sha256', publicKey).update(hmac).digest('base64url')}`,
        signed(claims, privateKey),
        `${head}.${tokenPart({ ...claims, sub: 'system:serviceaccount:kube-system:default' })}.${signature}`,
        `${head}.${body}.${signature.slice(0, -4)}`,
        `${head}.${body}`,
        `${head}.${body}.${signature}.${signature}`,
      ];
      for (const token of forged) await isNobody(as(token));
    });

    test('the bearer of a token for others, of another issuer, of yesterday or of tomorrow', async () => {
      const claims = claimsOf(await tokenOf('default'));
      const now = Math.floor(Date.now() / 1000);
      await isNobody(as(await tokenOf('default', { audiences: ['vault'] })));
      // prettier-ignore
      for (const change of [{ aud: ['vault'] }, { aud: 'kubernetes' }, { iss: 'elsewhere' }, { exp: now - 1 }, { nbf: now + 60 }, { exp: undefined }, { 'kubernetes.io': undefined }, { aud: undefined }]) {
        await isNobody(as(signed({ ...claims, jti: randomUUID(), ...change })));
      }
      for (const claims of [[], 'text', 7, null]) await isNobody(as(signed(claims as object)));
    });

    test('a service account that is gone, also when another one has its name', async () => {
      await made(`${DEFAULT}/serviceaccounts`, { metadata: { name: 'robot' } });
      const token = await tokenOf('robot');
      expect((await ask(as(token), WHOAMI)).code).toBe(201);
      await drop(`${DEFAULT}/serviceaccounts/robot`);
      await isNobody(as(token));
      await made(`${DEFAULT}/serviceaccounts`, { metadata: { name: 'robot' } });
      await isNobody(as(token));
      await drop(`${DEFAULT}/serviceaccounts/robot`);
    });

    test('a pod that is gone, though its account lives', async () => {
      await made(`${DEFAULT}/pods`, { metadata: { name: 'job' }, spec: { containers: [{ name: 'a', image: 'a' }] } });
      const token = await tokenOf('default', { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'job' } });
      expect((await ask(as(token), WHOAMI)).code).toBe(201);
      await drop(`${DEFAULT}/pods/job`);
      await isNobody(as(token));
    });

    test('who shows a certificate of another CA, of a CA of the same name, an expired one, one for servers, one without a name', async () => {
      const other = await ClusterCa.loadOrCreate(folder);
      const who = { user: 'admin', groups: ['system:masters'] };
      await isNobody(await other.issueClient(who));
      await isNobody(await server.ca.issueClient({ ...who, days: -1 / 1440 }));
      await isNobody(await server.ca.issueServing({ commonName: 'admin' }));
      await isNobody({ certificate: readFileSync(join(folder, 'ca.crt'), 'utf8'), key: readFileSync(join(folder, 'ca.key'), 'utf8') });
    });
  });

  describe('somebody is', () => {
    const whois = async (identity: Identity): Promise<Who['status']['userInfo']> => (await ask(identity, WHOAMI)).json<Who>().status.userInfo;

    test('a certificate of the cluster: name and groups', async () => {
      const certificate = await server.ca.issueClient({ user: 'ann', groups: ['dev', 'ops'] });
      const extra = { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/) as string] };
      expect(await whois(certificate)).toMatchObject({ username: 'ann', groups: ['dev', 'ops', 'system:authenticated'], extra });
    });

    test('a token of the file, dots or not', async () => {
      expect(await whois(as('static-token'))).toMatchObject({ username: 'teacher', uid: '42', groups: ['school', 'system:tutors', 'system:authenticated'] });
      expect(await whois(as('with.two.dots'))).toMatchObject({ username: 'dotty' });
    });

    test('a service account', async () => {
      expect(await whois(as(await tokenOf('default')))).toMatchObject({
        username: 'system:serviceaccount:default:default',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      });
      expect(claimsOf(await tokenOf('default'))).toMatchObject({ iss: ISSUER, aud: [ISSUER], sub: 'system:serviceaccount:default:default' });
    });

    test('nobody needs to be anybody for health and version', async () => {
      for (const path of ['/livez', '/readyz', '/healthz', '/version']) expect((await ask(null, { path })).code).toBe(200);
      expect((await ask(as('static-token'), { path: '/version', headers: { 'impersonate-user': 'somebody' } })).code).toBe(200);
    });
  });

  describe('who may not is told so, whether there is such a thing or not', () => {
    const nobodysFriend = as('static-token');
    // prettier-ignore
    test.each<[Asked, string]>([
      [{ path: `${DEFAULT}/configmaps` }, 'configmaps is forbidden: User "teacher" cannot list resource "configmaps" in API group "" in the namespace "default"'],
      [{ path: '/api/v1/configmaps' }, 'configmaps is forbidden: User "teacher" cannot list resource "configmaps" in API group "" at the cluster scope'],
      [{ path: `${DEFAULT}/configmaps?watch=true` }, 'cannot watch resource "configmaps"'],
      [{ path: `${DEFAULT}/configmaps/one` }, 'configmaps "one" is forbidden: User "teacher" cannot get resource "configmaps" in API group "" in the namespace "default"'],
      [{ path: `${DEFAULT}/configmaps/one?watch=true` }, 'cannot get resource'],
      [{ path: `${DEFAULT}/configmaps/ghost` }, 'configmaps "ghost" is forbidden: User "teacher" cannot get resource'],
      [{ path: `${DEFAULT}/configmaps`, body: {} }, 'cannot create resource "configmaps"'],
      [{ path: `${DEFAULT}/configmaps/one`, method: 'PUT', body: {} }, 'cannot update resource "configmaps"'],
      [{ path: `${DEFAULT}/configmaps/one`, method: 'PATCH', body: {} }, 'cannot patch resource "configmaps"'],
      [{ path: `${DEFAULT}/configmaps/one`, method: 'DELETE' }, 'cannot delete resource "configmaps"'],
      [{ path: `${DEFAULT}/configmaps`, method: 'DELETE' }, 'cannot deletecollection resource "configmaps"'],
      [{ path: '/apis/apps/v1/namespaces/default/deployments/web/scale' }, 'deployments.apps "web" is forbidden: User "teacher" cannot get resource "deployments/scale" in API group "apps" in the namespace "default"'],
      [{ path: `${DEFAULT}/pods/x/binding`, body: {} }, 'cannot create resource "pods/binding"'],
      [{ path: '/api/v1/namespaces/default' }, 'namespaces "default" is forbidden: User "teacher" cannot get resource "namespaces" in API group "" in the namespace "default"'],
      [{ path: '/api/v1/nodes' }, 'nodes is forbidden: User "teacher" cannot list resource "nodes" in API group "" at the cluster scope'],
      [{ path: '/api/v1/namespaces/default/things' }, 'things is forbidden: User "teacher" cannot list resource "things" in API group "" in the namespace "default"'],
      [{ path: '/apis/nope.io/v9/things' }, 'things.nope.io is forbidden: User "teacher" cannot list resource "things" in API group "nope.io" at the cluster scope'],
      [{ path: '/metrics' }, 'forbidden: User "teacher" cannot get path "/metrics"'],
      [{ path: '/nope' }, 'forbidden: User "teacher" cannot get path "/nope"'],
      [{ path: '/decklog/v1/log' }, 'forbidden: User "teacher" cannot get path "/decklog/v1/log"'],
      [{ path: `${DEFAULT}/serviceaccounts/default/token`, body: {} }, 'cannot create resource "serviceaccounts/token"'],
    ])('%j', async (asked, says) => {
      const before = server.revision();
      const answer = await ask(nobodysFriend, asked);
      const status = answer.json<Status>();
      expect(status).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403 });
      expect(status.message).toContain(says);
      expect([answer.code, server.revision()]).toEqual([403, before]);
    });

    test('impersonation', async () => {
      // prettier-ignore
      const wish = async (headers: Record<string, string | string[]>): Promise<string> => ((await ask(nobodysFriend, { ...WHOAMI, headers })).json<Status>().message ?? '');
      expect(await wish({ 'impersonate-user': 'boss' })).toBe(
        'users "boss" is forbidden: User "teacher" cannot impersonate resource "users" in API group "" at the cluster scope',
      );
      expect(await wish({ 'impersonate-user': 'system:serviceaccount:kube-system:x' })).toBe(
        'serviceaccounts "x" is forbidden: User "teacher" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "kube-system"',
      );
    });
  });

  describe('RBAC', () => {
    const rolePath = `${RBAC}/namespaces/default/roles`;
    const bindingPath = `${RBAC}/namespaces/default/rolebindings`;

    /** A user of a name of its own with a role in the namespace default. */
    async function aUser(name: string, rules: object[]): Promise<{ ask(asked: Asked): Promise<Answered>; dispose(): Promise<void> }> {
      const user = `${name}-${protocol.at(-1)}`;
      await made(rolePath, { metadata: { name: user }, rules });
      await made(bindingPath, bindingTo(user, user, 'Role', user));
      const client = server.client(await server.ca.issueClient({ user }), protocol);
      return {
        ask: client,
        async dispose() {
          await drop(`${bindingPath}/${user}`);
          await drop(`${rolePath}/${user}`);
        },
      };
    }

    test('a role for one name allows that object, and lists and watches of just it', async () => {
      const { ask, dispose } = await aUser('one', [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['one'], verbs: ['get', 'list'] }]);
      const code = async (path: string): Promise<number> => (await ask({ path: `${DEFAULT}/${path}` })).code;
      expect(await code('configmaps/one')).toBe(200);
      expect(await code('configmaps?fieldSelector=metadata.name%3Done')).toBe(200);
      expect(await code('configmaps?fieldSelector=metadata.name%3D%3Done')).toBe(200);
      expect(await code('configmaps')).toBe(403);
      expect(await code('configmaps/two')).toBe(403);
      expect(await code('configmaps?fieldSelector=metadata.name!%3Done')).toBe(403);
      expect(await code('configmaps?fieldSelector=metadata.name%3Dtwo,metadata.name%3Done')).toBe(403);
      await dispose();
    });

    test('what is granted holds at once, and so does what is taken away', async () => {
      const { ask, dispose } = await aUser('fleeting', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }]);
      expect((await ask({ path: `${DEFAULT}/configmaps` })).code).toBe(200);
      expect((await ask({ path: '/api/v1/namespaces/kube-system/configmaps' })).code).toBe(403);
      await dispose();
      expect((await ask({ path: `${DEFAULT}/configmaps` })).code).toBe(403);
    });

    test('nobody grants what he does not have, unless he may escalate or bind', async () => {
      const may = [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['create', 'update', 'patch', 'get'] }];
      const { ask, dispose } = await aUser('climber', [...may, { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }]);
      const name = `climber-${protocol.at(-1)}`;
      const role = (rules: object[]) => ({ path: rolePath, body: { metadata: { name: `${name}-new` }, rules } });
      const binding = (kind: 'Role' | 'ClusterRole', to: string) => ({ path: bindingPath, body: bindingTo(`${name}-${to}`, name, kind, to) });
      const before = server.revision();
      const refused = (await ask(role([{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }]))).json<Status>();
      expect(refused).toMatchObject({ code: 403, reason: 'Forbidden' });
      expect(refused.message).toBe(
        `roles.rbac.authorization.k8s.io "${name}-new" is forbidden: user "${name}" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}`,
      );
      expect((await ask(binding('ClusterRole', 'cluster-admin'))).code).toBe(403);
      expect((await ask(binding('Role', 'nowhere'))).code).toBe(404);
      expect(server.revision()).toBe(before);
      const own = await ask(role([{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'], resourceNames: ['x'] }]));
      expect(own.code).toBe(201);
      const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
      // prettier-ignore
      const grown = { method: 'PATCH', path: `${rolePath}/${name}-new`, headers: { 'content-type': 'application/merge-patch+json' }, body: { rules: everything } };
      expect((await ask(grown)).code).toBe(403);
      expect((await ask({ ...grown, body: { metadata: { labels: { a: 'b' } } } })).code).toBe(200);
      await drop(`${rolePath}/${name}-new`);
      await dispose();
    });

    test('impersonation: whoever may, acts as the other one, with his groups and no more', async () => {
      const user = `actor-${protocol.at(-1)}`;
      const rules = [
        { apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['boss', 'system:anonymous'] },
        { apiGroups: [''], resources: ['groups'], verbs: ['impersonate'], resourceNames: ['chiefs', 'a, b'] },
        { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
        { apiGroups: ['authentication.k8s.io'], resources: ['userextras/scopes'], verbs: ['impersonate'], resourceNames: ['view'] },
        { apiGroups: ['authentication.k8s.io'], resources: ['uids'], verbs: ['impersonate'], resourceNames: ['7'] },
      ];
      await made(`${RBAC}/clusterroles`, { metadata: { name: user }, rules });
      await made(`${RBAC}/clusterrolebindings`, bindingTo(user, user, 'ClusterRole', user));
      const client = server.client(await server.ca.issueClient({ user, groups: ['own'] }), protocol);
      const wish = async (headers: Record<string, string | string[]>) => {
        const answer = await client({ ...WHOAMI, headers });
        return answer.code === 201 ? answer.json<Who>().status.userInfo : answer.code;
      };
      expect(await wish({ 'impersonate-user': 'boss' })).toEqual({ username: 'boss', groups: ['system:authenticated'] });
      // prettier-ignore
      expect(await wish({ 'impersonate-user': 'boss', 'impersonate-group': ['chiefs', 'a, b'] })).toMatchObject({ groups: ['chiefs', 'a, b', 'system:authenticated'] });
      expect(await wish({ 'impersonate-user': 'system:serviceaccount:default:default' })).toMatchObject({
        groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      });
      expect(await wish({ 'impersonate-user': 'system:anonymous' })).toBe(403);
      // prettier-ignore
      expect(await wish({ 'impersonate-user': 'boss', 'impersonate-uid': '7', 'impersonate-extra-scopes': 'view' })).toMatchObject({ uid: '7', extra: { scopes: ['view'] } });
      expect(await wish({ 'impersonate-user': 'boss', 'impersonate-group': 'system:masters' })).toBe(403);
      expect(await wish({ 'impersonate-user': 'boss', 'impersonate-uid': '8' })).toBe(403);
      expect(await wish({ 'impersonate-user': 'boss', 'impersonate-extra-scopes': 'write' })).toBe(403);
      expect(await wish({ 'impersonate-user': 'king' })).toBe(403);
      expect(await wish({ 'impersonate-group': 'chiefs' })).toBe(400);
      expect(await wish({ 'impersonate-user': '' })).toBe(400);
      await drop(`${RBAC}/clusterrolebindings/${user}`);
      await drop(`${RBAC}/clusterroles/${user}`);
    });
  });

  test('a node touches what is its own, and reads what its pods need', async () => {
    const own = `n-${protocol.at(-1)}`;
    const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    const node = server.client(await server.ca.issueClient({ user: `system:node:${own}`, groups: ['system:nodes'] }), protocol);
    const code = async (asked: Asked): Promise<number> => (await node(asked)).code;
    const because = async (asked: Asked): Promise<string> => (await node(asked)).json<Status>().message ?? '';
    const MERGE = { 'content-type': 'application/merge-patch+json' };
    const patch = (path: string, body: object): Asked => ({ method: 'PATCH', path, headers: MERGE, body });
    // prettier-ignore
    const pod = (name: string, nodeName: string) => ({ metadata: { name }, spec: { nodeName, containers: [{ name: 'a', image: 'a', envFrom: [{ secretRef: { name: 'needed' } }] }] } });
    await made(`${DEFAULT}/pods`, pod(`mine-${own}`, own));
    await made(`${DEFAULT}/pods`, pod(`other-${own}`, 'elsewhere'));
    for (const name of ['needed', 'hidden']) await admin({ path: `${DEFAULT}/secrets`, body: { metadata: { name } } });

    expect(await because({ path: '/api/v1/nodes', body: { metadata: { name: 'other' } } })).toBe(
      `nodes "other" is forbidden: node "${own}" is not allowed to modify node "other"`,
    );
    expect(await code({ path: '/api/v1/nodes', body: { metadata: { name: own } } })).toBe(201);
    expect(await code(patch(`/api/v1/nodes/${own}/status`, { status: { conditions: [{ type: 'Ready', status: 'True' }] } }))).toBe(200);
    expect(await because(patch(`/api/v1/nodes/${own}`, { spec: { taints: null } }))).toContain('is not allowed to modify taints');
    expect(await code({ path: leases, body: { metadata: { name: own }, spec: { holderIdentity: own } } })).toBe(201);
    expect(await because({ path: leases, body: { metadata: { name: 'other' }, spec: {} } })).toContain(
      'can only access node lease with the same name as the requesting node',
    );
    expect(await code(patch(`${DEFAULT}/pods/mine-${own}/status`, { status: { phase: 'Running' } }))).toBe(200);
    // prettier-ignore
    expect(await because(patch(`${DEFAULT}/pods/other-${own}/status`, { status: { phase: 'Running' } }))).toContain(`node "${own}" can only update pod status for pods with spec.nodeName set to itself`);
    expect(await because(patch(`${DEFAULT}/pods/mine-${own}`, { metadata: { labels: { a: 'b' } } }))).toContain('can only create and delete mirror pods');
    expect(await because({ method: 'DELETE', path: `${DEFAULT}/pods/other-${own}` })).toContain('can only delete pods with spec.nodeName set to itself');

    expect(await code({ path: `${DEFAULT}/secrets/needed` })).toBe(200);
    expect(await code({ path: `${DEFAULT}/secrets?fieldSelector=metadata.name%3Dneeded` })).toBe(200);
    expect(await code({ path: `${DEFAULT}/secrets/hidden` })).toBe(403);
    expect(await code({ path: `${DEFAULT}/secrets` })).toBe(403);
    expect(await code({ path: `${DEFAULT}/serviceaccounts/default/token`, body: {} })).toBe(201);
    expect(await code({ path: '/api/v1/namespaces/kube-system/serviceaccounts/default/token', body: {} })).toBe(403);
    expect(await code({ method: 'DELETE', path: `${DEFAULT}/pods/mine-${own}?gracePeriodSeconds=0` })).toBe(200);
    expect(await code({ path: `${DEFAULT}/secrets/needed` })).toBe(403);
    await drop(`${DEFAULT}/pods/other-${own}?gracePeriodSeconds=0`);
  });

  describe('reviews', () => {
    test('TokenReview tells who a token is, and does not fall for others', async () => {
      const review = async (token: string, audiences?: string[]) =>
        (await admin({ path: '/apis/authentication.k8s.io/v1/tokenreviews', body: { spec: { token, audiences } } })).json<{ status: object }>().status;
      expect(await review(await tokenOf('default'))).toMatchObject({ authenticated: true, user: { username: 'system:serviceaccount:default:default' } });
      expect(await review('nonsense')).toEqual({ user: {}, error: 'invalid bearer token' });
      expect(await review(await tokenOf('default', { audiences: ['vault'] }))).toEqual({
        user: {},
        error: '[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["https://kubernetes.default.svc.cluster.local"]]',
      });
      expect(await review(await tokenOf('default', { audiences: ['vault'] }), ['vault', 'x'])).toMatchObject({ authenticated: true, audiences: ['vault'] });
      expect(await review(await tokenOf('default'), ['vault'])).not.toHaveProperty('authenticated', true);
    });

    test('access reviews need to say what they are about', async () => {
      const review = (kind: string, spec: object) => admin({ path: `/apis/authorization.k8s.io/v1/${kind}s`, body: { spec } });
      const attributes = { verb: 'get', resource: 'pods', namespace: 'default' };
      expect((await review('selfsubjectaccessreview', { resourceAttributes: attributes })).json()).toMatchObject({ status: { allowed: true } });
      expect((await review('subjectaccessreview', { user: 'nobody', resourceAttributes: attributes })).json()).toMatchObject({ status: { allowed: false } });
      for (const [kind, spec, says] of [
        ['selfsubjectaccessreview', {}, 'exactly one of nonResourceAttributes or resourceAttributes must be specified'],
        // prettier-ignore
        ['selfsubjectaccessreview', { resourceAttributes: attributes, nonResourceAttributes: { path: '/', verb: 'get' } }, 'cannot be specified in combination with resourceAttributes'],
        ['subjectaccessreview', { resourceAttributes: attributes }, 'at least one of user or group must be specified'],
      ] as const) {
        const status = (await review(kind, spec)).json<Status>();
        expect(status).toMatchObject({ code: 422, reason: 'Invalid' });
        expect(status.message).toContain(says);
      }
    });
  });
});
