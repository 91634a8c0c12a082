import { Endpoints } from '#lib/api/core/endpoints';
import { EndpointSlice } from '#lib/api/discovery/endpointslice';
import { build, type Common } from '#lib/reconcile/testing/builders/object';
import { aService } from '#lib/reconcile/testing/builders/service';
import { given } from '#lib/reconcile/testing/given';
import { endpointSliceMirroring } from './endpointslice-mirroring.controller';

const decide = given(endpointSliceMirroring);
const KEY = 'default/web';
const service = aService({ selects: null });
const someEndpoints = (subsets: object[], options: Common = {}) => build(Endpoints, options, { subsets });
const LABELS = { 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' };
const aSlice = (ip: string, port: number, options: Common = {}) =>
  build(
    EndpointSlice,
    { name: 'web-abc', labels: LABELS, annotations: {}, ...options },
    {
      addressType: 'IPv4',
      ports: [{ name: '', port, protocol: 'TCP' }],
      endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    },
  );
const subset = (ip: string, port: number) => ({ addresses: [{ ip }], ports: [{ port }] });

describe('endpointslice-mirroring', () => {
  test('shows what was written by hand, with its labels, and goes with it', () => {
    const endpoints = someEndpoints(
      [{ addresses: [{ ip: '10.1.2.3', nodeName: 'n' }], notReadyAddresses: [{ ip: '10.1.2.4' }], ports: [{ name: 'http', port: 80 }] }],
      { labels: { a: 'b' } },
    );
    expect(decide(KEY, service, endpoints)).toMatchObject([
      {
        do: 'create',
        object: {
          metadata: { generateName: 'web-', labels: { a: 'b', ...LABELS }, ownerReferences: [{ kind: 'Endpoints', name: 'web', controller: true }] },
          addressType: 'IPv4',
          ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
          endpoints: [
            { addresses: ['10.1.2.3'], nodeName: 'n', conditions: { ready: true } },
            { addresses: ['10.1.2.4'], conditions: { ready: false } },
          ],
        },
      },
    ]);
  });

  test('makes a slice for each set of ports and each family, also of one address', () => {
    const made = decide(KEY, service, someEndpoints([subset('10.1.2.3', 80), subset('10.1.2.3', 81), subset('fd00::1', 80), subset('10.1.2.9', 80)]));
    expect(
      made.map((command) => command.do === 'create' && (command.object as unknown as EndpointSlice).endpoints.map(({ addresses }) => addresses[0])),
    ).toEqual([['10.1.2.3', '10.1.2.9'], ['10.1.2.3'], ['fd00::1']]);
  });

  test('asks for nothing once it is so, in whatever order', () => {
    expect(decide(KEY, service, someEndpoints([subset('10.1.2.3', 80)]), aSlice('10.1.2.3', 80))).toEqual([]);
  });

  test('rewrites the slice of the same ports, and uses a spare one before it makes another', () => {
    expect(decide(KEY, service, someEndpoints([subset('10.1.2.4', 80)]), aSlice('10.1.2.3', 80))).toMatchObject([
      { do: 'update', object: { metadata: { name: 'web-abc' }, endpoints: [{ addresses: ['10.1.2.4'] }] } },
    ]);
    expect(decide(KEY, service, someEndpoints([subset('10.1.2.3', 81)]), aSlice('10.1.2.3', 80))).toMatchObject([
      { do: 'update', object: { metadata: { name: 'web-abc' }, ports: [{ port: 81 }] } },
    ]);
  });

  test.each([
    ['are gone', [service]],
    ['are of a service that selects pods', [aService(), someEndpoints([subset('10.1.2.3', 80)])]],
    ['are of no service', [someEndpoints([subset('10.1.2.3', 80)])]],
    ['do not want it', [service, someEndpoints([subset('10.1.2.3', 80)], { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } })]],
    ['are a lock', [service, someEndpoints([subset('10.1.2.3', 80)], { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } })]],
    ['are empty', [service, someEndpoints([])]],
  ])('removes its slices when the Endpoints %s', (_, world) => {
    expect(
      decide(KEY, ...world, aSlice('10.1.2.3', 80), aSlice('10.9.9.9', 80, { name: 'other', labels: { 'kubernetes.io/service-name': 'web' } })),
    ).toMatchObject([{ do: 'remove', ref: { name: 'web-abc' } }]);
  });

  test('shows a thousand addresses of a subset, and says how many it left out', () => {
    const addresses = Array.from({ length: 1002 }, (_, i) => ({ ip: `10.1.${i >> 8}.${i & 255}` }));
    expect(decide(KEY, service, someEndpoints([{ addresses, ports: [{ port: 80 }] }]))).toMatchObject([
      {
        do: 'report',
        report: {
          reason: 'TooManyAddressesToMirror',
          message: 'A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 2 addresses were skipped',
        },
      },
      { do: 'create' },
    ]);
  });
});
