import { Deployment } from '#lib/api/apps/deployment';
import { Namespace } from '#lib/api/core/namespace';
import type { AnyKind } from '#lib/api/kind';
import { kinds, storedKind } from '#lib/api/kinds';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import type { Answered, Asker } from '../support/ask';
import { watcher, type Watcher } from '../support/watcher';
import { another, examples, pathOf } from './examples';

interface Stored {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    name: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    finalizers?: string[];
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  readonly status?: Record<string, unknown>;
}

interface List {
  readonly kind: string;
  readonly metadata: { resourceVersion: string; continue?: string };
  readonly items: Stored[];
}

const NAMESPACE = 'walking';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
const APPLY = { 'content-type': 'application/apply-patch+yaml' };
const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' };

/** Of what a kind does not have, there is no test. */
const unsaid = (): void => undefined;

const walked = examples().filter(({ kind }) => kind.verbs.includes('create'));

test('there is an example of every kind that can be created', () => {
  const covered = new Set(walked.map(({ kind }) => kind));
  expect(kinds.filter((kind) => kind.verbs.includes('create') && !covered.has(kind)).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([]);
});

/** Every verb of every resource, over raw HTTP: what clients rely on, whatever the kind. No controller runs, so nothing moves by itself. */
describe('every verb of', () => {
  let server: ApiServer;
  let ask: Asker;
  const watchers: Watcher[] = [];

  beforeAll(async () => {
    server = await apiServerOnPostgres();
    ask = server.client();
    expect((await ask({ path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } } })).code).toBe(201);
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
    expect((await ask({ path: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, body: account })).code).toBe(201);
  }, 60_000);
  afterAll(async () => {
    for (const one of watchers) one.close();
    await server?.stop();
  }, 60_000);

  const asked = async <T>(code: number, request: Parameters<Asker>[0]): Promise<T> => {
    const answer = await ask(request);
    if (answer.code !== code)
      throw new Error(`${request.method ?? (request.body ? 'POST' : 'GET')} ${request.path}: ${answer.code} and not ${code}: ${answer.text}`);
    return answer.json<T>();
  };
  const watching = async (path: string): Promise<Watcher> => {
    const one = await watcher(
      { port: server.api.port, ca: server.ca.certificate, identity: await server.ca.issueClient({ user: 'w', groups: ['system:masters'] }) },
      'HTTP/1.1',
      path,
    );
    watchers.push(one);
    return one;
  };

  describe.each(walked.map(({ kind, example }) => [`${kind.apiVersion} ${kind.plural}`, kind, example] as const))('%s:', (_, kind, example) => {
    const path = pathOf(kind, NAMESPACE);
    const selector = `labelSelector=walk%3D${kind.plural}`;
    const object = { ...example, metadata: { ...example.metadata, labels: { walk: kind.plural } } };
    const one = `${path}/${example.metadata.name}`;
    const { status: _status, ...withoutStatus } = object;

    test('discovery names it', async () => {
      const version = pathOf(kind, '').slice(0, -kind.plural.length - 1);
      const { resources } = await asked<{ resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[] }>(200, { path: version });
      expect(resources.find(({ name }) => name === kind.plural)).toMatchObject({ kind: kind.kind, namespaced: kind.namespaced, verbs: [...kind.verbs].sort() });
    });

    test('create, get, list, watch, patch, update, delete', async () => {
      await asked(404, { path: one });
      expect((await asked<Stored>(201, { path: `${path}?dryRun=All`, body: object })).metadata.name).toBe(example.metadata.name);
      await asked(404, { path: one });
      const before = (await asked<List>(200, { path: `${path}?${selector}` })).metadata.resourceVersion;
      const watch = await watching(`${path}?watch=1&${selector}&resourceVersion=${before}`);

      const created = await asked<Stored>(201, { path, body: object });
      expect(created).toMatchObject({
        apiVersion: kind.apiVersion,
        kind: kind.kind,
        metadata: { name: example.metadata.name, uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, labels: { walk: kind.plural } },
      });
      expect(await asked(409, { path, body: object })).toMatchObject({ reason: 'AlreadyExists', details: { name: example.metadata.name } });
      expect(await asked<Stored>(200, { path: one })).toEqual(created);
      const list = await asked<List>(200, { path: `${path}?${selector}` });
      expect(list).toMatchObject({ kind: `${kind.kind}List`, items: [{ metadata: { uid: created.metadata.uid } }] });
      if (kind.namespaced) expect((await asked<List>(200, { path: `${pathOf(kind, '')}?${selector}` })).items).toHaveLength(1);
      const table = await asked<{ kind: string; rows: unknown[] }>(200, {
        path: `${path}?${selector}`,
        headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
      });
      expect(table).toMatchObject({ kind: 'Table', rows: [{ object: { metadata: { name: example.metadata.name } } }] });

      const merged = await asked<Stored>(200, {
        method: 'PATCH',
        path: one,
        headers: MERGE,
        body: JSON.stringify({ metadata: { annotations: { step: 'merge' } } }),
      });
      expect(merged.metadata.annotations).toMatchObject({ step: 'merge' });
      const strategic = await asked<Stored>(200, {
        method: 'PATCH',
        path: one,
        headers: STRATEGIC,
        body: JSON.stringify({ metadata: { annotations: { more: 'strategic' } } }),
      });
      expect(strategic.metadata.annotations).toMatchObject({ step: 'merge', more: 'strategic' });
      const patched = await asked<Stored>(200, {
        method: 'PATCH',
        path: one,
        headers: JSON_PATCH,
        body: JSON.stringify([{ op: 'replace', path: '/metadata/annotations/step', value: 'json' }]),
      });
      expect(patched.metadata).toMatchObject({ annotations: { step: 'json', more: 'strategic' }, uid: created.metadata.uid });
      // no spec has changed; Deployments hand annotations on
      if (storedKind(kind) !== Deployment) expect(patched.metadata.generation).toBe(created.metadata.generation);
      const configuration = { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name: example.metadata.name, annotations: { applied: 'yes' } } };
      const applied = await asked<Stored>(200, { method: 'PATCH', path: `${one}?fieldManager=walk`, headers: APPLY, body: JSON.stringify(configuration) });
      expect(applied.metadata.annotations).toMatchObject({ applied: 'yes', step: 'json' });
      const updated = await asked<Stored>(200, {
        method: 'PUT',
        path: one,
        body: { ...applied, metadata: { ...applied.metadata, annotations: { step: 'update' } } },
      });
      expect(updated.metadata.annotations).toMatchObject({ step: 'update' });
      expect(await asked(409, { method: 'PUT', path: one, body: patched })).toMatchObject({ reason: 'Conflict' });
      expect(await asked<Stored>(200, { path: one })).toEqual(updated);

      await removed(kind, one);
      await asked(404, { path: one });
      const steps = created.metadata.finalizers ? 8 : 7; // what is held goes in two
      const seen = (await watch.upTo(steps)).filter(({ object: { metadata } }) => (metadata as Stored['metadata']).uid === created.metadata.uid);
      expect(new Set(seen.map(({ type }) => type))).toEqual(new Set(['ADDED', 'MODIFIED', 'DELETED']));
      expect(seen[0]).toEqual({ type: 'ADDED', object: created });
      expect(seen.at(-1)?.type).toBe('DELETED');
      watch.close();
    }, 60_000);

    const withStatus = kind.subresources.includes('status') && example.status ? test : unsaid;
    withStatus(
      'status is written by itself, and nothing else with it',
      async () => {
        const created = await asked<Stored>(201, { path, body: object });
        expect(await asked<Stored>(200, { path: `${one}/status` })).toEqual(created);
        const patch = { status: example.status, metadata: { annotations: { patched: 'status' } } };
        const patched = await asked<Stored>(200, { method: 'PATCH', path: `${one}/status`, headers: MERGE, body: JSON.stringify(patch) });
        expect(patched).toMatchObject({ metadata: { annotations: { patched: 'status' } }, status: example.status });
        const { metadata } = patched;
        const updated = await asked<Stored>(200, {
          method: 'PUT',
          path: `${one}/status`,
          body: { ...patched, metadata: { ...metadata, annotations: { patched: 'twice' } } },
        });
        expect(updated).toMatchObject({ metadata: { annotations: { patched: 'twice' }, uid: created.metadata.uid }, status: example.status });
        if (kind.hasGeneration && storedKind(kind) !== Deployment) expect(updated.metadata.generation).toBe(created.metadata.generation);
        const current = await asked<Stored>(200, { path: one });
        const kept = await asked<Stored>(200, {
          method: 'PUT',
          path: one,
          body: { ...withoutStatus, metadata: { ...current.metadata, annotations: { by: 'update' } }, ...specOf(current) },
        });
        expect(kept).toMatchObject({ metadata: { annotations: { by: 'update' } }, status: example.status });
        await removed(kind, one);
      },
      60_000,
    );

    const withScale = kind.subresources.includes('scale') ? test : unsaid;
    withScale(
      'scale is got, updated and patched',
      async () => {
        await asked(201, { path, body: object });
        const scale = await asked<Stored & { spec: { replicas: number } }>(200, { path: `${one}/scale` });
        expect(scale).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 1 }, metadata: { name: example.metadata.name } });
        expect(await asked(200, { method: 'PUT', path: `${one}/scale`, body: { ...scale, spec: { replicas: 2 } } })).toMatchObject({ spec: { replicas: 2 } });
        expect(await asked(200, { method: 'PATCH', path: `${one}/scale`, headers: MERGE, body: '{"spec":{"replicas":4}}' })).toMatchObject({
          spec: { replicas: 4 },
        });
        expect(await asked(200, { path: one })).toMatchObject({ spec: { replicas: 4 } });
        await removed(kind, one);
      },
      60_000,
    );

    const ofCollection = kind.verbs.includes('deletecollection') ? test : unsaid;
    ofCollection(
      'a list in pages, and the delete of a collection',
      async () => {
        await asked(201, { path, body: object });
        await asked(201, { path, body: another(object) });
        const first = await asked<List>(200, { path: `${path}?${selector}&limit=1` });
        const second = await asked<List>(200, { path: `${path}?${selector}&limit=1&continue=${encodeURIComponent(first.metadata.continue ?? '')}` });
        expect([first.items.length, second.items.length, second.metadata.continue ?? '']).toEqual([1, 1, '']);
        await asked(200, { method: 'DELETE', path: `${path}?${selector}&dryRun=All` });
        expect((await asked<List>(200, { path: `${path}?${selector}` })).items).toHaveLength(2);
        await asked(200, { method: 'DELETE', path: `${path}?${selector}`, body: { gracePeriodSeconds: 0 } });
        for (const { metadata } of (await asked<List>(200, { path: `${path}?${selector}` })).items) await released(kind, `${path}/${metadata.name}`);
        expect((await asked<List>(200, { path: `${path}?${selector}` })).items).toEqual([]);
      },
      60_000,
    );
  });

  /** Deleted, and let go by whoever holds it: no controller is here to do that. */
  async function removed(kind: AnyKind, path: string): Promise<void> {
    const answer = await ask({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
    expect([200, 202]).toContain(answer.code);
    await released(kind, path);
  }

  async function released(kind: AnyKind, path: string): Promise<void> {
    const held: Answered = await ask({ path });
    if (held.code === 404) return;
    const current = held.json<Stored & { spec?: object }>();
    if (kind === Namespace) return void (await asked(200, { method: 'PUT', path: `${path}/finalize`, body: { ...current, spec: { finalizers: [] } } }));
    await asked(200, { method: 'PATCH', path, headers: MERGE, body: '{"metadata":{"finalizers":null}}' });
  }
});

/** All but metadata and status. */
function specOf({ metadata: _metadata, status: _status, ...rest }: Stored): object {
  return rest;
}
