import { ReplicaSet } from '#lib/api/apps/replicaset';
import { ConfigMap } from '#lib/api/core/configmap';
import { Pod } from '#lib/api/core/pod/pod';
import { isBeingDeleted, ownerReferenceTo, type KubeObject } from '#lib/api/meta';
import { bind, create, patch, remove, reportOn, setStatus, update, wake } from './command';
import { defineController, defineWorldController } from './controller';
import type { SentCommand } from './decide';
import { replay } from './replay';
import { settle, Simulation } from './simulate';
import { aConfigMap } from './testing/builders/configmap';
import { aNamespace } from './testing/builders/namespace';
import { aNode } from './testing/builders/node';
import { aPod } from './testing/builders/pod';
import { aReplicaSet } from './testing/builders/replicaset';

/** Makes the pods that are missing, and counts them. */
const replicas = defineController<ReplicaSet>({
  name: 'replicas',
  for: ReplicaSet,
  owns: [Pod],
  reconcile(rs, world) {
    const pods = world.ownedBy(Pod, rs).filter((pod) => !isBeingDeleted(pod));
    const missing = Math.max(0, (rs.spec.replicas ?? 1) - pods.length);
    const metadata = { generateName: `${rs.metadata.name}-`, namespace: rs.metadata.namespace, ownerReferences: [ownerReferenceTo(rs)] };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: rs.spec.template.spec };
    return [
      ...Array.from({ length: missing }, () => create(pod, { report: reportOn(rs, 'Normal', 'Created', 'Created pod: %s') })),
      ...setStatus(rs, { ...rs.status, replicas: pods.length }),
    ];
  },
});

/** Gives every pod to the one node. */
const placing = defineWorldController({
  name: 'placing',
  wakesOn: ({ kind }) => kind.resource === 'pods',
  decide: (world) => world.indexed(Pod, 'node', '').map((pod) => bind(pod, 'node-1')),
});

/** Ends what was asked to go, when its grace is over. */
const ending = defineController<Pod>({
  name: 'ending',
  for: Pod,
  reconcile(pod, _world, now) {
    if (!pod.metadata.deletionTimestamp) return [];
    const at = new Date(pod.metadata.deletionTimestamp);
    return now < at ? [wake(at)] : [remove(pod, { grace: 0 })];
  },
});

const all = [replicas, placing, ending];

describe('settling', () => {
  test('runs every controller until nobody asks for anything', () => {
    const { world, reports } = settle(all, [aNode(), aReplicaSet({ replicas: 3 })]);
    expect(world.list(Pod)).toHaveLength(3);
    expect(world.list(Pod).every((pod) => pod.spec.nodeName === 'node-1')).toBe(true);
    expect(world.list(ReplicaSet)[0]?.status.replicas).toBe(3);
    expect(reports.map((one) => one.message)).toEqual(world.list(Pod).map(() => expect.stringContaining(`Created pod: web-`)));
  });

  test('gives the same history for the same seed, and another for another', () => {
    const run = (seed: number) => settle(all, [aReplicaSet({ replicas: 3 })], { seed }).history;
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  test('settles in any order', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { world } = settle(all, [aNode(), aReplicaSet({ replicas: 3 })], { seed, shuffle: true });
      expect(world.list(Pod)).toHaveLength(3);
    }
  });

  test('jumps to the next wake: half a minute of grace takes no time', () => {
    const simulation = settle(all, [aNode(), aReplicaSet({ replicas: 2 })]);
    const [victim] = simulation.world.list(Pod);
    const before = simulation.now;
    simulation.act(remove(victim!) as SentCommand).settle();
    expect(simulation.world.list(Pod)).toHaveLength(2);
    expect(simulation.world.byUid(victim!.metadata.uid)).toBeUndefined();
    expect(simulation.now.getTime() - before.getTime()).toBe(30_000);
  });

  test('does not wait for wakes beyond the horizon', () => {
    const beating = defineController<ConfigMap>({
      name: 'beating',
      for: ConfigMap,
      reconcile: (map, _, now) => [patch(map, { data: { at: now.toISOString() } }), wake(new Date(now.getTime() + 10_000))],
    });
    // Its own write wakes it at once; what it then wishes is what is there, and makes no entry.
    const { history } = settle([beating], [aConfigMap()], { horizonMs: 60_000 });
    expect(history).toHaveLength(1 + 7);
  });

  test('tells of controllers that fight', () => {
    const wanting = (value: string) =>
      defineController<ConfigMap>({
        name: `wants-${value}`,
        for: ConfigMap,
        reconcile: (map) => (map.data?.x === value ? [] : [patch(map, { data: { x: value } })]),
      });
    expect(() => settle([wanting('a'), wanting('b')], [aConfigMap()], { maxSteps: 500 })).toThrow(/never settles.*\n.*wants-[ab] wrote MODIFIED configmaps/);
  });

  test('asks again after a refusal, as the runtime does', () => {
    const stale = aConfigMap({ data: { old: 'yes' }, revision: 999 });
    let tries = 0;
    const stubborn = defineController<ConfigMap>({ name: 'stubborn', for: ConfigMap, reconcile: () => (++tries > 3 ? [] : [update(stale)]) });
    const { refusals, now } = settle([stubborn], [aConfigMap()]);
    expect(refusals.map((one) => one.error.reason)).toEqual(['Conflict', 'Conflict', 'Conflict']);
    expect(now.getMilliseconds()).toBe(5 + 10 + 20);
  });
});

describe('the simulated server', () => {
  const run = (...objects: readonly KubeObject[]): Simulation => new Simulation([]).place(...objects);
  const act =
    (simulation: Simulation, ...commands: readonly object[]) =>
    () =>
      simulation.act(...(commands as SentCommand[]));

  test('refuses what the real one refuses, with its texts', () => {
    const map = aConfigMap();
    const simulation = run(map, aNamespace({ name: 'going', deleted: '2030-01-01T12:00:00Z' }));
    expect(act(simulation, create(map))).toThrow('configmaps "web" already exists');
    expect(act(simulation, remove(aConfigMap({ name: 'none' })))).toThrow('configmaps "none" not found');
    expect(act(simulation, remove(aConfigMap({ uid: 'other' })))).toThrow(
      'Precondition failed: UID in precondition: other, UID in object meta: uid-configmaps-default-web',
    );
    expect(act(simulation, update({ ...map, metadata: { ...map.metadata, resourceVersion: '77' } }))).toThrow('the object has been modified');
    expect(act(simulation, create(aConfigMap({ namespace: 'going' })))).toThrow('is being terminated');
  });

  test('makes no entry for a write that changes nothing', () => {
    const simulation = run(aConfigMap({ data: { a: '1' } }));
    act(simulation, patch(aConfigMap(), { data: { a: '1' } }))();
    expect(simulation.history).toHaveLength(1);
  });

  test('keeps status and spec apart, and counts generations', () => {
    const simulation = run(aReplicaSet({ replicas: 1 }));
    const rs = (): ReplicaSet => simulation.world.list(ReplicaSet)[0] as ReplicaSet;
    act(simulation, ...setStatus(rs(), { replicas: 7 }))();
    expect([rs().status.replicas, rs().metadata.generation]).toEqual([7, 1]);
    act(simulation, update({ ...rs(), spec: { ...rs().spec, replicas: 5 }, status: { replicas: 0 } } as ReplicaSet))();
    expect([rs().status.replicas, rs().spec.replicas, rs().metadata.generation]).toEqual([7, 5, 2]);
  });

  test('holds what has finalizers until the last is gone', () => {
    const simulation = run(aConfigMap({ finalizers: ['mine'] }));
    act(simulation, remove(aConfigMap(), { propagation: 'Foreground' }))();
    const held = simulation.world.list(ConfigMap)[0];
    expect(held?.metadata).toMatchObject({ deletionTimestamp: '2030-01-01T12:00:00Z', finalizers: ['mine', 'foregroundDeletion'] });
    act(simulation, patch(held!, { metadata: { finalizers: null } }))();
    expect(simulation.world.list(ConfigMap)).toEqual([]);
    expect(simulation.history.at(-1)?.type).toBe('DELETED');
  });

  test('binds a pod once', () => {
    const simulation = run(aPod());
    act(simulation, bind(aPod(), 'n1'))();
    expect(act(simulation, bind(aPod(), 'n2'))).toThrow('pod web is already assigned to node "n1"');
  });
});

describe('replay', () => {
  const { history } = settle(all, [aNode(), aReplicaSet({ replicas: 3 })]);

  test('finds that the same code decides the same', () => {
    expect(history.filter((entry) => entry.decision).length).toBeGreaterThan(6);
    expect(replay(all, history)).toEqual([]);
  });

  test('names the first decision that a change of the code makes otherwise', () => {
    const changed = { ...replicas, reconcile: (...args: Parameters<typeof replicas.reconcile>) => replicas.reconcile(...args).slice(1) };
    const [first] = replay([changed, placing, ending], history);
    const original = history.find((entry) => entry.decision?.controller === 'replicas');
    expect(first).toMatchObject({ revision: original?.revision, controller: 'replicas', key: 'default/web', expected: original?.decision?.commands });
    expect(first?.got).toHaveLength(first!.expected.length - 1);
  });

  test('sees one changed command among many', () => {
    const many = settle(all, [aReplicaSet({ replicas: 40 })]).history;
    expect(many.find((entry) => entry.decision?.controller === 'replicas')?.decision?.commands).toEqual([expect.stringMatching(/^40:[0-9a-f]{16}$/)]);
    expect(replay(all, many)).toEqual([]);
    const reconcile: typeof replicas.reconcile = (...args) =>
      replicas.reconcile(...args).map((one, i) => (i === 30 && one.do === 'create' ? { ...one, report: undefined } : one));
    expect(replay([{ ...replicas, reconcile }, placing, ending], many)).toHaveLength(1);
  });

  test('reports code that throws where it once decided', () => {
    const broken = {
      ...placing,
      decide: () => {
        throw new Error('a bug');
      },
    };
    expect(replay([replicas, broken, ending], history)[0]).toMatchObject({ controller: 'placing', error: 'a bug', got: [] });
  });
});
