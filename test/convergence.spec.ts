import { Deployment } from '#lib/api/apps/deployment';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { ConfigMap } from '#lib/api/core/configmap';
import { Endpoints } from '#lib/api/core/endpoints';
import { Namespace } from '#lib/api/core/namespace';
import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { isPodActive, isPodReady } from '#lib/api/core/pod/pod-conditions';
import { Service } from '#lib/api/core/service';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { EndpointSlice } from '#lib/api/discovery/endpointslice';
import type { AnyKind, Kind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { patch, remove, type Command, type DeleteOptions } from '#lib/reconcile/command';
import { replay } from '#lib/reconcile/replay';
import { Simulation } from '#lib/reconcile/simulate';
import { aConfigMap } from '#lib/reconcile/testing/builders/configmap';
import { aDeployment, type DeploymentOptions } from '#lib/reconcile/testing/builders/deployment';
import { aNamespace } from '#lib/reconcile/testing/builders/namespace';
import { aService } from '#lib/reconcile/testing/builders/service';
import { controllers } from '../apps/controllers';
import { nodeAgent } from '../apps/node/agent';
import { SILENT } from '../apps/node/node-object';
import { SimulatedRuntime } from '../apps/node/runtimes/simulated';
import { rootCa } from '../apps/root-ca/root-ca.controller';

/** Decisions while the clock stands still; two controllers that fight would never end. */
const MAX_STEPS = 20_000;
const SECOND = 1000;

/** Everything that `decklog up` runs, on virtual time; the CA comes from nowhere. */
const all = (nodes: readonly string[]) => [
  ...controllers.filter(({ name }) => name !== 'root-ca'),
  rootCa(() => 'PEM'),
  ...nodeAgent({ nodes, runtime: new SimulatedRuntime() }),
];

class Cluster {
  readonly controllers;
  readonly sim: Simulation;

  constructor(nodes = ['n1', 'n2', 'n3'], seed = 1) {
    this.controllers = all(nodes);
    this.sim = new Simulation(this.controllers, { seed, shuffle: true, maxSteps: MAX_STEPS });
    this.sim.place(...['kube-system', 'kube-node-lease', 'default'].map((name) => aNamespace({ name, uid: `uid-${name}` }))).advance(2 * SECOND);
  }

  run(seconds: number): this {
    this.sim.advance(seconds * SECOND);
    return this;
  }

  place(...objects: KubeObject[]): this {
    this.sim.place(...objects);
    return this;
  }

  change<T extends KubeObject>(kind: Kind<T>, name: string, change: object): this {
    this.sim.act(patch(this.get(kind, name), change) as Exclude<Command, { do: 'wake' }>);
    return this;
  }

  delete<T extends KubeObject>(kind: Kind<T>, name: string, options?: DeleteOptions): this {
    this.sim.act(remove(this.get(kind, name), options) as Exclude<Command, { do: 'wake' }>);
    return this;
  }

  get<T extends KubeObject>(kind: Kind<T>, name: string, namespace = 'default'): T {
    const found = this.sim.world.get(kind, kind.namespaced ? namespace : '', name);
    if (!found) throw new Error(`no ${kind.kind} ${name}`);
    return found;
  }

  count = (kind: AnyKind, namespace = 'default'): number => this.sim.world.count(kind, namespace);
  readyPods = (): Pod[] => this.sim.world.list(Pod, 'default').filter((pod) => isPodActive(pod) && isPodReady(pod));

  /** What is written in so many seconds, but for heartbeats. */
  writesIn(seconds: number): string[] {
    const before = this.sim.history.length;
    this.run(seconds);
    const written = this.sim.history.slice(before).map(({ decision, type, resource }) => `${decision?.controller} ${type} ${resource}`);
    return written.filter((text) => !text.startsWith('node-heartbeat'));
  }
}

const web = (options: DeploymentOptions = {}) => aDeployment({ uid: 'uid-web', replicas: 4, ...options });
const image = (name: string) => ({ spec: { template: { spec: { containers: [{ name: 'app', image: name }] } } } });
const condition = (cluster: Cluster, type: string) => cluster.get(Deployment, 'web').status.conditions?.find((c) => c.type === type);

describe('all controllers together', () => {
  test('an empty cluster gets its accounts and CA, and then asks for nothing', () => {
    const cluster = new Cluster();
    expect(cluster.sim.world.list(ServiceAccount).map((a) => a.metadata.namespace)).toEqual(['default', 'kube-node-lease', 'kube-system']);
    expect(cluster.get(ConfigMap, 'kube-root-ca.crt').data).toEqual({ 'ca.crt': 'PEM' });
    expect(cluster.sim.world.list(Node).map((node) => node.spec.taints ?? [])).toEqual([[], [], []]);
    expect(cluster.writesIn(120)).toEqual([]);
  });

  test.each([1, 2, 3])('a deployment comes up behind its service, in any order of decisions (seed %i)', (seed) => {
    const cluster = new Cluster(undefined, seed).place(aService({ uid: 'uid-svc' }), web()).run(5);
    expect(cluster.readyPods()).toHaveLength(4);
    expect(cluster.get(Deployment, 'web').status).toMatchObject({
      observedGeneration: 1,
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
    });
    expect(condition(cluster, 'Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
    const ips = cluster
      .readyPods()
      .map((pod) => pod.status.podIP)
      .sort();
    expect(
      cluster
        .get(Endpoints, 'web')
        .subsets?.[0]?.addresses?.map(({ ip }) => ip)
        .sort(),
    ).toEqual(ips);
    const [slice] = cluster.sim.world.list(EndpointSlice, 'default');
    expect(slice?.endpoints.flatMap(({ addresses }) => addresses).sort()).toEqual(ips);
    expect(cluster.writesIn(120)).toEqual([]);
    expect(cluster.sim.refusals).toEqual([]);
  });

  test('a rollout never has fewer pods than it may, and its history can be gone back to', () => {
    const cluster = new Cluster().place(web()).run(5);
    cluster.change(Deployment, 'web', image('registry/web:2'));
    for (let i = 0; i < 200; i++) {
      cluster.run(0.02);
      expect(cluster.readyPods().length).toBeGreaterThanOrEqual(3);
    }
    expect(cluster.readyPods().map((pod) => pod.spec.containers[0]?.image)).toEqual(Array(4).fill('registry/web:2'));
    expect(cluster.get(Deployment, 'web').metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '2' });

    cluster.change(Deployment, 'web', image('registry.k8s.io/pause:3.10')).run(5);
    const sets = cluster.sim.world
      .list(ReplicaSet, 'default')
      .map(({ spec, metadata }) => [spec.replicas, metadata.annotations?.['deployment.kubernetes.io/revision']]);
    expect(sets.sort()).toEqual([
      [0, '2'],
      [4, '3'],
    ]);
    expect(cluster.writesIn(700)).toEqual([]);
  });

  test('recreate has no pod of both templates at a time', () => {
    const cluster = new Cluster().place(web({ strategy: { type: 'Recreate' } })).run(5);
    cluster.change(Deployment, 'web', image('registry/web:2'));
    for (let i = 0; i < 100; i++) {
      cluster.run(0.02);
      expect(new Set(cluster.sim.world.list(Pod, 'default').map((pod) => pod.spec.containers[0]?.image)).size).toBeLessThanOrEqual(1);
    }
    expect(
      cluster
        .run(40)
        .readyPods()
        .map((pod) => pod.spec.containers[0]?.image),
    ).toEqual(Array(4).fill('registry/web:2'));
  });

  test('scaling adds and removes pods, down to none', () => {
    const cluster = new Cluster().place(web()).run(5);
    for (const replicas of [9, 2, 0]) {
      cluster.change(Deployment, 'web', { spec: { replicas } }).run(40);
      expect(cluster.sim.world.list(Pod, 'default')).toHaveLength(replicas);
    }
    expect(cluster.sim.reports.map((r) => r.message)).toEqual(expect.arrayContaining([expect.stringMatching(/^Scaled up replica set web-\w+ from 4 to 9$/)]));
  });

  test('a rollout that cannot finish says so after its deadline', () => {
    const broken = { ...image('registry/none'), metadata: {} };
    const cluster = new Cluster().place(web({ spec: { progressDeadlineSeconds: 30 } })).run(5);
    const template = { metadata: { annotations: { 'simulated.decklog.io/never-ready': 'true' } } };
    cluster.change(Deployment, 'web', { ...broken, spec: { template: { ...broken.spec.template, ...template } } }).run(60);
    expect(condition(cluster, 'Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
    expect(condition(cluster, 'Available')).toMatchObject({ status: 'True' });
    expect(cluster.writesIn(300)).toEqual([]);
  });

  test.each<[DeleteOptions['propagation'], number]>([
    ['Background', 0],
    ['Foreground', 0],
    ['Orphan', 4],
  ])('deleting a deployment (%s) leaves %i pods', (propagation, left) => {
    const cluster = new Cluster().place(web()).run(5).delete(Deployment, 'web', { propagation }).run(40);
    expect(cluster.count(Deployment)).toBe(0);
    expect(cluster.count(Pod)).toBe(left);
    expect(cluster.count(ReplicaSet)).toBe(left > 0 ? 1 : 0);
    expect(cluster.writesIn(120)).toEqual([]);
  });

  test('deleting a service takes its endpoints along', () => {
    const cluster = new Cluster()
      .place(aService({ uid: 'uid-svc' }), web())
      .run(5)
      .delete(Service, 'web')
      .run(5);
    expect([cluster.count(Endpoints), cluster.count(EndpointSlice)]).toEqual([0, 0]);
  });

  test('the pods of a node that falls silent are replaced, and it is used again when it speaks', () => {
    const cluster = new Cluster().place(aService({ uid: 'uid-svc' }), web({ replicas: 6 })).run(5);
    cluster.change(Node, 'n1', { metadata: { annotations: { [SILENT]: 'true' } } }).run(60);
    const lost = cluster.get(Node, 'n1');
    expect(lost.status.conditions?.find((c) => c.type === 'Ready')).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown' });
    expect(lost.spec.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    expect(
      cluster
        .run(360)
        .readyPods()
        .map((pod) => pod.spec.nodeName),
    ).not.toContain('n1');
    expect(cluster.readyPods()).toHaveLength(6);
    const ips = cluster
      .readyPods()
      .map((pod) => pod.status.podIP)
      .sort();
    expect(
      cluster
        .get(Endpoints, 'web')
        .subsets?.[0]?.addresses?.map(({ ip }) => ip)
        .sort(),
    ).toEqual(ips);

    cluster.change(Node, 'n1', { metadata: { annotations: { [SILENT]: null } } }).run(60);
    expect(cluster.get(Node, 'n1').spec.taints ?? []).toEqual([]);
    expect(cluster.sim.world.indexed(Pod, 'node', 'n1').filter((pod) => !isPodActive(pod))).toEqual([]);
    expect(cluster.writesIn(120)).toEqual([]);
  });

  test('the pods of a deleted node go with it', () => {
    const cluster = new Cluster()
      .place(web({ replicas: 6 }))
      .run(60)
      .delete(Node, 'n1')
      .run(10);
    expect(cluster.sim.world.indexed(Pod, 'node', 'n1')).toEqual([]);
    expect(cluster.readyPods()).toHaveLength(6);
  });

  test('deleting a namespace empties it and ends', () => {
    const cluster = new Cluster();
    const inShop = { namespace: 'shop' };
    cluster
      .place(aNamespace({ name: 'shop', uid: 'uid-shop' }), aService({ ...inShop, uid: 'uid-svc' }), web(inShop), aConfigMap({ ...inShop, uid: 'uid-cm' }))
      .run(5);
    expect(cluster.count(Pod, 'shop')).toBe(4);
    cluster.delete(Namespace, 'shop').run(60);
    expect(cluster.sim.world.get(Namespace, '', 'shop')).toBeUndefined();
    expect(cluster.sim.world.kinds().filter((kind) => cluster.count(kind, 'shop') > 0)).toEqual([]);
  });

  test('every decision can be made again', () => {
    const cluster = new Cluster().place(aService({ uid: 'uid-svc' }), web()).run(5);
    cluster.change(Deployment, 'web', image('registry/web:2')).run(5).delete(Deployment, 'web').run(40);
    expect(replay(cluster.controllers, cluster.sim.history)).toEqual([]);
  });
});
