import type { Command } from '#lib/reconcile/command';
import { IndexedWorld } from '#lib/reconcile/indexed-world';
import { aLease } from '#lib/reconcile/testing/builders/lease';
import { aNode } from '#lib/reconcile/testing/builders/node';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { given } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import type { World } from '#lib/reconcile/world';
import { nodeLifecycle } from './node-lifecycle.controller';

const decide = given(nodeLifecycle);
const other = aNode({ name: 'other' });
const old = { heartbeat: secondsAgo(300) };
const taintsIn = (commands: readonly Command[]): unknown =>
  commands
    .flatMap((c) => (c.do === 'patch' && 'spec' in c.patch ? ((c.patch.spec as { taints: { key: string; effect: string }[] | null }).taints ?? []) : []))
    .map((t) => `${t.key}:${t.effect}`);

describe('node-lifecycle', () => {
  test('looks again when the lease will have run out', () => {
    expect(decide(aNode(old), aLease({ renewedAgo: 10 }))).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 30_000) }]);
  });

  describe('that was away itself', () => {
    const { gather } = nodeLifecycle;
    const at = (seconds: number): Date => new Date(NOW.getTime() + 1000 * seconds);
    const since = (world: World, seconds: number): string => (gather?.(aNode(old), world, at(seconds)) as { since: string }).since;

    test('gives every node its grace from the first look on', () => {
      const silent = [aNode(old), aLease({ renewedAgo: 3600 })] as const;
      expect(decide.knowing({ since: secondsAgo(10) })(...silent)).toEqual([{ do: 'wake', at: at(30) }]);
      expect(decide.knowing({ since: secondsAgo(40) })(...silent)).toMatchObject([{ do: 'setStatus' }, { do: 'report' }]);
    });

    test('looks since its first look at this world, as long as it is not held up', () => {
      const [world, another] = [new IndexedWorld(), new IndexedWorld()];
      expect([0, 60, 120].map((seconds) => since(world, seconds))).toEqual([at(0), at(0), at(0)].map((time) => time.toISOString()));
      expect(since(another, 121)).toBe(at(121).toISOString());
      expect([3600, 3640].map((seconds) => since(world, seconds))).toEqual([at(3600), at(3600)].map((time) => time.toISOString()));
    });
  });

  test('a node that is silent for 40 seconds is unknown', () => {
    expect(decide(aNode(old), aLease({ renewedAgo: 40 }))).toMatchObject([
      {
        do: 'setStatus',
        status: {
          conditions: [
            {
              type: 'Ready',
              status: 'Unknown',
              reason: 'NodeStatusUnknown',
              message: 'Kubelet stopped posting node status.',
              lastTransitionTime: secondsAgo(0),
            },
            { type: 'MemoryPressure', status: 'Unknown', reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' },
            { type: 'DiskPressure' },
            { type: 'PIDPressure' },
          ],
        },
      },
      { do: 'report', report: { reason: 'NodeNotReady', message: 'Node node-1 status is now: NodeNotReady' } },
    ]);
  });

  test('a new node has a minute before its first status', () => {
    const fresh = aNode({ created: secondsAgo(50), status: { conditions: [] }, taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] });
    expect(decide(fresh)).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 10_000) }]);
  });

  test('taints follow the conditions; those of others stay', () => {
    const own = { key: 'own', effect: 'NoSchedule' };
    const conditions = [
      { type: 'Ready', status: 'True', lastHeartbeatTime: secondsAgo(1) },
      { type: 'DiskPressure', status: 'True' },
    ];
    const node = aNode({ taints: [own, { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }], unschedulable: true, status: { conditions } });
    expect(taintsIn(decide(node))).toEqual(['own:NoSchedule', 'node.kubernetes.io/disk-pressure:NoSchedule', 'node.kubernetes.io/unschedulable:NoSchedule']);
    expect(decide(aNode({ taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] }))[0]).toMatchObject({
      patch: { spec: { taints: null } },
    });
  });

  test('a node that says it is not ready loses its pods, and that is said', () => {
    const commands = decide(aNode({ ready: false }), other);
    expect(taintsIn(commands)).toEqual(['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute']);
    expect(commands).toContainEqual(expect.objectContaining({ do: 'report', report: expect.objectContaining({ reason: 'NodeNotReady' }) }));
  });

  test('when no node is ready nobody is sent away', () => {
    expect(taintsIn(decide(aNode({ ready: false }), aNode({ name: 'other', ready: 'Unknown' })))).toEqual(['node.kubernetes.io/not-ready:NoSchedule']);
  });

  describe('a lost node', () => {
    const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
      type,
      status: 'Unknown',
      lastHeartbeatTime: secondsAgo(300),
      lastTransitionTime: secondsAgo(60),
    }));
    const lost = aNode({ status: { conditions } });

    test('is tainted as unreachable', () => {
      expect(taintsIn(decide(lost, other))).toEqual(['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute']);
    });

    test('has no ready pods, unless its kubelet has spoken since', () => {
      const ready = aPod({ name: 'a', ready: true, readySince: secondsAgo(600) });
      const spoken = aPod({ name: 'b', ready: true, readySince: secondsAgo(30) });
      const elsewhere = aPod({ name: 'c', ready: true, node: 'other', readySince: secondsAgo(600) });
      const commands = decide(lost, other, ready, spoken, elsewhere).filter((c) => c.do === 'patch' && c.ref.kind === 'Pod');
      expect(commands).toMatchObject([
        {
          ref: { name: 'a' },
          subresource: 'status',
          patch: {
            status: { conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'False', lastTransitionTime: secondsAgo(0) })]) },
          },
        },
      ]);
    });

    test('settles', () => {
      const taints = ['NoSchedule', 'NoExecute'].map((effect) => ({ key: 'node.kubernetes.io/unreachable', effect }));
      expect(decide(aNode({ status: { conditions }, taints }), other)).toEqual([]);
    });
  });
});
