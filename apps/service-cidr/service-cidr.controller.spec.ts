import { IPAddress } from '#lib/api/networking/ipaddress';
import { ServiceCIDR } from '#lib/api/networking/servicecidr';
import { build, type Common } from '#lib/reconcile/testing/builders/object';
import { given, worldOf } from '#lib/reconcile/testing/given';
import { serviceCidr } from './service-cidr.controller';

const decide = given(serviceCidr);
const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';
const READY = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready', lastTransitionTime: '2029-01-01T00:00:00Z' };

const aRange = (name: string, cidr: string, more: Partial<ServiceCIDR['metadata']> = {}, conditions = [READY]): ServiceCIDR => {
  const range = build(ServiceCIDR, { name } as Common, { spec: { cidrs: [cidr] }, status: { conditions } });
  return { ...range, metadata: { ...range.metadata, namespace: undefined, finalizers: [FINALIZER], ...more } };
};
const going = { deletionTimestamp: '2030-01-01T11:59:59Z', deletionGracePeriodSeconds: 0 };

const anAddress = (ip: string, labels: Record<string, string> = { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' }): IPAddress => {
  const address = build(IPAddress, { name: ip } as Common, { spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } } });
  return { ...address, metadata: { ...address.metadata, namespace: undefined, labels } };
};

describe('a range that stays', () => {
  test('gets the finalizer, then is ready, then nothing more', () => {
    expect(decide(aRange('a', '10.0.0.0/24', { finalizers: undefined }, []))).toMatchObject([
      { do: 'update', object: { metadata: { finalizers: [FINALIZER] } } },
    ]);
    expect(decide(aRange('a', '10.0.0.0/24', {}, []))).toMatchObject([
      { do: 'setStatus', status: { conditions: [{ ...READY, lastTransitionTime: '2030-01-01T12:00:00Z' }] } },
    ]);
    expect(decide(aRange('a', '10.0.0.0/24'))).toEqual([]);
  });
});

describe('a range that is going', () => {
  const range = aRange('a', '10.0.0.0/24', going);
  const goes = [{ do: 'update', object: { metadata: { finalizers: [] } } }];

  test('stays while a Service has an address of it, and says why', () => {
    const message = 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR';
    expect(decide(range, anAddress('10.0.0.7'))).toMatchObject([
      { do: 'setStatus', status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Terminating', message }] } },
    ]);
  });

  test.each([
    ['nobody has an address of it', []],
    ["the addresses are of another range, or somebody else's", [anAddress('10.0.1.7'), anAddress('10.0.0.7', {})]],
    ['a larger range holds it', [anAddress('10.0.0.7'), aRange('b', '10.0.0.0/16')]],
    ['another range holds the address', [anAddress('10.0.0.7'), aRange('b', '10.0.0.0/28')]],
  ])('goes when %s', (_, world) => expect(decide(range, ...world)).toMatchObject(goes));

  test('is not replaced by one that is going, too', () => {
    expect(decide(range, anAddress('10.0.0.7'), aRange('b', '10.0.0.0/16', going))).toMatchObject([{ do: 'setStatus' }]);
  });

  test('is decided on again when an address or a range comes or goes, and nothing else is', () => {
    const world = worldOf(range, aRange('stays', '10.1.0.0/24'));
    const [addresses] = serviceCidr.watches ?? [];
    const change = { revision: 9, kind: IPAddress, object: anAddress('10.0.0.7') };
    expect([...(addresses?.keys({ ...change, type: 'DELETED' } as never, world) ?? [])]).toEqual(['a']);
    expect([...(addresses?.keys({ ...change, type: 'MODIFIED' } as never, world) ?? [])]).toEqual([]);
  });
});
