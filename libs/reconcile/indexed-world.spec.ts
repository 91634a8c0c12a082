import { ConfigMap } from '#lib/api/core/configmap';
import { Pod } from '#lib/api/core/pod/pod';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import type { KubeObject } from '#lib/api/meta';
import { IndexedWorld } from './indexed-world';

const object = (kind: string, name: string, more: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default', uid: `uid-${name}`, ...more }, spec: {} }) as unknown as KubeObject;
const names = (objects: readonly KubeObject[]): string[] => objects.map((o) => o.metadata.name);

describe('the world', () => {
  test('lists in key order, whatever the order of the log', () => {
    const world = new IndexedWorld();
    ['c', 'a', 'b'].forEach((name, i) => world.apply(ConfigMap, 'ADDED', object('ConfigMap', name), i + 1));
    world.apply(ConfigMap, 'DELETED', object('ConfigMap', 'a'), 4);
    world.apply(ConfigMap, 'ADDED', object('ConfigMap', 'a'), 5);
    expect(names(world.list(ConfigMap, 'default'))).toEqual(['a', 'b', 'c']);
    expect(world.revision).toBe(5);
    expect(world.count(ConfigMap, 'default')).toBe(world.list(ConfigMap, 'default').length);
    expect(world.count(ConfigMap)).toBe(world.list(ConfigMap).length);
    expect(world.count(Pod, 'default')).toBe(0);
  });

  test('finds pods by node, and moves them when they are bound', () => {
    const world = new IndexedWorld();
    const pod = object('Pod', 'web') as Pod;
    world.apply(Pod, 'ADDED', pod, 1);
    expect(names(world.indexed(Pod, 'node', ''))).toEqual(['web']);
    world.apply(Pod, 'MODIFIED', { ...pod, spec: { nodeName: 'n1' } } as Pod, 2);
    expect(names(world.indexed(Pod, 'node', ''))).toEqual([]);
    expect(names(world.indexed(Pod, 'node', 'n1'))).toEqual(['web']);
  });

  test('knows the dependents of a uid, of every kind, until they are gone', () => {
    const world = new IndexedWorld();
    const rs = object('ReplicaSet', 'rs') as ReplicaSet;
    const pod = object('Pod', 'web', { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'uid-rs', controller: true }] });
    world.apply(ReplicaSet, 'ADDED', rs, 1);
    world.apply(Pod, 'ADDED', pod as Pod, 2);
    expect(names(world.ownedBy(Pod, rs))).toEqual(['web']);
    expect(names(world.dependents('uid-rs'))).toEqual(['web']);
    world.apply(Pod, 'DELETED', pod as Pod, 3);
    expect(world.ownedBy(Pod, rs)).toEqual([]);
    expect(world.dependents('uid-rs')).toEqual([]);
    expect(world.byUid('uid-web')).toBeUndefined();
  });

  test('finds by label and without an owner, also what came after the first question', () => {
    const world = new IndexedWorld();
    const labels = { app: 'web' };
    world.apply(Pod, 'ADDED', object('Pod', 'a', { labels }) as Pod, 1);
    expect(names(world.labelled(Pod, 'default', 'app', 'web'))).toEqual(['a']);
    world.apply(Pod, 'ADDED', object('Pod', 'b', { labels }) as Pod, 2);
    expect(names(world.labelled(Pod, 'default', 'app', 'web'))).toEqual(['a', 'b']);
    expect(names(world.orphans(Pod, 'default'))).toEqual(['a', 'b']);
    const owned = object('Pod', 'a', { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'u', controller: true }] });
    world.apply(Pod, 'MODIFIED', owned as Pod, 3);
    expect(names(world.labelled(Pod, 'default', 'app', 'web'))).toEqual(['b']);
    expect(names(world.orphans(Pod, 'default'))).toEqual(['b']);
  });

  test('tells what is, whether it was asked before a change or not until then', () => {
    const [asked, silent] = [new IndexedWorld(), new IndexedWorld()];
    const ownedBy = (uid: string) =>
      object('Pod', 'a', { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid, controller: true }] }) as Pod;
    const seen = (world: IndexedWorld) => [
      ...['uid-old', 'uid-new'].flatMap((uid) => [names(world.dependents(uid)), names(world.ownedBy(Pod, object('ReplicaSet', uid.slice(4))))]),
      names(world.orphans(Pod, 'default')),
      names(world.indexed(Pod, 'node', '')),
    ];
    seen(asked);
    for (const world of [asked, silent]) {
      world.apply(Pod, 'ADDED', ownedBy('uid-old'), 1);
      world.apply(Pod, 'ADDED', object('Pod', 'b') as Pod, 2);
      world.apply(Pod, 'ADDED', object('Pod', 'c') as Pod, 3);
    }
    seen(asked);
    for (const world of [asked, silent]) {
      world.apply(Pod, 'MODIFIED', ownedBy('uid-new'), 4);
      world.apply(Pod, 'DELETED', object('Pod', 'c') as Pod, 5);
    }
    expect(seen(silent)).toEqual([[], [], ['a'], ['a'], ['b'], ['a', 'b']]);
    expect(seen(asked)).toEqual(seen(silent));
  });

  test('remembers a derived value until one of its objects changes', () => {
    const world = new IndexedWorld();
    const count = jest.fn((pods: readonly Pod[]) => pods.length);
    world.apply(Pod, 'ADDED', object('Pod', 'a') as Pod, 1);
    expect([world.derived(Pod, 'node', '', count), world.derived(Pod, 'node', '', count)]).toEqual([1, 1]);
    expect(count).toHaveBeenCalledTimes(1);
    world.apply(Pod, 'ADDED', object('Pod', 'b') as Pod, 2);
    expect(world.derived(Pod, 'node', '', count)).toBe(2);
  });

  test('holds what it does not look at, and knows it under its uid, owner and namespace once that is asked for', () => {
    const world = new IndexedWorld();
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'uid-rs', controller: true };
    let looks = 0;
    const closed = (name: string): KubeObject =>
      new Proxy(object('Pod', name, { ownerReferences: [owner] }), { get: (target, member) => (looks++, Reflect.get(target, member)) });
    expect(world.byUid('uid-a')).toBeUndefined(); // and what was asked before does not hide it
    expect(world.dependents('uid-rs')).toEqual([]);
    ['b', 'a'].forEach((name, i) => world.hold(Pod, 'default', name, closed(name), i + 1));
    expect([
      world.list(Pod).length,
      world.list(Pod, 'default').length,
      world.list(Pod, 'other').length,
      world.count(Pod, 'default'),
      world.size,
      world.revision,
    ]).toEqual([2, 2, 0, 2, 2, 2]);
    expect(looks).toBe(0);
    expect(names(world.list(Pod, 'default'))).toEqual(['a', 'b']);
    expect(names(world.dependents('uid-rs'))).toEqual(['a', 'b']);
    expect(world.byUid('uid-a')).toBe(world.get(Pod, 'default', 'a'));
    world.apply(Pod, 'DELETED', world.get(Pod, 'default', 'a') as Pod, 3);
    expect([world.byUid('uid-a'), names(world.list(Pod, 'default')), names(world.dependents('uid-rs')), world.size]).toEqual([undefined, ['b'], ['b'], 1]);
  });
});
