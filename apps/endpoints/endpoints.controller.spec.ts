import { Endpoints } from '#lib/api/core/endpoints';
import { Pod } from '#lib/api/core/pod/pod';
import type { IndexedWorld } from '#lib/reconcile/indexed-world';
import { build } from '#lib/reconcile/testing/builders/object';
import { aPod, type PodOptions } from '#lib/reconcile/testing/builders/pod';
import { aService } from '#lib/reconcile/testing/builders/service';
import { given, worldOf } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { endpoints } from './endpoints.controller';

const decide = given(endpoints);
const KEY = 'default/web';
const podOf = (options: PodOptions) => aPod({ labels: { app: 'web' }, ready: true, ...options });
const subsets = (...world: Parameters<typeof decide> extends [string, ...infer W] ? W : never) => {
  const [command] = decide(KEY, ...world);
  return command?.do === 'create' ? (command.object as unknown as Endpoints).subsets : command;
};

describe('endpoints', () => {
  test('lists ready and other addresses under their ports, in order', () => {
    const pods = [podOf({ name: 'b', ip: '10.0.0.2' }), podOf({ name: 'a', ip: '10.0.0.1' }), podOf({ name: 'c', ip: '10.0.0.3', ready: false })];
    expect(decide(KEY, aService({ labels: { team: 'x' } }), ...pods)).toMatchObject([
      {
        do: 'create',
        object: {
          kind: 'Endpoints',
          metadata: { name: 'web', namespace: 'default', labels: { team: 'x', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
          subsets: [
            {
              addresses: [
                { ip: '10.0.0.1', nodeName: 'node-1', targetRef: { kind: 'Pod', namespace: 'default', name: 'a', uid: 'uid-pods-default-a' } },
                { ip: '10.0.0.2' },
              ],
              notReadyAddresses: [{ ip: '10.0.0.3' }],
              ports: [{ port: 8080, protocol: 'TCP' }],
            },
          ],
        },
      },
    ]);
  });

  test('a named port may be another number in each pod', () => {
    const service = aService({ ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }] });
    const on = (name: string, ip: string, containerPort: number) =>
      podOf({ name, ip, spec: { containers: [{ name: 'app', ports: [{ name: 'web', containerPort, protocol: 'TCP' }] }] } });
    expect(subsets(service, on('a', '10.0.0.1', 8080), on('b', '10.0.0.2', 9090), podOf({ name: 'none', ip: '10.0.0.3' }))).toMatchObject([
      { addresses: [{ ip: '10.0.0.1' }], ports: [{ name: 'http', port: 8080 }] },
      { addresses: [{ ip: '10.0.0.2' }], ports: [{ name: 'http', port: 9090 }] },
    ]);
  });

  test('leaves out pods that go, have finished or have no address', () => {
    const pods = [podOf({ name: 'a', ip: '10.0.0.1', deleted: secondsAgo(1) }), podOf({ name: 'b', ip: '10.0.0.2', phase: 'Failed' }), podOf({ name: 'c' })];
    expect(subsets(aService(), ...pods)).toBeUndefined();
  });

  test('publishes pods that are not ready when the service wants them, and names those that asked for it', () => {
    const service = aService({ clusterIP: 'None', ports: [], spec: { publishNotReadyAddresses: true } });
    const pod = podOf({ ip: '10.0.0.1', ready: false, spec: { hostname: 'web-0', subdomain: 'web' } });
    expect(subsets(service, pod)).toEqual([{ addresses: [expect.objectContaining({ ip: '10.0.0.1', hostname: 'web-0' })] }]);
    expect(decide(KEY, service, pod)[0]).toMatchObject({ object: { metadata: { labels: { 'service.kubernetes.io/headless': '' } } } });
  });

  test('holds at most 1000 addresses, ready ones first, and says so', () => {
    const pods = Array.from({ length: 1001 }, (_, i) => podOf({ name: `p${i}`, ip: `10.0.${i >> 8}.${i & 255}`, ready: i !== 3 }));
    const [command] = decide(KEY, aService(), ...pods);
    expect(command).toMatchObject({ object: { metadata: { annotations: { 'endpoints.kubernetes.io/over-capacity': 'truncated' } } } });
    const [subset] = subsets(aService(), ...pods) as { addresses: unknown[]; notReadyAddresses?: unknown[] }[];
    expect([subset?.addresses.length, subset?.notReadyAddresses]).toEqual([1000, undefined]);
  });

  describe('once written', () => {
    const pod = podOf({ ip: '10.0.0.1' });
    const written = (lastChange: string, ip = '10.0.0.1') =>
      build(
        Endpoints,
        {
          labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
          annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': lastChange },
        },
        {
          subsets: [
            {
              addresses: [{ ip, nodeName: 'node-1', targetRef: { kind: 'Pod', namespace: 'default', name: 'web', uid: 'uid-pods-default-web' } }],
              ports: [{ port: 8080, protocol: 'TCP' }],
            },
          ],
        },
      );

    test('asks for nothing while it is right', () => {
      expect(decide(KEY, aService(), pod, written(secondsAgo(60)))).toEqual([]);
    });

    test('is corrected', () => {
      expect(decide(KEY, aService(), pod, written(secondsAgo(60), '10.0.0.9'))).toMatchObject([
        { do: 'update', object: { subsets: [{ addresses: [{ ip: '10.0.0.1' }] }] } },
      ]);
    });

    test('waits for more changes when the last one was a moment ago', () => {
      const moment = new Date(NOW.getTime() - 50).toISOString();
      expect(decide(KEY, aService(), pod, written(moment, '10.0.0.9'))).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 150) }]);
    });

    test('does not wait for a clock that was set back', () => {
      expect(decide(KEY, aService(), pod, written(secondsAgo(-3600), '10.0.0.9'))).toMatchObject([{ do: 'update' }]);
    });

    test('goes with the service', () => {
      expect(decide(KEY, written(secondsAgo(60)))).toMatchObject([{ do: 'remove', ref: { kind: 'Endpoints' } }]);
    });
  });

  test('services without a selector and aliases are left alone', () => {
    expect(decide(KEY, aService({ selects: null }), podOf({ ip: '10.0.0.1' }))).toEqual([]);
    expect(decide(KEY, aService({ spec: { type: 'ExternalName' } }), podOf({ ip: '10.0.0.1' }))).toEqual([]);
  });

  test('is woken by changes that endpoints show, of pods that the service selects', () => {
    const woken = (before: PodOptions, after: PodOptions) => {
      const world = worldOf(aService(), podOf({ ip: '10.0.0.1', ...before })) as IndexedWorld;
      return [...endpoints.keys(world.apply(Pod, 'MODIFIED', podOf({ ip: '10.0.0.1', ...after }), 9), world)];
    };
    expect(woken({}, { ready: false })).toEqual([KEY]);
    expect(woken({}, { restarts: 5 })).toEqual([]);
    expect(woken({}, { labels: { app: 'other' } })).toEqual([KEY]);
    expect(woken({ labels: { app: 'other' } }, { labels: { app: 'other' }, ready: false })).toEqual([]);
  });
});
