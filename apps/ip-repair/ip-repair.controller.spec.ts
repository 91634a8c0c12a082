import { Service } from '#lib/api/core/service';
import type { KubeObject } from '#lib/api/meta';
import { addressOfService, IPAddress } from '#lib/api/networking/ipaddress';
import { ServiceCIDR } from '#lib/api/networking/servicecidr';
import { build, type Common } from '#lib/reconcile/testing/builders/object';
import { aService } from '#lib/reconcile/testing/builders/service';
import { given, worldOf } from '#lib/reconcile/testing/given';
import { ipRepair } from './ip-repair.controller';

const IP = '10.96.0.10';
const range = build(ServiceCIDR, { name: 'kubernetes' } as Common, { spec: { cidrs: ['10.96.0.0/16'] }, status: {} });
const decide = (...world: KubeObject[]) => given(ipRepair).at('2030-01-01T13:00:00Z')(IP, range, ...world);

const anAddress = (of: { namespace?: string; name: string }, change: (address: IPAddress) => object = () => ({})): IPAddress => {
  const draft = addressOfService(IP, { metadata: of } as KubeObject);
  const address = build(IPAddress, { name: IP } as Common, { spec: draft.spec });
  const whole = { ...address, metadata: { ...address.metadata, namespace: undefined, labels: draft.metadata.labels } };
  return { ...whole, ...change(whole) };
};
const web = aService({ name: 'web', clusterIP: IP });
const ofWeb = anAddress({ namespace: web.metadata.namespace, name: 'web' });

describe('ip-repair', () => {
  test('leaves what is in step alone', () => {
    expect(decide(web, ofWeb)).toEqual([]);
    expect(decide()).toEqual([]);
  });

  test('makes an address that is missing, but not while its entry may be under way', () => {
    expect(decide(web)).toMatchObject([
      {
        do: 'create',
        object: {
          kind: 'IPAddress',
          metadata: { name: IP, labels: { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' } },
          spec: { parentRef: { group: '', resource: 'services', namespace: 'default', name: 'web' } },
        },
        report: { type: 'Warning', reason: 'ClusterIPNotAllocated', message: 'Cluster IP [IPv4]: 10.96.0.10 is not allocated; repairing' },
      },
    ]);
    const young = { ...web, metadata: { ...web.metadata, creationTimestamp: '2030-01-01T12:59:58Z' } };
    expect(decide(young)).toEqual([{ do: 'wake', at: new Date('2030-01-01T13:00:03Z') }]);
  });

  test('makes an address anew that belongs to something else, or has lost its labels', () => {
    const gateway = anAddress({ name: 'x' }, ({ spec }) => ({
      spec: { parentRef: { ...spec.parentRef, group: 'gateway.networking.k8s.io', resource: 'gateways' } },
    }));
    expect(decide(web, gateway)).toMatchObject([
      { do: 'remove' },
      { do: 'create', report: { message: 'the ClusterIP [IPv4]: 10.96.0.10 for Service default/web has a wrong reference; repairing' } },
    ]);
    const bare = anAddress({ namespace: 'default', name: 'web' }, ({ metadata }) => ({ metadata: { ...metadata, labels: {} } }));
    expect(decide(web, bare)).toMatchObject([{ do: 'remove' }, { do: 'create' }]);
  });

  test('complains about an address that two have, and one that no range has', () => {
    const other = aService({ name: 'other', clusterIP: IP });
    expect(decide(web, other, ofWeb)).toMatchObject([{ do: 'report', report: { reason: 'ClusterIPAlreadyAllocated', about: { name: 'other' } } }]);
    expect(given(ipRepair)(IP, web, ofWeb)).toMatchObject([{ do: 'report', report: { reason: 'ClusterIPOutOfRange' } }]);
  });

  test("removes an address whose Service is gone after a minute, or has another at once, but nobody else's", () => {
    expect(decide(ofWeb)).toMatchObject([
      { do: 'remove', ref: { name: IP } },
      { do: 'report', report: { message: 'IPAddress: 10.96.0.10 for Service default/web appears to have leaked: cleaning up' } },
    ]);
    const young = anAddress({ namespace: 'default', name: 'web' }, ({ metadata }) => ({
      metadata: { ...metadata, creationTimestamp: '2030-01-01T12:59:50Z' },
    }));
    expect(decide(young)).toEqual([{ do: 'wake', at: new Date('2030-01-01T13:00:50Z') }]);
    expect(decide(ofWeb, aService({ name: 'web', clusterIP: '10.96.0.11' }))).toMatchObject([
      { do: 'remove' },
      { do: 'report', report: { reason: 'IPAddressWrongReference' } },
    ]);
    expect(decide(anAddress({ name: 'web' }, ({ metadata }) => ({ metadata: { ...metadata, labels: {} } })))).toEqual([]);
  });

  test('is woken by addresses, and by Services only when theirs change', () => {
    const world = worldOf(web);
    const keys = (change: object) => [...ipRepair.keys({ revision: 5, type: 'MODIFIED', kind: Service, object: web, ...change } as never, world)];
    expect(keys({ previous: web })).toEqual([]);
    expect(keys({ previous: aService({ name: 'web', clusterIP: '10.96.0.11' }) })).toEqual([IP, '10.96.0.11']);
    expect(keys({ type: 'DELETED', previous: web })).toEqual([]);
    expect(keys({ type: 'DELETED', kind: IPAddress, object: ofWeb })).toEqual([IP]);
  });
});
