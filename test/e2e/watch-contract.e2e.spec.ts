import type { Status } from '#lib/api/errors';
import type { IssuedCertificate } from '#lib/pki/certificate';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import type { Asker, Protocol } from '../support/ask';
import { watcher, type Watcher } from '../support/watcher';

/** The contract of watches, as informers rely on it. */

let server: ApiServer;
let admin: IssuedCertificate;
beforeAll(async () => {
  server = await apiServerOnPostgres();
  admin = await server.ca.issueClient({ user: 'admin', groups: ['system:masters'] });
}, 60_000);
afterAll(() => server?.stop());

const TABLE = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' };
const METADATA = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' };
let counter = 0;

describe.each<Protocol>(['HTTP/1.1', 'HTTP/2'])('a watch over %s', (protocol) => {
  let ask: Asker;
  let namespace: string;
  let maps: string;
  const open: Watcher[] = [];
  beforeAll(() => (ask = server.client(undefined, protocol)));
  beforeEach(async () => {
    namespace = `w${++counter}`;
    maps = `/api/v1/namespaces/${namespace}/configmaps`;
    await ask({ path: '/api/v1/namespaces', body: { metadata: { name: namespace } } });
  });
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
    expect(server.altered()).toEqual([]);
  });

  async function watch(query: string, headers?: Record<string, string>, path = maps): Promise<Watcher> {
    const made = await watcher({ port: server.api.port, ca: server.ca.certificate, identity: admin }, protocol, `${path}?watch=true${query}`, headers);
    open.push(made);
    return made;
  }
  const shown = ({ events }: Watcher): string[] => events.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim());
  const make = async (name: string, labels?: Record<string, string>): Promise<string> =>
    (await ask({ path: maps, body: { metadata: { name, labels } } })).json<{ metadata: { resourceVersion: string } }>().metadata.resourceVersion;
  const change = (name: string, body: object) =>
    ask({ method: 'PATCH', path: `${maps}/${name}`, headers: { 'content-type': 'application/merge-patch+json' }, body });
  const remove = (name: string) => ask({ method: 'DELETE', path: `${maps}/${name}` });

  test('without a revision begins with what there is and goes on with what happens', async () => {
    await make('b');
    await make('a');
    const seen = await watch('');
    expect([seen.code, seen.contentType]).toEqual([200, 'application/json']);
    await seen.upTo(2);
    await change('b', { data: { x: '1' } });
    await remove('a');
    await seen.upTo(4);
    expect(shown(seen)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED b', 'DELETED a']);
    const revisions = seen.events.slice(2).map(({ object }) => Number(object.metadata.resourceVersion));
    expect(revisions).toEqual([server.revision() - 1, server.revision()]);
    expect(seen.events[0]?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
  });

  test('from a revision shows what came strictly after it, each change once and in order', async () => {
    const first = await make('a');
    for (let i = 0; i < 5; i++) await change('a', { data: { i: String(i) } });
    const seen = await watch(`&resourceVersion=${first}`);
    await seen.upTo(5);
    expect(seen.events.map(({ type, object }) => [type, object.data.i])).toEqual(['0', '1', '2', '3', '4'].map((i) => ['MODIFIED', i]));
    const middle = seen.events[2]?.object.metadata.resourceVersion as string;
    const again = await watch(`&resourceVersion=${middle}`);
    await again.upTo(2);
    expect(again.events).toEqual(seen.events.slice(3));
    const none = await watch(`&resourceVersion=${server.revision()}`);
    await change('a', { data: { i: 'last' } });
    expect((await none.upTo(1)).map(({ object }) => object.data.i)).toEqual(['last']);
  });

  test('from a revision to come waits for it', async () => {
    const seen = await watch(`&resourceVersion=${server.revision() + 2}`);
    await make('a');
    await make('b');
    await make('c');
    await seen.upTo(1);
    expect(shown(seen)).toEqual(['ADDED c']);
  });

  test('from 0 is from any revision: it begins with the objects', async () => {
    await make('a');
    const seen = await watch('&resourceVersion=0');
    await seen.upTo(1);
    expect(shown(seen)).toEqual(['ADDED a']);
  });

  test('that streams a list ends it with a bookmark', async () => {
    await make('a');
    await make('b');
    const seen = await watch('&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&resourceVersion=1');
    await seen.upTo(3);
    expect(shown(seen)).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK']);
    expect(seen.events[2]?.object).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(server.revision()), creationTimestamp: null, annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
    await make('c');
    expect(shown({ ...seen, events: await seen.upTo(4) })).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK', 'ADDED c']);
  });

  test('that wants no initial events gets none', async () => {
    await make('a');
    const seen = await watch('&sendInitialEvents=false&resourceVersionMatch=NotOlderThan');
    await make('b');
    await seen.upTo(1);
    expect(shown(seen)).toEqual(['ADDED b']);
  });

  test('that streams a list of a revision to come is refused', async () => {
    const answer = await ask({ path: `${maps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=99999999` });
    expect(answer.json<Status>()).toMatchObject({
      code: 504,
      reason: 'Timeout',
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
    });
    expect(answer.headers['retry-after']).toBe('1');
  });

  test('with a label selector sees objects come and go as they begin and cease to match', async () => {
    const start = await make('in', { app: 'web' });
    await make('out', { app: 'db' });
    const seen = await watch(`&labelSelector=app%3Dweb&resourceVersion=${Number(start) - 1}`);
    await change('out', { metadata: { labels: { app: 'web' } } });
    await change('in', { data: { x: '1' } });
    await change('in', { metadata: { labels: { app: null } } });
    await change('in', { data: { x: '2' } });
    await remove('in');
    await remove('out');
    await seen.upTo(5);
    expect(shown(seen)).toEqual(['ADDED in', 'ADDED out', 'MODIFIED in', 'DELETED in', 'DELETED out']);
    const left = seen.events[3]?.object;
    expect([left.metadata.labels, left.data]).toEqual([{ app: 'web' }, { x: '1' }]);
    expect(Number(left.metadata.resourceVersion)).toBeGreaterThan(Number(seen.events[2]?.object.metadata.resourceVersion));
  });

  test('with a field selector follows one object, or those on a node', async () => {
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    await ask({ path: `/api/v1/namespaces/${namespace}/serviceaccounts`, body: { metadata: { name: 'default' } } });
    const one = await watch('&fieldSelector=metadata.name%3Dp2', undefined, pods);
    const onNode = await watch('&fieldSelector=spec.nodeName%3Dn1', undefined, pods);
    const unbound = await watch('&fieldSelector=spec.nodeName%3D', undefined, pods);
    for (const name of ['p1', 'p2']) await ask({ path: pods, body: { metadata: { name }, spec: { containers: [{ name: 'a', image: 'a' }] } } });
    await ask({ path: `${pods}/p2/binding`, body: { metadata: { name: 'p2' }, target: { kind: 'Node', name: 'n1' } } });
    await one.upTo(2);
    await onNode.upTo(1);
    await unbound.upTo(3);
    expect([shown(one), shown(onNode), shown(unbound)]).toEqual([['ADDED p2', 'MODIFIED p2'], ['ADDED p2'], ['ADDED p1', 'ADDED p2', 'DELETED p2']]);
  });

  test('of one namespace does not see the others, of all sees both', async () => {
    const all = await watch(`&resourceVersion=${server.revision()}`, undefined, '/api/v1/configmaps');
    const here = await watch('');
    await ask({ path: '/api/v1/namespaces/default/configmaps', body: { metadata: { generateName: 'elsewhere-' } } });
    await make('a');
    await all.upTo(2);
    await here.upTo(1);
    expect(shown(here)).toEqual(['ADDED a']);
  });

  test('sees neither what changes nothing nor what is only tried', async () => {
    const made = await make('a');
    const seen = await watch(`&resourceVersion=${made}`);
    expect((await change('a', {})).code).toBe(200);
    expect((await ask({ path: `${maps}?dryRun=All`, body: { metadata: { name: 'tried' } } })).code).toBe(201);
    expect((await ask({ method: 'DELETE', path: `${maps}/a?dryRun=All` })).code).toBe(200);
    await change('a', { data: { x: '1' } });
    await seen.upTo(1);
    expect(shown(seen)).toEqual(['MODIFIED a']);
  });

  test('as a table names its columns once', async () => {
    await make('a');
    const seen = await watch('&includeObject=Object', TABLE);
    await make('b');
    await seen.upTo(2);
    const [first, second] = seen.events.map(({ object }) => object);
    expect(first).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      rows: [{ cells: ['a', 0, expect.any(String) as string], object: { kind: 'ConfigMap' } }],
    });
    expect(first.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual(['Name', 'Data', 'Age']);
    expect(second.columnDefinitions ?? []).toEqual([]);
    expect(second.rows).toHaveLength(1);
  });

  test('of the metadata alone', async () => {
    await make('a', { x: 'y' });
    const seen = await watch('&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan', METADATA);
    await seen.upTo(2);
    expect(seen.events[0]?.object).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a', labels: { x: 'y' } } });
    expect(seen.events[1]).toMatchObject({ type: 'BOOKMARK', object: { kind: 'PartialObjectMetadata' } });
  });

  test('ends when its time is over', async () => {
    const start = Date.now();
    const seen = await watch('&timeoutSeconds=1');
    await seen.ended;
    expect(Date.now() - start).toBeGreaterThan(900);
    expect(Date.now() - start).toBeLessThan(30_000); // without the parameter it is half an hour at least
  });

  test('a very long time is not a very short one', async () => {
    const seen = await watch('&timeoutSeconds=30000000');
    await make('a');
    await seen.upTo(1);
    expect(shown(seen)).toEqual(['ADDED a']);
  });

  test('under the old path', async () => {
    const seen = await watch('', undefined, `/api/v1/watch/namespaces/${namespace}/configmaps`);
    const one = await watch('', undefined, `/api/v1/watch/namespaces/${namespace}/configmaps/b`);
    await make('a');
    await make('b');
    await seen.upTo(2);
    await one.upTo(1);
    expect([shown(seen), shown(one)]).toEqual([['ADDED a', 'ADDED b'], ['ADDED b']]);
  });

  test('of a named object that is no watch: the object', async () => {
    await make('a');
    expect((await ask({ path: `${maps}/a?watch=true` })).json()).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'a' } });
  });

  test('two watchers see the same, in the same order, while twenty write at once', async () => {
    const [one, two] = [await watch(''), await watch('&labelSelector=!x')];
    await Promise.all(Array.from({ length: 20 }, (_, i) => make(`m${i}`)));
    await one.upTo(20);
    await two.upTo(20);
    expect(one.events).toEqual(two.events);
    const revisions = one.events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
  });
});
