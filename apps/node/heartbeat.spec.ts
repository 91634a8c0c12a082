import { type Node } from '#lib/api/core/node';
import type { KubeObject } from '#lib/api/meta';
import type { Command } from '#lib/reconcile/command';
import { aLease } from '#lib/reconcile/testing/builders/lease';
import { aNamespace } from '#lib/reconcile/testing/builders/namespace';
import { aNode } from '#lib/reconcile/testing/builders/node';
import { worldOf } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { nodeAgent } from './agent';
import { heartbeat } from './heartbeat';
import { identityOf } from './identity';
import { nodeStatus, SILENT } from './node-object';
import { registration } from './registration';
import { SimulatedRuntime } from './runtimes/simulated';

const machine = { runtimeVersion: 'simulated://1.0.0' };
const nodes = ['node-1', 'node-2'];
const identity = identityOf(nodes);

describe('registration', () => {
  const namespace = aNamespace({ name: 'kube-node-lease' });
  const open = (): ((...objects: KubeObject[]) => readonly Command[]) => {
    const controller = registration(nodes, machine, identity);
    return (...objects) => {
      const world = worldOf(namespace, ...objects);
      return controller.reconcile(namespace, world, NOW, controller.gather?.(namespace, world, NOW) as never);
    };
  };

  test('creates the nodes of this process with what kubelet says of itself', () => {
    const commands = open()();
    expect(commands).toMatchObject([
      { do: 'create', object: { metadata: { name: 'node-1' }, spec: { podCIDR: '10.244.1.0/24' } } },
      { do: 'create', object: { metadata: { name: 'node-2' }, spec: { podCIDR: '10.244.2.0/24' } } },
    ]);
    expect(commands[0]).toMatchObject({
      object: {
        metadata: { labels: { 'kubernetes.io/hostname': 'node-1', 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' } },
        status: {
          allocatable: { cpu: '8', memory: '16Gi', pods: '110' },
          nodeInfo: { kubeletVersion: 'v1.36.0', containerRuntimeVersion: 'simulated://1.0.0' },
          conditions: expect.arrayContaining([
            expect.objectContaining({ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }),
          ]),
        },
      },
    });
  });

  test('does not bring back a node that was deleted, until the process starts again', () => {
    const register = open();
    expect(register(aNode({ name: 'node-1' }), aNode({ name: 'node-2' }))).toEqual([]);
    expect(register(aNode({ name: 'node-2' }))).toEqual([]);
    expect(open()(aNode({ name: 'node-2' }))).toMatchObject([{ do: 'create', object: { metadata: { name: 'node-1' } } }]);
  });

  test('gives no node the pod network of another', () => {
    expect(open()(aNode({ name: 'other', spec: { podCIDR: '10.244.1.0/24' } }))).toMatchObject([
      { object: { spec: { podCIDR: '10.244.0.0/24' } } },
      { object: { spec: { podCIDR: '10.244.2.0/24' } } },
    ]);
  });
});

describe('heartbeat', () => {
  const beat = (node: Node, ...others: KubeObject[]): readonly Command[] => {
    const runtime = new SimulatedRuntime();
    const controller = heartbeat(nodes, machine, runtime, identity);
    const world = worldOf(node, ...others);
    return controller.reconcile(node, world, NOW, controller.gather?.(node, world, NOW) as never);
  };
  const well = (seconds: number): Node => {
    const node = aNode();
    return { ...node, status: nodeStatus('node-1', '10.0.0.1', machine, [], undefined, new Date(NOW.getTime() - seconds * 1000)) };
  };

  test('makes the lease, owned by the node', () => {
    expect(beat(well(5))).toMatchObject([
      {
        do: 'create',
        object: {
          kind: 'Lease',
          metadata: { name: 'node-1', namespace: 'kube-node-lease', ownerReferences: [{ kind: 'Node' }] },
          spec: { holderIdentity: 'node-1', leaseDurationSeconds: 40 },
        },
      },
      { do: 'wake', at: new Date(NOW.getTime() + 10_000) },
    ]);
  });

  test('renews it after ten seconds, and waits until then', () => {
    expect(beat(well(5), aLease({ renewedAgo: 10 }))).toMatchObject([
      { do: 'update', object: { spec: { renewTime: NOW.toISOString().replace('Z', '000Z') } } },
      { do: 'wake' },
    ]);
    expect(beat(well(5), aLease({ renewedAgo: 4 }))).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 6000) }]);
  });

  test('posts the status every five minutes', () => {
    expect(beat(well(299), aLease({ renewedAgo: 1 }))).toHaveLength(1);
    expect(beat(well(300), aLease({ renewedAgo: 1 }))).toMatchObject([{ do: 'setStatus' }, { do: 'wake' }]);
  });

  test('tells when an operator lets it take pods no longer, and when again', () => {
    const controller = heartbeat(nodes, machine, new SimulatedRuntime(), identity);
    const told = (unschedulable: boolean): unknown[] => {
      const node = { ...well(5), spec: { unschedulable } };
      const world = worldOf(node, aLease({ renewedAgo: 1 }));
      const commands = controller.reconcile(node, world, NOW, controller.gather?.(node, world, NOW) as never);
      return commands.flatMap((command) => (command.do === 'report' ? [command.report] : []));
    };
    expect(told(false)).toEqual([]);
    expect(told(true)).toMatchObject([{ reason: 'NodeNotSchedulable', about: { kind: 'Node', uid: 'node-1' }, host: 'node-1' }]);
    expect(told(true)).toEqual([]);
    expect(told(false)).toMatchObject([{ reason: 'NodeSchedulable', message: 'Node node-1 status is now: NodeSchedulable' }]);
  });

  test('says at once that it is ready again when others thought it dead', () => {
    const node = well(60);
    const conditions = node.status.conditions?.map((c) => ({ ...c, status: 'Unknown', lastTransitionTime: secondsAgo(20) }));
    expect(beat({ ...node, status: { ...node.status, conditions } }, aLease({ renewedAgo: 1 }))).toMatchObject([
      { do: 'setStatus', status: { conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'True' })]) } },
      { do: 'report', report: { reason: 'NodeReady', message: 'Node node-1 status is now: NodeReady' } },
      { do: 'wake' },
    ]);
  });

  test('keeps the extended resources that an operator advertised', () => {
    const node = well(300);
    const capacity = { ...node.status.capacity, 'example.com/dongle': '4' };
    expect(beat({ ...node, status: { ...node.status, capacity } }, aLease({ renewedAgo: 1 }))).toMatchObject([
      { do: 'setStatus', status: { capacity: { 'example.com/dongle': '4' }, allocatable: { 'example.com/dongle': '4' } } },
      { do: 'wake' },
    ]);
  });

  test('gathers the images of the node only when its status does not know them', () => {
    const runtime = new SimulatedRuntime();
    const { gather } = heartbeat(nodes, machine, runtime, identity);
    jest.spyOn(runtime, 'images').mockReturnValue([{ names: ['docker.io/library/nginx:latest'], sizeBytes: 1 }]);
    const node = well(5);
    const images = [{ names: ['docker.io/library/nginx:latest'], sizeBytes: 1 }];
    expect(gather?.(node, worldOf(node), NOW)).toEqual({ machine, images });
    expect(gather?.({ ...node, status: { ...node.status, images } }, worldOf(node), NOW)).toEqual({ machine });
  });

  test('says nothing for a node that was told to be silent, or that is somebody else', () => {
    expect(beat(aNode({ annotations: { [SILENT]: 'true' } }))).toEqual([]);
    expect(beat(aNode({ name: 'node-9' }))).toEqual([]);
  });
});

test('an agent of one node is that node', () => {
  expect(identityOf(['a'])).toEqual({ user: 'system:node:a', groups: ['system:nodes'] });
  expect(nodeAgent({ nodes, runtime: new SimulatedRuntime() }).map(({ name, user }) => [name, user])).toEqual([
    ['node-registration', 'system:serviceaccount:kube-system:simulated-nodes'],
    ['node-heartbeat', 'system:serviceaccount:kube-system:simulated-nodes'],
    ['node', 'system:serviceaccount:kube-system:simulated-nodes'],
  ]);
});
