import { toBase64 } from '#lib/api/base64';
import { ConfigMap } from '#lib/api/core/configmap';
import { Secret } from '#lib/api/core/secret';
import { VirtualClock } from '#lib/runtime/testing/virtual-clock';
import { MemoryKeyStore } from '#lib/log/secret/key-store';
import { MasterKey } from '#lib/log/secret/master-key';
import { MemoryLog } from '#lib/log/memory-log';
import { anApi, type AnApi } from '../testing/an-api';
import { detachedSignature } from './signatures';
import { TokenKeeper } from './token-keeper';

const START = new Date('2030-01-01T12:00:00Z');
const after = (seconds: number): string => new Date(START.getTime() + 1000 * seconds).toISOString();

const open: TokenKeeper[] = [];
afterEach(() => Promise.all(open.splice(0).map((keeper) => keeper.stop())));

async function aKeeper(api?: AnApi): Promise<{ api: AnApi; clock: VirtualClock; keeper: TokenKeeper }> {
  const used = api ?? (await anApi());
  const clock = new VirtualClock(START);
  const keeper = new TokenKeeper(used.kernel, clock);
  open.push(keeper);
  keeper.start();
  return { api: used, clock, keeper };
}

const token = (api: AnApi, id: string, more: Record<string, string> = {}, name = `bootstrap-token-${id}`): Promise<unknown> => {
  const data = { 'token-id': id, 'token-secret': '0123456789abcdef', 'usage-bootstrap-signing': 'true', ...more };
  return api.create(Secret, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'kube-system' },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, toBase64(value)])),
  });
};

const clusterInfo = (api: AnApi, data: Record<string, string>): Promise<unknown> =>
  api.create(ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cluster-info', namespace: 'kube-public' }, data });

const dataOf = ({ kernel }: AnApi): Record<string, string> => kernel.world.get(ConfigMap, 'kube-public', 'cluster-info')?.data ?? {};
const namesOf = ({ kernel }: AnApi): string[] => kernel.world.list(Secret, 'kube-system').map(({ metadata }) => metadata.name);

describe('a detached signature', () => {
  test('is the one that upstream makes', () => {
    const content = 'Hello from the other side. I must have called a thousand times.';
    expect(detachedSignature(content, 'joshua', 'my voice is my passcode')).toBe(
      'eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9..VShe2taLd-YTrmWuRkcL_8QTNDHYxQIEBsAYYiIj1_8',
    );
  });
});

describe('cluster-info', () => {
  test('is signed for each token that may sign, and loses signatures of tokens that are gone', async () => {
    const { api, keeper } = await aKeeper();
    await clusterInfo(api, { kubeconfig: 'apiVersion: v1', 'jws-kubeconfig-zzzzzz': 'old', note: 'mine' });
    await token(api, 'abcdef');
    await token(api, 'nosign', { 'usage-bootstrap-signing': 'false' });
    await token(api, 'ended1', { expiration: after(-1) });
    await token(api, 'other1', {}, 'bootstrap-token-mist5k');
    await keeper.settled();
    const signature = detachedSignature('apiVersion: v1', 'abcdef', '0123456789abcdef');
    expect(dataOf(api)).toEqual({ kubeconfig: 'apiVersion: v1', note: 'mine', 'jws-kubeconfig-abcdef': signature });
    await api.remove(Secret, 'kube-system', 'bootstrap-token-abcdef');
    await keeper.settled();
    expect(dataOf(api)).toEqual({ kubeconfig: 'apiVersion: v1', note: 'mine' });
  });

  test('is signed again when the kubeconfig changes, by the signer and because of that change', async () => {
    const { api, keeper } = await aKeeper();
    await token(api, 'abcdef');
    await clusterInfo(api, { kubeconfig: 'one' });
    await keeper.settled();
    const changed = await api.change(
      ConfigMap,
      'kube-public',
      'cluster-info',
      (map) => ({ ...map, data: { ...(map as ConfigMap).data, kubeconfig: 'two' } }) as never,
    );
    await keeper.settled();
    expect(dataOf(api)['jws-kubeconfig-abcdef']).toBe(detachedSignature('two', 'abcdef', '0123456789abcdef'));
    const because = Number(changed.metadata.resourceVersion);
    const after = await api.log.read({ after: because })[Symbol.asyncIterator]().next();
    expect(after.value).toMatchObject([{ cause: [because], actor: { user: 'system:serviceaccount:kube-system:bootstrap-signer' }, name: 'cluster-info' }]);
  });

  test('without a kubeconfig, or not there at all, is left alone', async () => {
    const { api, keeper } = await aKeeper();
    await token(api, 'abcdef');
    await keeper.settled();
    expect(api.kernel.world.get(ConfigMap, 'kube-public', 'cluster-info')).toBeUndefined();
    await clusterInfo(api, { note: 'mine', 'jws-kubeconfig-zzzzzz': 'old' });
    await keeper.settled();
    expect(dataOf(api)).toEqual({ note: 'mine', 'jws-kubeconfig-zzzzzz': 'old' });
  });
});

describe('a token that ends', () => {
  test('is deleted when its time comes, and its signature with it', async () => {
    const { api, clock, keeper } = await aKeeper();
    await clusterInfo(api, { kubeconfig: 'one' });
    await token(api, 'abcdef', { expiration: after(60) });
    await token(api, 'foreve');
    clock.advance(59_000);
    await keeper.settled();
    expect(namesOf(api)).toEqual(['bootstrap-token-abcdef', 'bootstrap-token-foreve']);
    clock.advance(2_000);
    await keeper.settled();
    expect(namesOf(api)).toEqual(['bootstrap-token-foreve']);
    expect(Object.keys(dataOf(api))).toEqual(['kubeconfig', 'jws-kubeconfig-foreve']);
  });

  test('is deleted at the start when it ended meanwhile, or when nobody can tell when it ends', async () => {
    const api = await anApi();
    await token(api, 'abcdef', { expiration: after(-60) });
    await token(api, 'unread', { expiration: 'soon' });
    const { keeper } = await aKeeper(api);
    await keeper.settled();
    expect(namesOf(api)).toEqual([]);
  });
});

describe('two API servers', () => {
  test('sign once and delete once', async () => {
    const [log, keys, master] = [new MemoryLog(), new MemoryKeyStore(), new MasterKey(Buffer.alloc(32, 7))];
    const [a, b] = [await anApi(log, keys, master), await anApi(log, keys, master)];
    await clusterInfo(a, { kubeconfig: 'one' });
    await token(a, 'abcdef');
    await token(a, 'ended1', { expiration: after(-60) });
    await b.kernel.writer.refresh();
    const before = a.kernel.world.revision;
    const [one, two] = [await aKeeper(a), await aKeeper(b)];
    await Promise.all([one.keeper.settled(), two.keeper.settled()]);
    expect((await log.head()).revision).toBe(before + 2);
  });
});
