import { Service } from '#lib/api/core/service';
import type { KubeObject } from '#lib/api/meta';
import { IPAddress } from '#lib/api/networking/ipaddress';
import { ServiceCIDR } from '#lib/api/networking/servicecidr';
import { anApi, type AnApi } from '../testing/an-api';

const service = (name: string, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
});
const entriesAfter = async ({ log }: AnApi, revision: number): Promise<unknown[]> => {
  const entries: unknown[] = [];
  for await (const page of log.read({ after: revision }))
    for (const { type, resource, name, cause, actor } of page) entries.push([type, resource, name, cause, actor.user]);
  return entries;
};

let api: AnApi;
beforeAll(async () => {
  api = await anApi();
});
const addressOf = (ip: string): IPAddress | undefined => api.kernel.world.get(IPAddress, '', ip);

describe('the address of a Service', () => {
  test('comes and goes with it, in the same transaction and because of it', async () => {
    const made = await api.create<Service>(Service, service('web', { clusterIP: '10.96.0.20' }));
    const revision = Number(made.metadata.resourceVersion);
    expect(addressOf('10.96.0.20')).toMatchObject({
      metadata: { name: '10.96.0.20', labels: { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' } },
      spec: { parentRef: { group: '', resource: 'services', namespace: 'default', name: 'web' } },
    });
    await api.remove(Service, 'default', 'web');
    expect(await entriesAfter(api, revision - 1)).toEqual([
      ['ADDED', 'services', 'web', [], 'alice'],
      ['ADDED', 'ipaddresses.networking.k8s.io', '10.96.0.20', [revision], 'alice'],
      ['DELETED', 'services', 'web', [], 'alice'],
      ['DELETED', 'ipaddresses.networking.k8s.io', '10.96.0.20', [revision + 2], 'alice'],
    ]);
    expect(addressOf('10.96.0.20')).toBeUndefined();
  });

  test('is given up when the Service becomes an external name, and had again when it is one no more', async () => {
    const made = await api.create<Service>(Service, service('turns'));
    const ip = made.spec.clusterIP ?? '';
    expect(addressOf(ip)).toBeDefined();
    await api.change(Service, 'default', 'turns', (current) => ({ ...current, spec: { type: 'ExternalName', externalName: 'example.com' } }) as KubeObject);
    expect(addressOf(ip)).toBeUndefined();
    const back = await api.change<Service>(
      Service,
      'default',
      'turns',
      (current) => ({ ...current, spec: { type: 'ClusterIP', ports: [{ port: 80 }] } }) as KubeObject,
    );
    expect(addressOf(back.spec.clusterIP ?? '')?.spec.parentRef?.name).toBe('turns');
  });

  test('is not there for Services without one', async () => {
    const before = api.kernel.world.count(IPAddress);
    await api.create(Service, service('headless', { clusterIP: 'None' }));
    expect(api.kernel.world.count(IPAddress)).toBe(before);
  });

  test('that somebody took for something else cannot be had', async () => {
    const parentRef = { group: 'gateway.networking.k8s.io', resource: 'gateways', namespace: 'default', name: 'x' };
    await api.create(IPAddress, { apiVersion: 'networking.k8s.io/v1', kind: 'IPAddress', metadata: { name: '10.96.0.30' }, spec: { parentRef } });
    await expect(api.create(Service, service('late', { clusterIP: '10.96.0.30' }))).rejects.toThrow(
      'failed to allocate IP 10.96.0.30: provided IP is already allocated',
    );
  });

  test('of the API itself is in the books from the start', () => expect(addressOf('10.96.0.1')?.spec.parentRef?.name).toBe('kubernetes'));
});

describe('a second range', () => {
  test('gives addresses until it is asked to go', async () => {
    await api.create(ServiceCIDR, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'more', finalizers: ['example.com/held'] },
      spec: { cidrs: ['10.112.0.0/24'] },
    });
    await api.create(Service, service('there', { clusterIP: '10.112.0.5' }));
    await api.remove(ServiceCIDR, '', 'more');
    await expect(api.create(Service, service('not-there', { clusterIP: '10.112.0.6' }))).rejects.toThrow(
      'the provided network does not match the current range',
    );
  });
});
