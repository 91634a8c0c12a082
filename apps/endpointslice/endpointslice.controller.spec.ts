import type { Service } from '#lib/api/core/service';
import { EndpointSlice } from '#lib/api/discovery/endpointslice';
import type { KubeObject } from '#lib/api/meta';
import type { Command } from '#lib/reconcile/command';
import { aNode } from '#lib/reconcile/testing/builders/node';
import { build } from '#lib/reconcile/testing/builders/object';
import { aPod, type PodOptions } from '#lib/reconcile/testing/builders/pod';
import { aService } from '#lib/reconcile/testing/builders/service';
import { given } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { endpointSlice } from './endpointslice.controller';

const decide = given(endpointSlice);
const node = aNode({ labels: { 'topology.kubernetes.io/zone': 'z1' } });
const podOf = (options: PodOptions = {}) => aPod({ labels: { app: 'web' }, ready: true, ip: '10.0.0.1', ...options });
const pods = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => podOf({ name: `p${from + i}`, ip: `10.0.${(from + i) >> 8}.${(from + i) & 255}` }));

/** The slices that these commands would leave, named s0, s1 … */
function stored(service: Service, commands: readonly Command[]): EndpointSlice[] {
  const made = commands.flatMap((c) => (c.do === 'create' || c.do === 'update' ? [c.object as KubeObject] : []));
  return made.map((object, i) => {
    const { labels } = object.metadata;
    const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': secondsAgo(60) };
    const { apiVersion, kind, metadata, ...body } = object;
    return build(EndpointSlice, { name: metadata.name ?? `s${i}`, labels, annotations, ownedBy: service }, body);
  });
}
const summary = (commands: readonly Command[]): string[] =>
  commands.map(
    (c) =>
      `${c.do} ${'object' in c ? `${(c.object as EndpointSlice).metadata.name ?? ''}:${(c.object as EndpointSlice).endpoints.length}` : 'ref' in c ? c.ref.name : ''}`,
  );

describe('endpointslice', () => {
  const service = aService({ labels: { team: 'x' } });

  test('describes each pod', () => {
    const going = podOf({ name: 'going', ip: '10.0.0.2', deleted: secondsAgo(1) });
    expect(decide(service, node, podOf(), going)).toMatchObject([
      {
        do: 'create',
        object: {
          metadata: {
            generateName: 'web-',
            labels: { team: 'x', 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
            ownerReferences: [{ kind: 'Service', name: 'web', controller: true }],
          },
          addressType: 'IPv4',
          ports: [{ name: '', port: 8080, protocol: 'TCP' }],
          endpoints: [
            { addresses: ['10.0.0.2'], conditions: { ready: false, serving: true, terminating: true }, targetRef: { name: 'going' } },
            {
              addresses: ['10.0.0.1'],
              conditions: { ready: true, serving: true, terminating: false },
              nodeName: 'node-1',
              zone: 'z1',
              targetRef: { kind: 'Pod', name: 'web', namespace: 'default' },
            },
          ],
        },
      },
    ]);
  });

  test('a service without pods has one empty slice, which is reused for the first pod', () => {
    const empty = decide(service);
    expect(empty).toMatchObject([{ do: 'create', object: { addressType: 'IPv4', endpoints: [], ports: [] } }]);
    const slices = stored(service, empty);
    expect(decide(service, ...slices)).toEqual([]);
    expect(summary(decide(service, ...slices, node, podOf()))).toEqual(['update s0:1']);
    const used = stored(service, decide(service, ...slices, node, podOf()));
    expect(decide(service, ...used)).toMatchObject([{ do: 'update', object: { endpoints: [], ports: [] } }]);
  });

  describe('puts at most 100 endpoints in a slice', () => {
    const made = decide(service, node, ...pods(0, 250));
    const slices = stored(service, made);

    test('making as many as it needs', () => {
      expect(summary(made)).toEqual(['create :100', 'create :100', 'create :50']);
      expect(decide(service, node, ...pods(0, 250), ...slices)).toEqual([]);
    });

    test('and fills the one that has room', () => {
      expect(summary(decide(service, node, ...pods(0, 251), ...slices))).toEqual(['update s2:51']);
    });

    test('changing only slices of pods that changed', () => {
      const [, ...others] = pods(0, 250);
      expect(summary(decide(service, node, ...others, ...slices))).toEqual(['update s0:99']);
    });

    test('filling slices that change anyway before others', () => {
      const [, ...others] = pods(0, 251);
      expect(summary(decide(service, node, ...others, ...slices))).toEqual(['update s0:100']);
    });
  });

  describe('of several slices', () => {
    const [small, large] = [stored(service, decide(service, node, ...pods(0, 60))), stored(service, decide(service, node, ...pods(100, 180)))].map(
      ([slice], i) => ({ ...slice, metadata: { ...slice?.metadata, name: `t${i}`, uid: `t${i}` } }) as EndpointSlice,
    ) as [EndpointSlice, EndpointSlice];

    test('the fullest that has room takes new endpoints', () => {
      expect(summary(decide(service, node, ...pods(0, 60), ...pods(100, 190), small, large))).toEqual(['update t1:90']);
    });

    test('the fullest of those that change anyway is filled first', () => {
      expect(summary(decide(service, node, ...pods(1, 60), ...pods(101, 190), small, large)).sort()).toEqual(['update t0:59', 'update t1:89']);
    });
  });

  test('pods with other ports are in slices of their own', () => {
    const named = aService({ ports: [{ name: 'http', port: 80, targetPort: 'web' }] });
    const on = (name: string, ip: string, containerPort: number) =>
      podOf({ name, ip, spec: { containers: [{ name: 'app', ports: [{ name: 'web', containerPort }] }] } });
    expect(decide(named, node, on('a', '10.0.0.1', 1), on('b', '10.0.0.2', 2))).toMatchObject([
      { object: { ports: [{ port: 1 }] } },
      { object: { ports: [{ port: 2 }] } },
    ]);
  });

  test('each address family has its slices', () => {
    const dual = aService({ spec: { ipFamilies: ['IPv4', 'IPv6'] } });
    const pod = podOf({ status: { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] } });
    expect(decide(dual, node, pod)).toMatchObject([
      { object: { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] } },
      { object: { addressType: 'IPv6', endpoints: [{ addresses: ['fd00::1'] }] } },
    ]);
    const before = stored(dual, decide(dual, node, pod));
    expect(summary(decide(aService(), node, pod, ...before))).toEqual(['remove s1']);
  });

  test('a pod that is not ready is published as ready when the service wants it', () => {
    const wants = aService({ spec: { publishNotReadyAddresses: true } });
    expect(decide(wants, node, podOf({ ready: false }))).toMatchObject([{ object: { endpoints: [{ conditions: { ready: true, serving: false } }] } }]);
  });

  test('traffic that should stay near gets hints', () => {
    const near = aService({ spec: { trafficDistribution: 'PreferClose' } });
    expect(decide(near, node, podOf())).toMatchObject([{ object: { endpoints: [{ hints: { forZones: [{ name: 'z1' }] } }] } }]);
  });

  test('a pod on a node that is not there is left out', () => {
    expect(decide(service, podOf())).toMatchObject([{ object: { endpoints: [] } }]);
  });

  test('labels follow the service', () => {
    const slices = stored(service, decide(service, node, podOf()));
    expect(decide(aService({ labels: { team: 'y' } }), node, podOf(), ...slices)).toMatchObject([
      { do: 'update', object: { metadata: { labels: { team: 'y' } } } },
    ]);
  });

  test('waits for more changes when the last one was a moment ago', () => {
    const [slice] = stored(service, decide(service, node, podOf()));
    const fresh = {
      ...slice,
      metadata: { ...slice?.metadata, annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': NOW.toISOString() } },
    } as EndpointSlice;
    expect(decide(service, node, podOf({ ready: false }), fresh)).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 200) }]);
  });

  test('services without a selector are left alone', () => {
    expect(decide(aService({ selects: null }), node, podOf())).toEqual([]);
  });
});
