import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import type { Status } from '#lib/api/errors';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import type { Answered, Asked, Asker, Protocol } from '../support/ask';
import type { List, Thing } from '../support/things';

/** What clients may rely on besides refusals: lists, deletes, dry runs, forms of answers. */

const MERGE = { 'content-type': 'application/merge-patch+json' };
const container = { name: 'a', image: 'nginx' };

let server: ApiServer;
beforeAll(async () => (server = await apiServerOnPostgres()), 60_000);
afterAll(() => server?.stop());
let counter = 0;

describe.each<Protocol>(['HTTP/1.1', 'HTTP/2'])('over %s', (protocol) => {
  let ask: Asker;
  let namespace: string;
  let maps: string;
  let pods: string;
  let deployments: string;
  beforeAll(() => (ask = server.client(undefined, protocol)));
  beforeEach(async () => {
    namespace = `c${++counter}`;
    maps = `/api/v1/namespaces/${namespace}/configmaps`;
    pods = `/api/v1/namespaces/${namespace}/pods`;
    deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    await good({ path: '/api/v1/namespaces', body: { metadata: { name: namespace } } });
    await good({ path: `/api/v1/namespaces/${namespace}/serviceaccounts`, body: { metadata: { name: 'default' } } });
  });
  afterEach(() => expect(server.altered()).toEqual([]));

  /** What succeeds. */
  async function good<T = Thing>(asked: Asked): Promise<T> {
    const answer = await ask(asked);
    if (answer.code >= 300) throw new Error(`${asked.method ?? ''} ${asked.path}: ${answer.text}`);
    return answer.json<T>();
  }
  const get = <T = Thing>(path: string): Promise<T> => good<T>({ path });
  const make = (name: string, metadata: object = {}, more: object = {}): Promise<Thing> =>
    good({ path: maps, body: { metadata: { name, ...metadata }, ...more } });
  const makePod = (name: string, spec: object = {}, metadata: object = {}): Promise<Thing> =>
    good({ path: pods, body: { metadata: { name, ...metadata }, spec: { containers: [container], ...spec } } });
  // prettier-ignore
  const makeDeployment = (name: string): Promise<Thing> =>
    good({ path: deployments, body: { metadata: { name }, spec: { selector: { matchLabels: { a: name } }, template: { metadata: { labels: { a: name } }, spec: { containers: [container] } } } } });
  const merge = (path: string, body: object): Promise<Thing> => good({ method: 'PATCH', path, headers: MERGE, body });
  const remove = <T = Thing>(path: string, options?: object): Promise<T> => good<T>({ method: 'DELETE', path, ...(options && { body: options }) });
  const names = ({ items }: List): string[] => items.map(({ metadata }) => metadata.name);
  const exists = async (path: string): Promise<boolean> => (await ask({ path })).code === 200;

  describe('a list', () => {
    test('says its kind and the revision that it is of', async () => {
      await make('b');
      await make('a');
      const list = await get<List>(maps);
      expect(list).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: String(server.revision()) } });
      expect(names(list)).toEqual(['a', 'b']);
      expect(await get(`/api/v1/namespaces/${namespace}/secrets`)).toMatchObject({ kind: 'SecretList', items: [] });
    });

    test('comes in pages that are of one revision, whatever happens meanwhile', async () => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) await make(name);
      const first = await get<List>(`${maps}?limit=2`);
      expect([names(first), first.metadata.remainingItemCount]).toEqual([['a', 'b'], 3]);
      await make('aa');
      await make('cc');
      await remove(`${maps}/d`);
      const second = await get<List>(`${maps}?limit=2&continue=${first.metadata.continue}`);
      const third = await get<List>(`${maps}?limit=2&continue=${second.metadata.continue}&resourceVersion=0`);
      expect([names(second), second.metadata.remainingItemCount, names(third)]).toEqual([['c', 'd'], 1, ['e']]);
      expect(third.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    });

    test('a token shows nobody more than his own question', async () => {
      for (const name of ['a', 'b', 'c'])
        await good({ path: `/api/v1/namespaces/${namespace}/secrets`, body: { metadata: { name }, stringData: { key: 'hush' } } });
      await make('z');
      const secrets = await get<List>(`/api/v1/namespaces/${namespace}/secrets?limit=1`);
      const stolen = await get<List>(`${maps}?limit=5&continue=${secrets.metadata.continue}`);
      expect([stolen.kind, names(stolen)]).toEqual(['ConfigMapList', ['z']]);
      const selected = await get<List>(`/api/v1/namespaces/${namespace}/secrets?labelSelector=x&continue=${secrets.metadata.continue}`);
      expect(names(selected)).toEqual([]);
    });

    test('of exactly an old revision, in pages too; not older than one is the newest', async () => {
      const { metadata } = await make('a');
      await make('b');
      await remove(`${maps}/a`);
      await make('c');
      const at = (revision: string, match: string, more = ''): Promise<List> =>
        get<List>(`${maps}?resourceVersion=${revision}&resourceVersionMatch=${match}${more}`);
      const old = await at(metadata.resourceVersion ?? '', 'Exact');
      expect([names(old), old.metadata.resourceVersion]).toEqual([['a'], metadata.resourceVersion]);
      const page = await at(String(Number(metadata.resourceVersion) + 1), 'Exact', '&limit=1');
      expect(names(await get<List>(`${maps}?limit=1&continue=${page.metadata.continue}`))).toEqual(['b']);
      expect(names(await at(metadata.resourceVersion ?? '', 'NotOlderThan'))).toEqual(['b', 'c']);
      expect(names(await at('0', 'NotOlderThan'))).toEqual(['b', 'c']);
    });

    // prettier-ignore
    test.each([
      ['labelSelector=app', ['a', 'b']],
      ['labelSelector=!app', ['c']],
      ['labelSelector=app%3Dweb', ['a']],
      ['labelSelector=app!%3Dweb', ['b', 'c']],
      ['labelSelector=app in (web,db),tier notin (x)', ['a', 'b']],
      ['labelSelector=n%3E4', ['b']],
      ['labelSelector=app%3Dweb&fieldSelector=metadata.name%3Da', ['a']],
      ['labelSelector=app%3Dweb&fieldSelector=metadata.name%3Db', []],
      ['fieldSelector=metadata.name!%3Da', ['b', 'c']],
      ['fieldSelector=metadata.name%3Da,metadata.namespace%3Dnowhere', []],
      ['labelSelector=', ['a', 'b', 'c']],
      ['limit=-1', ['a', 'b', 'c']],
    ])('with %s', async (query, expected) => {
      await make('a', { labels: { app: 'web', n: '3' } });
      await make('b', { labels: { app: 'db', n: '5' } });
      await make('c');
      expect(names(await get<List>(`${maps}?${query.replaceAll(' ', '%20')}`))).toEqual(expected);
    });
  });

  describe('a delete', () => {
    test('of what nothing holds is told with a Status', async () => {
      const { metadata } = await make('a');
      expect(await remove<Status>(`${maps}/a`)).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'a', kind: 'configmaps', uid: metadata.uid },
      });
      expect((await ask({ method: 'DELETE', path: `${maps}/a` })).code).toBe(404);
    });

    test('with preconditions that hold goes through', async () => {
      const { metadata } = await make('a');
      await remove(`${maps}/a`, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: metadata.uid, resourceVersion: metadata.resourceVersion } });
      expect(await exists(`${maps}/a`)).toBe(false);
    });

    test('of a pod on a node waits; a shorter wish hurries it, a longer one does not', async () => {
      await makePod('p', { nodeName: 'n1' });
      const first = await remove(`${pods}/p`);
      expect(first.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, generation: 2 });
      expect((await remove(`${pods}/p`, { gracePeriodSeconds: 60 })).metadata).toMatchObject({
        deletionGracePeriodSeconds: 30,
        deletionTimestamp: first.metadata.deletionTimestamp,
      });
      const sooner = await good({ method: 'DELETE', path: `${pods}/p?gracePeriodSeconds=5` });
      expect(sooner.metadata.deletionGracePeriodSeconds).toBe(5);
      expect(Date.parse(sooner.metadata.deletionTimestamp ?? '')).toBeLessThan(Date.parse(first.metadata.deletionTimestamp ?? ''));
      await remove(`${pods}/p`, { gracePeriodSeconds: 0 });
      expect(await exists(`${pods}/p`)).toBe(false);
    });

    test('of a pod without a node needs no patience, and a grace below zero is one second', async () => {
      await makePod('free');
      await remove(`${pods}/free`);
      expect(await exists(`${pods}/free`)).toBe(false);
      await makePod('bound', { nodeName: 'n1' });
      expect((await remove(`${pods}/bound`, { gracePeriodSeconds: -1 })).metadata.deletionGracePeriodSeconds).toBe(1);
    });

    // prettier-ignore
    test.each([
      [{ propagationPolicy: 'Foreground' }, ['foregroundDeletion']],
      [{ propagationPolicy: 'Orphan' }, ['orphan']],
      [{ orphanDependents: true }, ['orphan']],
    ])('with %j leaves the object to the garbage collector', async (options, finalizers) => {
      await makeDeployment('d');
      const held = await remove(`${deployments}/d`, options);
      expect(held).toMatchObject({ kind: 'Deployment', metadata: { finalizers, deletionGracePeriodSeconds: 0, deletionTimestamp: expect.any(String) as string } });
      await merge(`${deployments}/d`, { metadata: { finalizers: null } });
      expect(await exists(`${deployments}/d`)).toBe(false);
    });

    test.each([[{ propagationPolicy: 'Background' }], [{ orphanDependents: false }], [{}]])('with %j is done at once', async (options) => {
      await makeDeployment('d');
      await remove(`${deployments}/d`, options);
      expect(await exists(`${deployments}/d`)).toBe(false);
    });

    test('waits for finalizers; none may be added then, and the last one lets it go', async () => {
      await make('a', { finalizers: ['x.io/one', 'x.io/two'] });
      expect((await remove(`${maps}/a`)).metadata).toMatchObject({ finalizers: ['x.io/one', 'x.io/two'], deletionTimestamp: expect.any(String) as string });
      const before = server.revision();
      await remove(`${maps}/a`);
      expect(server.revision()).toBe(before);
      const refused = await ask({ method: 'PATCH', path: `${maps}/a`, headers: MERGE, body: { metadata: { finalizers: ['x.io/one', 'x.io/three'] } } });
      expect(refused.json()).toMatchObject({ code: 422, details: { causes: [{ field: 'metadata.finalizers' }] } });
      await merge(`${maps}/a`, { metadata: { finalizers: ['x.io/two'] } });
      expect(await exists(`${maps}/a`)).toBe(true);
      await merge(`${maps}/a`, { metadata: { finalizers: [] } });
      expect(await exists(`${maps}/a`)).toBe(false);
    });

    test('of a collection takes those that are selected, and lists them', async () => {
      for (const name of ['a', 'b', 'c', 'd']) await make(name, { labels: { odd: String('ac'.includes(name)) } });
      const tried = await good<List>({ method: 'DELETE', path: `${maps}?dryRun=All` });
      expect([tried.kind, names(tried)]).toEqual(['ConfigMapList', ['a', 'b', 'c', 'd']]);
      const gone = await good<List>({ method: 'DELETE', path: `${maps}?labelSelector=odd%3Dtrue&fieldSelector=metadata.name!%3Dc` });
      expect(names(gone)).toEqual(['a']);
      await good({ method: 'DELETE', path: `${maps}?labelSelector=odd%3Dfalse`, body: { propagationPolicy: 'Background' } });
      expect(names(await get<List>(maps))).toEqual(['c']);
      await good({ method: 'DELETE', path: maps });
      expect(names(await get<List>(maps))).toEqual([]);
    });
  });

  test('a dry run leaves no trace, whatever is tried', async () => {
    await make('a', {}, { data: { x: '1' } });
    await makePod('p');
    await makeDeployment('d');
    // prettier-ignore
    const tries: [Asked, number][] = [
      [{ path: `${maps}?dryRun=All`, body: { metadata: { name: 'new' } } }, 201],
      [{ path: `${maps}?dryRun=All`, body: { metadata: { generateName: 'new-' } } }, 201],
      [{ path: `/api/v1/namespaces/${namespace}/services?dryRun=All`, body: { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } } }, 201],
      [{ path: '/api/v1/namespaces?dryRun=All', body: { metadata: { name: `${namespace}-new` } } }, 201],
      [{ method: 'PUT', path: `${maps}/a?dryRun=All`, body: { metadata: { name: 'a' }, data: { x: '2' } } }, 200],
      [{ method: 'PATCH', path: `${maps}/a?dryRun=All`, headers: MERGE, body: { data: { x: '2' } } }, 200],
      [{ method: 'DELETE', path: `${maps}/a?dryRun=All` }, 200],
      [{ method: 'DELETE', path: `${maps}/a`, body: { dryRun: ['All'] } }, 200],
      [{ method: 'DELETE', path: `${maps}?dryRun=All` }, 200],
      [{ method: 'DELETE', path: `/api/v1/namespaces/${namespace}?dryRun=All` }, 200],
      [{ method: 'PUT', path: `${deployments}/d/scale?dryRun=All`, body: { metadata: { name: 'd' }, spec: { replicas: 7 } } }, 200],
      [{ method: 'PATCH', path: `${deployments}/d/scale?dryRun=All`, headers: MERGE, body: { spec: { replicas: 7 } } }, 200],
      [{ method: 'PATCH', path: `${deployments}/d/status?dryRun=All`, headers: MERGE, body: { status: { replicas: 7 } } }, 200],
      [{ path: `${pods}/p/binding?dryRun=All`, body: { metadata: { name: 'p' }, target: { name: 'n1' } } }, 201],
      [{ path: `${pods}/p/eviction?dryRun=All`, body: { metadata: { name: 'p' } } }, 201],
      [{ path: `${pods}/p/eviction`, body: { metadata: { name: 'p' }, deleteOptions: { dryRun: ['All'] } } }, 201],
      [{ method: 'PUT', path: `/api/v1/namespaces/${namespace}/finalize?dryRun=All`, body: { metadata: { name: namespace }, spec: {} } }, 200],
    ];
    const before = server.revision();
    const everything = async (): Promise<unknown[]> => Promise.all([maps, pods, deployments, `/api/v1/namespaces/${namespace}`].map((path) => get(path)));
    const state = await everything();
    for (const [asked, code] of tries) expect({ asked, code: (await ask(asked)).code }).toEqual({ asked, code });
    expect(server.revision()).toBe(before);
    expect(await everything()).toEqual(state);
    const made = await good({ path: `${maps}?dryRun=All`, body: { metadata: { generateName: 'new-' } } });
    expect(made.metadata).toMatchObject({ name: expect.stringMatching(/^new-[a-z0-9]{5}$/) as string, uid: expect.any(String) as string });
    expect(made.metadata.resourceVersion).toBeUndefined();
    const changed = await good({ method: 'PATCH', path: `${deployments}/d?dryRun=All`, headers: MERGE, body: { spec: { replicas: 7 } } });
    expect([changed.metadata.generation, changed.spec.replicas]).toEqual([2, 7]);
    expect((await ask({ path: `${maps}?dryRun=All`, body: { metadata: { name: 'a' } } })).code).toBe(409);
  });

  describe('a write', () => {
    test('generates names that differ, within what a name may be', async () => {
      const made = await Promise.all(Array.from({ length: 20 }, () => good({ path: maps, body: { metadata: { generateName: 'n-' } } })));
      expect(new Set(made.map(({ metadata }) => metadata.name)).size).toBe(20);
      const long = await good({ path: maps, body: { metadata: { generateName: 'l'.repeat(80) } } });
      expect(long.metadata.name).toMatch(/^l{58}[a-z0-9]{5}$/);
      expect((await good({ path: maps, body: { metadata: { name: 'own', generateName: 'n-' } } })).metadata.name).toBe('own');
    });

    test('that changes nothing answers with what there is', async () => {
      const made = await make('a', {}, { data: { x: '1' } });
      for (const same of [await merge(`${maps}/a`, {}), await good({ method: 'PUT', path: `${maps}/a`, body: made })]) expect(same).toEqual(made);
    });

    test('without a version overwrites, with one only that', async () => {
      const made = await make('a');
      await merge(`${maps}/a`, { data: { x: '1' } });
      expect((await good({ method: 'PUT', path: `${maps}/a`, body: { metadata: { name: 'a' }, data: { x: '2' } } })).data).toEqual({ x: '2' });
      expect((await ask({ method: 'PUT', path: `${maps}/a`, body: made })).code).toBe(409);
    });

    test('keeps what only the server may say, and keeps spec and status apart', async () => {
      const made = await makeDeployment('d');
      const put = await good({
        method: 'PUT',
        path: `${deployments}/d`,
        body: { ...made, metadata: { ...made.metadata, creationTimestamp: '2001-01-01T00:00:00Z', generation: 99, selfLink: '/x' }, status: { replicas: 9 } },
      });
      expect(put).toEqual(made);
      const status = await good({
        method: 'PUT',
        path: `${deployments}/d/status`,
        body: { ...made, spec: { ...made.spec, replicas: 5 }, status: { replicas: 1 } },
      });
      expect([status.spec.replicas, status.status.replicas, status.metadata.generation]).toEqual([1, 1, 1]);
      expect((await merge(`${deployments}/d`, { spec: { replicas: 5 } })).metadata.generation).toBe(2);
      // prettier-ignore
      const fresh = await good({ path: deployments, body: { ...made, metadata: { name: 'e', uid: 'mine', generation: 7, creationTimestamp: '2001-01-01T00:00:00Z', deletionTimestamp: '2001-01-01T00:00:00Z' }, status: { replicas: 9 } } });
      expect(fresh.metadata).toMatchObject({ generation: 1 });
      expect([fresh.metadata.uid === 'mine', fresh.metadata.deletionTimestamp, fresh.status.replicas]).toEqual([false, undefined, undefined]);
    });

    test('warns of what it does not know, but not at any length', async () => {
      const some = await ask({ path: maps, body: { metadata: { name: 'a' }, foo: 1, bar: { 'ü"': 2 } } });
      expect([some.code, some.headers.warning]).toEqual([201, expect.stringContaining('299 - "unknown field \\"bar\\""')]);
      const many = await ask({
        path: maps,
        body: { metadata: { name: 'b' }, ...Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`field-${'x'.repeat(300)}-${i}`, 1])) },
      });
      expect(many.code).toBe(201);
      expect(String(many.headers.warning).length).toBeLessThan(6000);
      const none = await ask({ path: `${maps}?fieldValidation=Ignore`, body: { metadata: { name: 'c' }, foo: 1 } });
      expect([none.code, none.headers.warning]).toEqual([201, undefined]);
    });

    test('takes YAML, any text, and NUL in data', async () => {
      const odd = '\u0000\u2028\ud83d\ude00\ud800"\\';
      expect((await make('odd', {}, { data: { odd } })).data).toEqual({ odd: JSON.parse(Buffer.from(JSON.stringify(odd)).toString()) as string });
      expect((await get(`${maps}/odd`)).data.odd).toHaveLength(7);
      const yaml = await ask({
        path: maps,
        body: 'metadata:\n  name: yaml\ndata:\n  a: "1"\n',
        headers: { 'content-type': 'application/yaml; charset=utf-8', accept: 'application/yaml' },
      });
      expect([yaml.code, yaml.headers['content-type']]).toEqual([201, 'application/yaml']);
      expect(parse(yaml.text)).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'yaml' }, data: { a: '1' } });
      expect(yaml.text).toMatch(/^ {2}creationTimestamp: "/m); // without quotes older readers take it for a time, and not for a text
    });

    test('of a pod keeps the priority that it was given', async () => {
      const made = await makePod('p');
      const { priority: _, preemptionPolicy: __, ...spec } = made.spec as Record<string, unknown>;
      expect(await good({ method: 'PUT', path: `${pods}/p`, body: { ...made, spec } })).toEqual(made);
      expect(made.spec).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority', serviceAccountName: 'default' });
    });

    test('of a pod waits a moment for the account of its namespace, and no longer', async () => {
      const late = `${namespace}-late`;
      await good({ path: '/api/v1/namespaces', body: { metadata: { name: late } } });
      const pod = { path: `/api/v1/namespaces/${late}/pods`, body: { metadata: { name: 'p' }, spec: { containers: [container] } } };
      const start = Date.now();
      expect((await ask(pod)).json()).toMatchObject({ code: 403, message: expect.stringContaining('serviceaccount "default" not found') as string });
      expect(Date.now() - start).toBeGreaterThan(900);
      const waiting = ask(pod);
      await good({ path: `/api/v1/namespaces/${late}/serviceaccounts`, body: { metadata: { name: 'default' } } });
      expect((await waiting).code).toBe(201);
    });

    test('of a node taints it until it is ready', async () => {
      const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
      expect((await good({ path: '/api/v1/nodes', body: { metadata: { name: `n-${namespace}` } } })).spec.taints).toEqual([taint]);
      const ready = { metadata: { name: `m-${namespace}` }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
      expect((await good({ path: '/api/v1/nodes', body: ready })).spec.taints).toBeUndefined();
    });
  });

  describe('an answer', () => {
    test('as a table, with as much of the objects as is wanted', async () => {
      await make('a', {}, { data: { x: '1' } });
      const table = async (query: string) =>
        (await ask({ path: `${maps}${query}`, headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json' } })).json<Thing>();
      expect(await table('')).toMatchObject({
        kind: 'Table',
        metadata: { resourceVersion: String(server.revision()) },
        rows: [{ cells: ['a', 1, expect.any(String) as string], object: { kind: 'PartialObjectMetadata' } }],
      });
      expect((await table('?includeObject=None')).rows[0].object ?? null).toBeNull();
      expect((await table('/a?includeObject=Object')).rows[0].object).toMatchObject({ kind: 'ConfigMap', data: { x: '1' } });
    });

    test('of metadata alone', async () => {
      await make('a', { labels: { x: 'y' } }, { data: { x: '1' } });
      const list = (await ask({ path: maps, headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' } })).json<List>();
      expect([list.kind, list.items[0]?.metadata.labels, list.items[0]?.data]).toEqual(['PartialObjectMetadataList', { x: 'y' }, undefined]);
    });

    // prettier-ignore
    test.each([
      ['/openapi/v2', 'application/json'],
      ['/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'],
      ['/openapi/v3/api/v1', 'application/json'],
      ['/apis', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'],
    ])('%s as %s is compressed for those who take it, and sent once to those who keep it', async (path, accept) => {
      const plain = await ask({ path, headers: { accept } });
      const zipped = await ask({ path, headers: { accept, 'accept-encoding': 'gzip, deflate' } });
      expect([plain.headers['content-encoding'], zipped.headers['content-encoding']]).toEqual([undefined, 'gzip']);
      expect(gunzipSync(zipped.bytes).equals(plain.bytes)).toBe(true);
      expect(zipped.bytes.length).toBeLessThan(plain.bytes.length / 3);
      expect((await ask({ path, headers: { accept, 'accept-encoding': 'gzip;q=0' } })).headers['content-encoding']).toBeUndefined();
      const kept: Answered = await ask({ path, headers: { accept, 'if-none-match': String(plain.headers.etag) } });
      expect([kept.code, kept.bytes.length]).toEqual([304, 0]);
    });

    test('under the past is of the past, and nothing can be changed there', async () => {
      const made = await make('a', {}, { data: { x: '1' } });
      await merge(`${maps}/a`, { data: { x: '2' } });
      const past = `/asof/${made.metadata.resourceVersion}`;
      expect((await get(`${past}${maps}/a`)).data).toEqual({ x: '1' });
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const answer = await ask({ method, path: `${past}${maps}${method === 'POST' ? '' : '/a'}`, headers: MERGE, body: {} });
        expect(answer.json()).toMatchObject({ code: 405, message: expect.stringContaining('the past cannot be changed') as string });
      }
      expect((await ask({ path: `/asof/99999999${maps}` })).code).toBe(400);
      expect((await ask({ path: `/asof/soon${maps}` })).code).toBe(400);
    });
  });
});
