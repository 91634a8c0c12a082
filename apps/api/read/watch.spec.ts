import { ConfigMap } from '#lib/api/core/configmap';
import { Secret } from '#lib/api/core/secret';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { anApi, type AnApi } from '../testing/an-api';
import { selectionOf } from './selection';
import { WatchSession, type WatchRequest } from './watch';

const configMap = (name: string, labels: Record<string, string> = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels } });

interface Line {
  readonly type: string;
  readonly object: KubeObject;
}

interface Asked extends Partial<WatchRequest> {
  readonly query?: string;
  /** What is written but not taken; default: nothing. */
  readonly buffered?: () => number;
}

/** A watch whose lines end up in an array. */
function watching(api: AnApi, { query = '', buffered = () => 0, ...more }: Asked = {}) {
  const pieces: Buffer[] = [];
  let hasEnded = false;
  const sink = { write: (piece: Buffer) => void pieces.push(piece), end: () => void (hasEnded = true), buffered, onClose: () => undefined };
  const kind: AnyKind = more.kind ?? ConfigMap;
  const selection = selectionOf(kind, 'default', new URLSearchParams(query));
  const request: WatchRequest = { kind, selection, after: api.kernel.world.revision, sendInitialEvents: false, bookmarks: false, timeoutMs: 1000, ...more };
  const { world, hub, past } = api.kernel;
  const running = new WatchSession(world, hub, past, request, sink).run();
  const lines = (): Line[] =>
    Buffer.concat(pieces)
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  return { pieces, running, lines, hasEnded: () => hasEnded, told: () => lines().map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`) };
}

/** Until all watchers of the kind know all. */
async function settled({ kernel }: AnApi, kind: AnyKind = ConfigMap): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (kernel.hub.toldUpTo(kind) < kernel.world.revision);
}

describe('a watch', () => {
  let api: AnApi;
  beforeEach(async () => (api = await anApi()));

  test('goes on strictly after its revision, in the order of the log, each change once', async () => {
    await api.create(ConfigMap, configMap('before'));
    const after = api.kernel.world.revision;
    await api.create(ConfigMap, configMap('missed'));
    const { running, told } = watching(api, { after });
    await api.create(ConfigMap, configMap('seen'));
    await running;
    await api.remove(ConfigMap, 'default', 'before');
    await settled(api);
    expect(told()).toEqual(['ADDED missed', 'ADDED seen', 'DELETED before']);
  });

  test('reads what is further back than memory from the log, from any revision', async () => {
    await api.create(ConfigMap, configMap('a'));
    await api.remove(ConfigMap, 'default', 'a');
    const reopened = await anApi(api.log);
    await reopened.create(ConfigMap, configMap('b'));
    const { running, told } = watching(reopened, { after: 1 });
    await running;
    expect(told()).toEqual(['ADDED a', 'DELETED a', 'ADDED b']);
  });

  test('tells of an object that leaves its selector as deleted, and of one that enters as added', async () => {
    await api.create(ConfigMap, configMap('a', { tier: 'web' }));
    const { running, told, lines } = watching(api, { query: 'labelSelector=tier%3Dweb' });
    await running;
    const relabel = (tier: string) => api.change(ConfigMap, 'default', 'a', (o) => ({ ...o, metadata: { ...o.metadata, labels: { tier } } }));
    await relabel('db');
    await relabel('cache');
    await relabel('web');
    await settled(api);
    expect(told()).toEqual(['DELETED a', 'ADDED a']);
    expect(lines()[0]?.object.metadata.labels).toEqual({ tier: 'web' });
  });

  test('without a revision begins with what there is, and says where that ends when asked', async () => {
    await api.create(ConfigMap, configMap('a'));
    const { running, told, lines } = watching(api, { after: undefined, sendInitialEvents: true, bookmarks: true });
    await running;
    expect(told()).toEqual(['ADDED a', 'BOOKMARK ']);
    expect(lines()[1]?.object.metadata).toMatchObject({
      resourceVersion: String(api.kernel.world.revision),
      annotations: { 'k8s.io/initial-events-end': 'true' },
    });
  });
});

describe('many watches', () => {
  let api: AnApi;
  beforeEach(async () => (api = await anApi()));

  test('that ask the same are sent the same bytes; what is committed at once is sent at once', async () => {
    const [one, other] = [watching(api, { query: 'labelSelector=a%3Db' }), watching(api, { query: 'labelSelector=a%3Db' })];
    await api.create(ConfigMap, configMap('first', { a: 'b' })); // each says for himself what it sees first
    await settled(api);
    await Promise.all(['x', 'y', 'z'].map((name) => api.create(ConfigMap, configMap(name, name === 'y' ? {} : { a: 'b' }))));
    await settled(api);
    expect(one.told()).toEqual(['ADDED first', 'ADDED x', 'ADDED z']);
    expect(other.pieces).toHaveLength(2);
    expect(other.pieces[1]).toBe(one.pieces[1]);
  });

  test('that ask for one object are told of that alone', async () => {
    const [all, web] = [watching(api), watching(api, { query: 'fieldSelector=metadata.name%3Dweb' })];
    for (const name of ['other', 'web']) await api.create(ConfigMap, configMap(name));
    await settled(api);
    expect([all.told(), web.told()]).toEqual([['ADDED other', 'ADDED web'], ['ADDED web']]);
  });

  test('do not keep the writer waiting, nor the watchers of another kind, nor a request', async () => {
    const busyFor = (ms: number): void => {
      for (const end = performance.now() + ms; performance.now() < end;);
    };
    const told: string[] = [];
    const slow = (): Buffer => (busyFor(1), told.push('map'), Buffer.from('{}\n'));
    for (let i = 0; i < 50; i++) watching(api, { form: `own ${i}`, encode: slow });
    watching(api, { kind: Secret, encode: () => (told.push('secret'), Buffer.from('{}\n')) });
    await Promise.all([api.create(ConfigMap, configMap('a')), api.create(Secret, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } })]);
    expect(told).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 0));
    told.push('request');
    await settled(api);
    expect(told.indexOf('secret')).toBeLessThan(10);
    expect(told.indexOf('request')).toBeLessThan(40);
    expect(told.filter((who) => who === 'map').length).toBeGreaterThanOrEqual(50);
  });

  test('one that does not take what it is sent is ended, the others go on', async () => {
    let behind = 0;
    const [slow, other] = [watching(api, { buffered: () => behind }), watching(api)];
    await api.create(ConfigMap, configMap('a'));
    await settled(api);
    behind = 65 * 1024 * 1024;
    for (const name of ['b', 'c']) {
      await api.create(ConfigMap, configMap(name));
      await settled(api);
    }
    expect([slow.hasEnded(), slow.told(), other.told()]).toEqual([true, ['ADDED a', 'ADDED b'], ['ADDED a', 'ADDED b', 'ADDED c']]);
    expect(api.kernel.hub.size).toBe(1);
  });

  test('one that begins with the objects there are is given them as it takes them, then what came meanwhile', async () => {
    for (let i = 0; i < 40; i++) await api.create(ConfigMap, { ...configMap(`m-${i}`), data: { text: 'x'.repeat(10_000) } });
    let behind = 5 * 1024 * 1024;
    const slow = watching(api, { after: undefined, sendInitialEvents: true, bookmarks: true, buffered: () => behind });
    await api.create(ConfigMap, configMap('late'));
    await settled(api);
    const before = slow.told().length;
    behind = 0;
    await slow.running;
    expect(before).toBeLessThan(20);
    expect(slow.told()).toHaveLength(42);
    expect(slow.told().slice(-2)).toEqual(['BOOKMARK ', 'ADDED late']);
  });

  test('one whose objects cannot be shown ends and is not told less than there is', async () => {
    const [broken, other] = [
      watching(api, {
        form: 'broken',
        encode: () => {
          throw new Error('no');
        },
      }),
      watching(api),
    ];
    await api.create(ConfigMap, configMap('a'));
    await settled(api);
    expect([broken.hasEnded(), other.hasEnded(), other.told()]).toEqual([true, false, ['ADDED a']]);
  });
});
