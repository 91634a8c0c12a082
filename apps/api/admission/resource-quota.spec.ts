import { ConfigMap } from '#lib/api/core/configmap';
import { Pod } from '#lib/api/core/pod/pod';
import { ResourceQuota } from '#lib/api/core/resourcequota';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { Service } from '#lib/api/core/service';
import { anApi, type AnApi } from '../testing/an-api';

const aQuota = (hard: object, more: object = {}) => ({ metadata: { name: 'q' }, spec: { hard, ...more } });
const aPod = (name: string, requests?: object, more: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i', ...(requests && { resources: { requests } }) }], ...more },
});

async function api(): Promise<AnApi> {
  const made = await anApi();
  await made.create(ServiceAccount, { metadata: { name: 'default' } });
  return made;
}

const outcomes = async (work: readonly Promise<unknown>[]): Promise<string[]> =>
  (await Promise.allSettled(work)).map((one) => (one.status === 'fulfilled' ? 'made' : (one.reason as Error).message));

describe('resource quotas', () => {
  test('count exactly, also among requests of one batch', async () => {
    const { create, remove } = await api();
    await create(ResourceQuota, aQuota({ pods: '2' }));
    const refused = (name: string): string => `pods "${name}" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2`;
    expect(await outcomes(['a', 'b', 'c', 'd'].map((name) => create(Pod, aPod(name))))).toEqual(['made', 'made', refused('c'), refused('d')]);
    await remove(Pod, 'default', 'a', { gracePeriodSeconds: 0 });
    expect(await outcomes(['e', 'f'].map((name) => create(Pod, aPod(name))))).toEqual(['made', refused('f')]);
  });

  test('let a pod that will not run again go, but not its object', async () => {
    const { create, update } = await api();
    await create(ResourceQuota, aQuota({ pods: '1', 'count/pods': '2' }));
    const first = await create<Pod>(Pod, aPod('a'));
    await update(Pod, { ...first, status: { ...first.status, phase: 'Succeeded' } } as never, 'status');
    await create(Pod, aPod('b'));
    expect(await outcomes([create(Pod, aPod('c'))])).toEqual([
      'pods "c" is forbidden: exceeded quota: q, requested: count/pods=1,pods=1, used: count/pods=2,pods=1, limited: count/pods=2,pods=1',
    ]);
  });

  test('ask every container for what they count, and add requests up', async () => {
    const { create } = await api();
    await create(ResourceQuota, aQuota({ 'requests.cpu': '1', 'limits.memory': '1Gi' }));
    expect(await outcomes([create(Pod, aPod('bare'))])).toEqual([
      'pods "bare" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
    ]);
    const limited = (name: string, cpu: string) => ({
      metadata: { name },
      spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu }, limits: { memory: '100Mi' } } }] },
    });
    expect(await outcomes([create(Pod, limited('a', '600m')), create(Pod, limited('b', '600m'))])).toEqual([
      'made',
      'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    ]);
  });

  test('may be about some pods only', async () => {
    const { create } = await api();
    await create(ResourceQuota, aQuota({ pods: '0' }, { scopes: ['BestEffort'] }));
    expect(await outcomes([create(Pod, aPod('a', { cpu: '1' })), create(Pod, aPod('b'))])).toEqual([
      'made',
      expect.stringContaining('exceeded quota: q, requested: pods=1'),
    ]);
  });

  test('count objects of any kind, by either name, and the ports of services as they change', async () => {
    const { create, change } = await api();
    await create(ResourceQuota, aQuota({ 'count/configmaps': '1', 'services.nodeports': '1' }));
    expect(await outcomes([create(ConfigMap, { metadata: { name: 'a' } }), create(ConfigMap, { metadata: { name: 'b' } })])).toEqual([
      'made',
      'configmaps "b" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
    ]);
    await create(Service, {
      metadata: { name: 's' },
      spec: {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 81 },
        ],
      },
    });
    const widened = change(Service, 'default', 's', (service) => ({ ...service, spec: { ...(service as Service).spec, type: 'NodePort' } }) as never);
    expect(await outcomes([widened])).toEqual([
      'services "s" is forbidden: exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1',
    ]);
  });
});
