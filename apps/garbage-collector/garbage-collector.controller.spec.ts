import { Pod } from '#lib/api/core/pod/pod';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { ownerReferenceTo, type KubeObject } from '#lib/api/meta';
import { type IndexedWorld } from '#lib/reconcile/indexed-world';
import { aConfigMap } from '#lib/reconcile/testing/builders/configmap';
import { aDeployment } from '#lib/reconcile/testing/builders/deployment';
import { aNode } from '#lib/reconcile/testing/builders/node';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { aReplicaSet } from '#lib/reconcile/testing/builders/replicaset';
import { given, worldOf } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { garbageCollector } from './garbage-collector.controller';

const decide = given(garbageCollector);
const rs = aReplicaSet();
const uid = rs.metadata.uid;
const going = (finalizer: string) => aReplicaSet({ deleted: secondsAgo(1), finalizers: [finalizer] });

describe('garbage-collector', () => {
  test('deletes what has lost its only owner', () => {
    expect(decide(uid, aPod({ ownedBy: rs }))).toMatchObject([{ do: 'remove', ref: { kind: 'Pod', name: 'web' }, options: { propagation: 'Background' } }]);
  });

  test('leaves what has an owner, and what is being deleted already', () => {
    expect(decide(uid, rs, aPod({ ownedBy: rs }))).toEqual([]);
    expect(decide(uid, aPod({ ownedBy: rs, deleted: secondsAgo(1) }))).toEqual([]);
  });

  test('takes the lost owner off an object that has another one', () => {
    const node = aNode();
    const pod = aPod({ ownedBy: rs, ownerReferences: [{ ...ownerReferenceTo(node), controller: false }] });
    expect(decide(uid, node, pod)).toMatchObject([{ do: 'patch', ref: { name: 'web' }, patch: { metadata: { ownerReferences: [{ kind: 'Node' }] } } }]);
  });

  test('an object of the same name is not the owner', () => {
    expect(decide(uid, aReplicaSet({ uid: 'another' }), aPod({ ownedBy: rs }))).toMatchObject([{ do: 'remove' }]);
  });

  test('an owner in another namespace is none, and that is said', () => {
    const far = aReplicaSet({ namespace: 'far' });
    expect(decide(far.metadata.uid, far, aPod({ ownedBy: far }))).toMatchObject([
      {
        do: 'report',
        report: {
          type: 'Warning',
          reason: 'OwnerRefInvalidNamespace',
          message: 'ownerRef [apps/v1/ReplicaSet, namespace: default, name: web, uid: uid-replicasets-far-web] does not exist in namespace "default"',
        },
      },
      { do: 'remove', ref: { kind: 'Pod' } },
    ]);
  });

  test('owners of kinds that are not served are not missed', () => {
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'w' };
    expect(decide('w', aConfigMap({ ownerReferences: [widget] }))).toEqual([]);
  });

  test('a namespaced owner of a cluster-scoped object is not missed', () => {
    expect(decide(uid, aNode({ ownerReferences: [ownerReferenceTo(rs)] }))).toEqual([]);
  });

  test('looks after 500 dependents at a time and goes on at once', () => {
    const pods = Array.from({ length: 600 }, (_, i) => aPod({ name: `p${i}`, ownedBy: rs }));
    const commands = decide(uid, ...pods);
    expect(commands).toHaveLength(501);
    expect(commands.at(-1)).toEqual({ do: 'wake', at: NOW });
  });

  describe('in the foreground', () => {
    const owner = going('foregroundDeletion');

    test('dependents go first', () => {
      expect(decide(uid, owner, aPod({ ownedBy: owner }))).toMatchObject([{ do: 'remove', ref: { kind: 'Pod' } }]);
      expect(decide(uid, owner, aPod({ ownedBy: owner, deleted: secondsAgo(1) }))).toEqual([]);
    });

    test('then the owner', () => {
      expect(decide(uid, owner)).toMatchObject([{ do: 'patch', ref: { kind: 'ReplicaSet' }, patch: { metadata: { finalizers: null } } }]);
    });

    test('a dependent that does not block is not waited for', () => {
      const pod = aPod({ ownerReferences: [{ ...ownerReferenceTo(owner), blockOwnerDeletion: false }] });
      expect(decide(uid, owner, pod).map((c) => c.do)).toEqual(['remove', 'patch']);
    });

    test('a dependent with dependents waits in its turn', () => {
      const deployment = aDeployment({ deleted: secondsAgo(1), finalizers: ['foregroundDeletion'] });
      const set = aReplicaSet({ ownedBy: deployment });
      expect(decide(deployment.metadata.uid, deployment, set, aPod({ ownedBy: set }))).toMatchObject([
        { do: 'remove', ref: { kind: 'ReplicaSet' }, options: { propagation: 'Foreground' } },
      ]);
    });
  });

  test('orphans dependents, then lets the owner go', () => {
    const owner = going('orphan');
    expect(decide(uid, owner, aPod({ ownedBy: owner }))).toMatchObject([{ do: 'patch', ref: { kind: 'Pod' }, patch: { metadata: { ownerReferences: null } } }]);
    expect(decide(uid, owner)).toMatchObject([{ do: 'patch', ref: { kind: 'ReplicaSet' }, patch: { metadata: { finalizers: null } } }]);
  });

  describe('is woken', () => {
    const pod = aPod({ ownedBy: rs });
    const woken = (type: 'ADDED' | 'DELETED', object: KubeObject, ...others: KubeObject[]) => {
      const world = worldOf(...others) as IndexedWorld;
      return [...garbageCollector.keys(world.apply(object.kind === 'Pod' ? Pod : ReplicaSet, type, object as never, 9), world)];
    };

    test('by the end of an owner that has dependents, and by nothing else of it', () => {
      expect(woken('DELETED', rs, rs, pod)).toEqual([uid]);
      expect(woken('DELETED', rs, rs)).toEqual([]);
      expect(woken('ADDED', rs, pod)).toEqual([]);
    });

    test('by a dependent that comes too late', () => {
      expect(woken('ADDED', pod)).toEqual([uid]);
      expect(woken('ADDED', pod, rs)).toEqual([]);
    });

    test('by the end of a dependent that its owner waits for', () => {
      expect(woken('DELETED', pod, going('foregroundDeletion'), pod)).toEqual([uid]);
      expect(woken('DELETED', pod, rs, pod)).toEqual([]);
    });
  });
});
