import type { PodSpec } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import type { Command } from '#lib/reconcile/command';
import { aNamespace } from '#lib/reconcile/testing/builders/namespace';
import { aNode } from '#lib/reconcile/testing/builders/node';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { aReplicaSet } from '#lib/reconcile/testing/builders/replicaset';
import { given } from '#lib/reconcile/testing/given';
import { scheduler } from './scheduler.controller';

const decide = given(scheduler);

const bindings = (commands: readonly Command[]): Record<string, string> =>
  Object.fromEntries(commands.flatMap((c) => (c.do === 'bind' ? [[c.ref.name, c.node]] : [])));
const messages = (commands: readonly Command[]): string[] =>
  commands.flatMap((c) => (c.do === 'report' && c.report.reason === 'FailedScheduling' ? [c.report.message] : []));
const zone = (name: string): Record<string, string> => ({ 'topology.kubernetes.io/zone': name });
const app = (name: string): { labelSelector: { matchLabels: { app: string } } } => ({ labelSelector: { matchLabels: { app: name } } });

describe('scheduler', () => {
  test('binds a pod and says so after the binding, with the pod as the cause', () => {
    expect(decide(aNode(), aPod({ revision: 7 }))).toEqual([
      expect.objectContaining({ do: 'bind', node: 'node-1', because: [7] }),
      expect.objectContaining({
        do: 'report',
        report: expect.objectContaining({ type: 'Normal', reason: 'Scheduled', message: 'Successfully assigned default/web to node-1' }),
      }),
    ]);
  });

  test('tells its attempts by what came of them', () => {
    const pods = ['a', 'b', 'c'].map((name) => aPod({ name, requests: { cpu: '3' } }));
    expect(scheduler.attempts?.(decide(aNode({ name: 'node-1' }), aNode({ name: 'node-2' }), ...pods))).toEqual({ scheduled: 2, unschedulable: 1 });
  });

  test('places each pod on the world as the placements before it leave it', () => {
    const pods = ['a', 'b', 'c'].map((name) => aPod({ name, requests: { cpu: '3' } }));
    const commands = decide(aNode({ name: 'node-1' }), aNode({ name: 'node-2' }), ...pods);
    expect(Object.values(bindings(commands)).sort()).toEqual(['node-1', 'node-2']);
    expect(messages(commands)).toEqual([
      '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    ]);
  });

  test('spreads the pods of a ReplicaSet evenly over the nodes', () => {
    const rs = aReplicaSet({ replicas: 9 });
    const pods = [...Array(9).keys()].map((i) => aPod({ name: `web-${i}`, ownedBy: rs, labels: { app: 'web' } }));
    const nodes = ['node-1', 'node-2', 'node-3'];
    const placed = Object.values(bindings(decide(rs, ...nodes.map((name) => aNode({ name })), ...pods)));
    expect(nodes.map((node) => placed.filter((name) => name === node).length)).toEqual([3, 3, 3]);
  });

  test('spreads alike pods even where one node has far more room', () => {
    const rs = aReplicaSet({ replicas: 4 });
    const pods = [...Array(4).keys()].map((i) => aPod({ name: `web-${i}`, ownedBy: rs, labels: { app: 'web' }, requests: { cpu: '1', memory: '1Gi' } }));
    const roomy = aNode({ name: 'roomy', allocatable: { cpu: '64', memory: '64Gi', pods: '110' } });
    const small = aNode({ name: 'small', allocatable: { cpu: '8', memory: '8Gi', pods: '110' } });
    expect(Object.values(bindings(decide(rs, roomy, small, ...pods))).sort()).toEqual(['roomy', 'roomy', 'small', 'small']);
  });

  test('among equal nodes does not always take the first', () => {
    const nodes = ['node-1', 'node-2', 'node-3'].map((name) => aNode({ name }));
    const chosen = [...Array(20).keys()].map((i) => Object.values(bindings(decide(...nodes, aPod({ name: `p${i}` }))))[0]);
    expect(new Set(chosen).size).toBe(3);
  });

  test('serves the more important pod first, then the older', () => {
    const one = aNode({ allocatable: { cpu: '8', memory: '8Gi', pods: '2' } });
    const pods = [
      aPod({ name: 'a-young', created: '2026-01-02T00:00:00Z' }),
      aPod({ name: 'old', created: '2026-01-01T00:00:00Z' }),
      aPod({ name: 'urgent', created: '2026-01-03T00:00:00Z', spec: { priority: 10, preemptionPolicy: 'Never' } }),
    ];
    expect(Object.keys(bindings(decide(one, ...pods)))).toEqual(['urgent', 'old']);
  });

  test('leaves alone what belongs to another scheduler, is being deleted or has a node', () => {
    const others = [
      aPod({ name: 'a', spec: { schedulerName: 'mine' } }),
      aPod({ name: 'b', deleted: '2026-01-01T00:00:00Z' }),
      aPod({ name: 'c', node: 'node-9' }),
    ];
    expect(decide(aNode(), ...others)).toEqual([]);
  });

  test('marks a gated pod and does not place it', () => {
    const gated = aPod({ spec: { schedulingGates: [{ name: 'example.com/wait' }] } as Partial<PodSpec> });
    expect(decide(aNode(), gated)).toMatchObject([
      { do: 'setStatus', status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] } },
    ]);
  });

  test('without any node says so', () => {
    expect(messages(decide(aPod()))).toEqual(['no nodes available to schedule pods']);
  });

  test('does not repeat itself when nothing changed', () => {
    const pod = aPod({ requests: { cpu: '100' } });
    const [first] = decide(aNode(), pod);
    if (first?.do !== 'setStatus') throw new Error('expected a status');
    const told = { ...pod, status: first.status } as Pod;
    expect(decide(aNode(), told)).toEqual([]);
    expect(decide(aNode(), aNode({ name: 'node-2' }), told)).toHaveLength(2);
  });

  test('decides on at most 500 pods at once and comes back for the rest', () => {
    const nodes = [...Array(6).keys()].map((i) => aNode({ name: `node-${i}` }));
    const commands = decide(...nodes, ...[...Array(501).keys()].map((i) => aPod({ name: `p${i}` })));
    expect(Object.keys(bindings(commands))).toHaveLength(500);
    expect(commands.at(-1)).toMatchObject({ do: 'wake' });
  });

  describe('refuses a node', () => {
    const because = (node: Parameters<typeof aNode>[0], spec: Partial<PodSpec>, requests?: Record<string, string>): string =>
      messages(decide(aNode(node), aPod({ spec, ...(requests && { requests }) })))[0] ?? 'placed';

    test.each<[string, Parameters<typeof aNode>[0], Partial<PodSpec>, string]>([
      ['that is cordoned', { unschedulable: true }, {}, '1 node(s) were unschedulable'],
      ['with a taint', { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] }, {}, '1 node(s) had untolerated taint {k: v}'],
      ['without the label', {}, { nodeSelector: { disk: 'ssd' } }, "1 node(s) didn't match Pod's node affinity/selector"],
      [
        'without a key to spread by',
        {},
        { topologySpreadConstraints: [{ topologyKey: 'rack', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', ...app('x') }] },
        "1 node(s) didn't match pod topology spread constraints (missing required label)",
      ],
      [
        'far from its friends',
        {},
        { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', ...app('db') }] } } },
        "1 node(s) didn't match pod affinity rules",
      ],
    ])('%s', (_, node, spec, reason) => {
      expect(because(node, spec)).toBe(`0/1 nodes are available: ${reason}. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.`);
    });

    test('too small for the pod, for every resource that is short', () => {
      expect(because({}, {}, { cpu: '100', memory: '100Gi', 'example.com/gpu': '1' })).toContain(
        '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient example.com/gpu, 1 Insufficient memory.',
      );
    });

    test('full of pods', () => {
      expect(because({ allocatable: { cpu: '4', memory: '8Gi', pods: '0' } }, {})).toContain('1 Too many pods.');
    });

    test('whose port is taken', () => {
      const spec = { hostNetwork: false, containers: [{ name: 'app', image: 'x', ports: [{ containerPort: 80, hostPort: 80 }] }] };
      const commands = decide(aNode(), aPod({ name: 'a', spec }), aPod({ name: 'b', spec }));
      expect(messages(commands)[0]).toContain("1 node(s) didn't have free ports for the requested pod ports.");
    });

    test('where its own anti-affinity or that of a pod already there forbids it', () => {
      const shy = {
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', ...app('web') }] } },
      };
      const twins = ['a', 'b'].map((name) => aPod({ name, labels: { app: 'web' }, spec: shy }));
      expect(messages(decide(aNode(), ...twins))[0]).toContain("1 node(s) didn't match pod anti-affinity rules.");
      const loner = aPod({ name: 'loner', labels: { app: 'other' }, node: 'node-1', phase: 'Running', spec: shy });
      expect(messages(decide(aNode(), loner, aPod({ labels: { app: 'web' } })))[0]).toContain("1 node(s) didn't satisfy existing pods anti-affinity rules.");
    });
  });

  test('tolerations and exact selectors let a pod in again', () => {
    const node = aNode({ taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }], labels: { disk: 'ssd' } });
    const spec = { nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'k', operator: 'Exists' as const }] };
    expect(bindings(decide(node, aPod({ spec })))).toEqual({ web: 'node-1' });
  });

  test('keeps hard spread constraints over zones, counting what it has just placed', () => {
    const spec: Partial<PodSpec> = {
      topologySpreadConstraints: [{ topologyKey: 'topology.kubernetes.io/zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', ...app('web') }],
    };
    const nodes = [aNode({ name: 'a1', labels: zone('a') }), aNode({ name: 'a2', labels: zone('a') }), aNode({ name: 'b1', labels: zone('b') })];
    const pods = [...Array(4).keys()].map((i) => aPod({ name: `p${i}`, labels: { app: 'web' }, spec }));
    const placed = Object.values(bindings(decide(...nodes, ...pods)));
    expect(placed.filter((name) => name === 'b1')).toHaveLength(2);
  });

  test('puts a group that wants to be together on one node, the first of it anywhere', () => {
    const near = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', ...app('db') }] } } };
    const pods = ['a', 'b', 'c'].map((name) => aPod({ name, labels: { app: 'db' }, spec: near }));
    const placed = Object.values(bindings(decide(aNamespace(), aNode({ name: 'node-1' }), aNode({ name: 'node-2' }), ...pods)));
    expect(new Set(placed).size).toBe(1);
    expect(placed).toHaveLength(3);
  });

  test('does not let one of such a group stray when its node is full', () => {
    const near = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', ...app('db') }] } } };
    const first = aPod({ name: 'a', labels: { app: 'db' }, spec: near, node: 'node-1', phase: 'Running' });
    const full = aNode({ name: 'node-1', allocatable: { cpu: '4', memory: '8Gi', pods: '1' } });
    expect(messages(decide(full, aNode({ name: 'node-2' }), first, aPod({ name: 'b', labels: { app: 'db' }, spec: near })))[0]).toContain(
      "0/2 nodes are available: 1 Too many pods, 1 node(s) didn't match pod affinity rules.",
    );
  });

  test('prefers the preferred: node labels, company and distance', () => {
    const preferSsd = {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
          ],
        },
      },
    };
    const nodes = [aNode({ name: 'node-1' }), aNode({ name: 'node-2', labels: { disk: 'ssd' } })];
    expect(bindings(decide(...nodes, aPod({ spec: preferSsd })))).toEqual({ web: 'node-2' });
    const away = {
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', ...app('noisy') } }],
        },
      },
    };
    const noisy = aPod({ name: 'noisy', labels: { app: 'noisy' }, node: 'node-2', phase: 'Running' });
    expect(bindings(decide(...nodes, noisy, aPod({ spec: away })))).toEqual({ web: 'node-1' });
  });

  test('prefers the emptier node', () => {
    const busy = aPod({ name: 'busy', node: 'node-1', phase: 'Running', requests: { cpu: '3', memory: '6Gi' } });
    expect(bindings(decide(aNode({ name: 'node-1' }), aNode({ name: 'node-2' }), busy, aPod()))).toEqual({ web: 'node-2' });
  });

  describe('preemption', () => {
    const low = (name: string, priority: number, cpu = '2'): Pod => aPod({ name, node: 'node-1', phase: 'Running', requests: { cpu }, spec: { priority } });

    test('moves the least important pod away and nominates the node', () => {
      const vip = aPod({ name: 'vip', requests: { cpu: '2' }, spec: { priority: 100 } });
      expect(decide(aNode(), low('b', 1), low('c', 5), vip)).toMatchObject([
        { do: 'setStatus', ref: { name: 'b' }, status: { conditions: expect.arrayContaining([expect.objectContaining({ reason: 'PreemptionByScheduler' })]) } },
        { do: 'remove', ref: { name: 'b' } },
        { do: 'report', report: { reason: 'Preempted', message: 'Preempted by pod uid-pods-default-vip on node node-1' } },
        { do: 'setStatus', ref: { name: 'vip' }, status: { nominatedNodeName: 'node-1' } },
        { do: 'report', report: { reason: 'FailedScheduling', message: '0/1 nodes are available: 1 Insufficient cpu.' } },
      ]);
    });

    test('waits while its victims are leaving, and keeps the room from the less important', () => {
      const vip = aPod({ name: 'vip', requests: { cpu: '2' }, spec: { priority: 100 }, status: { nominatedNodeName: 'node-1' } });
      const leaving = { ...low('b', 1, '1'), metadata: { ...low('b', 1).metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
      const commands = decide(aNode(), low('a', 100), leaving, vip, aPod({ name: 'late', requests: { cpu: '1' } }));
      expect(bindings(commands)).toEqual({});
      expect(messages(commands)[0]).toBe(
        '0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to a terminating pod on the nominated node.',
      );
    });

    test('is not for pods that renounce it', () => {
      const meek = aPod({ name: 'meek', requests: { cpu: '2' }, spec: { priority: 100, preemptionPolicy: 'Never' } });
      expect(messages(decide(aNode(), low('a', 1), low('b', 1), meek))).toEqual([
        '0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
      ]);
    });
  });
});
