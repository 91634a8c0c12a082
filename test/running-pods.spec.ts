import { Pod } from '#lib/api/core/pod/pod';
import { isPodReady } from '#lib/api/core/pod/pod-conditions';
import { Node } from '#lib/api/core/node';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { patch, remove } from '#lib/reconcile/command';
import { sentCommands } from '#lib/reconcile/decide';
import type { Controller } from '#lib/reconcile/controller';
import { replay } from '#lib/reconcile/replay';
import { Simulation } from '#lib/reconcile/simulate';
import { aNamespace } from '#lib/reconcile/testing/builders/namespace';
import { aReplicaSet } from '#lib/reconcile/testing/builders/replicaset';
import { nodeAgent } from '../apps/node/agent';
import { SimulatedRuntime } from '../apps/node/runtimes/simulated';
import { replicaSet } from '../apps/replicaset/replicaset.controller';
import { scheduler } from '../apps/scheduler/scheduler.controller';

const cluster = (nodes = ['node-1', 'node-2']): Controller[] => [replicaSet, scheduler, ...nodeAgent({ nodes, runtime: new SimulatedRuntime() })];

const start = (controllers = cluster(), seed = 1): Simulation =>
  new Simulation(controllers, { shuffle: true, seed, horizonMs: 60_000 }).place(aNamespace(), aNamespace({ name: 'kube-node-lease' })).settle();

const pods = (run: Simulation): readonly Pod[] => run.world.list(Pod);
const web = (run: Simulation): ReplicaSet => run.world.get(ReplicaSet, 'default', 'web') as ReplicaSet;

describe('scheduler and nodes together', () => {
  test('an empty cluster has the nodes of its agent', () => {
    expect(
      start()
        .world.list(Node)
        .map((node) => node.metadata.name),
    ).toEqual(['node-1', 'node-2']);
  });

  test.each([1, 2, 3])('the pods of a ReplicaSet become ready, with an address each, half of them on each node (order %i)', (seed) => {
    const run = start(cluster(), seed)
      .place(aReplicaSet({ replicas: 20 }))
      .settle();
    expect(pods(run).filter(isPodReady)).toHaveLength(20);
    expect(new Set(pods(run).map((pod) => pod.status.podIP)).size).toBe(20);
    expect(pods(run).filter((pod) => pod.spec.nodeName === 'node-1')).toHaveLength(10);
    expect(web(run).status).toMatchObject({ replicas: 20, readyReplicas: 20 });
    expect(run.refusals).toEqual([]);
  });

  test('a pod costs three entries: it is created, assigned, and runs', () => {
    const run = start()
      .place(aReplicaSet({ replicas: 10 }))
      .settle();
    expect(run.history.filter((entry) => entry.resource === 'pods')).toHaveLength(30);
  });

  test('a deleted pod ends and is replaced within a tenth of a second', () => {
    const run = start()
      .place(aReplicaSet({ replicas: 3 }))
      .settle();
    const [gone] = pods(run) as [Pod];
    run.act(...sentCommands([remove(gone)])).advance(100);
    expect(run.world.byUid(gone.metadata.uid)).toBeUndefined();
    expect(pods(run).filter(isPodReady)).toHaveLength(3);
  });

  test('the status of a pod tells the generation that it speaks of, also when it goes, which costs no entry more', () => {
    const run = start()
      .place(aReplicaSet({ replicas: 1 }))
      .settle();
    const pod = (): Pod => pods(run)[0] as Pod;
    const told = (): unknown[] => [
      ...new Set([pod().status, ...(pod().status.conditions ?? [])].map((each) => (each as { observedGeneration?: number }).observedGeneration)),
    ];
    expect(told()).toEqual([1]);
    run.act(...sentCommands([patch(pod(), { spec: { activeDeadlineSeconds: 1000 } })])).advance(10);
    expect(told()).toEqual([2]);
    const { uid } = pod().metadata;
    run.act(...sentCommands([remove(pod())])).advance(100);
    const versions = run.history
      .filter(({ resource }) => resource === 'pods')
      .map(({ type, object }) => ({ type, ...(JSON.parse(object) as Pod & { status: { observedGeneration?: number } }) }));
    const words = versions
      .filter(({ metadata }) => metadata.uid === uid && metadata.deletionTimestamp)
      .map(({ type, status }) => [type, status.observedGeneration]);
    expect(words).toEqual([
      ['MODIFIED', 2],
      ['MODIFIED', 3],
      ['DELETED', 3],
    ]); // asked to go, ended, gone
  });

  test('an agent that is told to be silent starts nothing until it may speak again', () => {
    const run = start(cluster(['node-1'])).place();
    const node = (): Node => run.world.get(Node, '', 'node-1') as Node;
    run.act(...sentCommands([patch(node(), { metadata: { annotations: { 'simulated.decklog.io/stopped': 'true' } } })]));
    run.place(aReplicaSet({ replicas: 2 })).settle();
    expect(pods(run).map((pod) => [pod.spec.nodeName, isPodReady(pod)])).toEqual([
      ['node-1', false],
      ['node-1', false],
    ]);
    run.act(...sentCommands([patch(node(), { metadata: { annotations: { 'simulated.decklog.io/stopped': null } } })])).settle();
    expect(pods(run).filter(isPodReady)).toHaveLength(2);
  });

  test('every decision is made again alike, also by an agent that plays no node', () => {
    const run = start()
      .place(aReplicaSet({ replicas: 5 }))
      .settle();
    run.act(...sentCommands([remove(pods(run)[0] as Pod)])).settle();
    expect(run.history.filter((entry) => entry.decision?.controller === 'node').length).toBeGreaterThan(5);
    expect(replay([replicaSet, scheduler, ...nodeAgent({ nodes: [], runtime: new SimulatedRuntime() })], run.history)).toEqual([]);
  });
});
