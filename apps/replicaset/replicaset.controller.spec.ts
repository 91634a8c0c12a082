import { aNamespace } from '#lib/reconcile/testing/builders/namespace';
import { aPod, type PodOptions } from '#lib/reconcile/testing/builders/pod';
import { aReplicaSet } from '#lib/reconcile/testing/builders/replicaset';
import { given } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import type { Command } from '#lib/reconcile/command';
import { replicaSet } from './replicaset.controller';

const decide = given(replicaSet);
const rs = aReplicaSet({ replicas: 2 });
const podOf = (options: PodOptions) => aPod({ ownedBy: rs, labels: { app: 'web' }, ready: true, node: 'node-1', ...options });
const sidecar = (restartCount: number): PodOptions => ({
  spec: { initContainers: [{ name: 'proxy', image: 'proxy', restartPolicy: 'Always' }] },
  status: { initContainerStatuses: [{ name: 'proxy', image: 'proxy', imageID: '', ready: true, restartCount }] },
});
const removed = (commands: readonly Command[]) => commands.flatMap((c) => (c.do === 'remove' ? [c.ref.name] : []));

describe('replicaset', () => {
  test('creates the pods that are missing', () => {
    expect(decide(rs, podOf({ name: 'a' }))).toMatchObject([
      {
        do: 'setStatus',
        status: { replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, availableReplicas: 1, terminatingReplicas: 0, observedGeneration: 1 },
      },
      {
        do: 'create',
        object: {
          kind: 'Pod',
          metadata: {
            generateName: 'web-',
            namespace: 'default',
            labels: { app: 'web' },
            ownerReferences: [{ kind: 'ReplicaSet', name: 'web', controller: true }],
          },
        },
        report: { reason: 'SuccessfulCreate', message: 'Created pod: %s', type: 'Normal' },
        orReport: { reason: 'FailedCreate', type: 'Warning' },
        orCondition: { condition: { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' } },
      },
    ]);
  });

  test('asks for nothing once settled', () => {
    const status = { replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2, terminatingReplicas: 0, observedGeneration: 1 };
    const settled = aReplicaSet({ replicas: 2, status });
    expect(decide(settled, podOf({ name: 'a' }), podOf({ name: 'b' }))).toEqual([]);
  });

  test('replaces pods that are finished or being deleted, and counts the latter apart', () => {
    const commands = decide(rs, podOf({ name: 'a', deleted: secondsAgo(1) }), podOf({ name: 'b', phase: 'Failed', ready: undefined }));
    expect(commands[0]).toMatchObject({ status: { replicas: 0, terminatingReplicas: 1 } });
    expect(commands.filter((c) => c.do === 'create')).toHaveLength(2);
  });

  test('makes at most 500 pods in one decision', () => {
    expect(decide(aReplicaSet({ replicas: 800 })).filter((c) => c.do === 'create')).toHaveLength(500);
  });

  test('makes no pods while it or its namespace is being deleted', () => {
    expect(decide(aReplicaSet({ replicas: 1, deleted: secondsAgo(1) })).filter((c) => c.do === 'create')).toEqual([]);
    expect(decide(rs, aNamespace({ deleted: secondsAgo(1) })).filter((c) => c.do === 'create')).toEqual([]);
  });

  test('adopts pods that match its selector before it makes new ones', () => {
    const commands = decide(rs, aPod({ name: 'a', labels: { app: 'web' }, ready: true }), aPod({ name: 'stranger', ready: true }));
    expect(commands.filter((c) => c.do === 'patch')).toMatchObject([{ ref: { name: 'a' }, patch: { metadata: { ownerReferences: [{ name: 'web' }] } } }]);
    expect(commands.filter((c) => c.do === 'create')).toHaveLength(1);
  });

  describe('removes the pods that will be missed least', () => {
    const two = (a: PodOptions, b: PodOptions, ...more: PodOptions[]) =>
      removed(
        decide(
          rs,
          podOf({ name: 'a', ...a }),
          podOf({ name: 'b', ...b }),
          ...more.map(podOf),
          podOf({ name: 'z', readySince: secondsAgo(90000), created: secondsAgo(90000) }),
        ),
      );

    test.each<[string, PodOptions, PodOptions]>([
      ['without a node first', {}, { phase: 'Pending', ready: undefined, node: '' }],
      ['pending before running', {}, { phase: 'Pending', ready: undefined }],
      ['not ready before ready', {}, { ready: false }],
      ['cheaper before dearer', { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '5' } }, {}],
      ['ready for a shorter time', { readySince: secondsAgo(1000) }, { readySince: secondsAgo(100) }],
      ['more restarts first', {}, { restarts: 3 }],
      ['more restarts of a sidecar first', sidecar(0), sidecar(2)],
      ['younger first', { created: secondsAgo(4000) }, { created: secondsAgo(40) }],
    ])('%s', (_, a, b) => {
      expect(two(a, b)).toEqual(['b']);
    });

    test('of the node with most of them', () => {
      const three = aReplicaSet({ replicas: 2 });
      expect(removed(decide(three, podOf({ name: 'a', node: 'n1' }), podOf({ name: 'b', node: 'n2' }), podOf({ name: 'c', node: 'n2' })))).toEqual(['b']);
    });

    test('and says which', () => {
      const commands = decide(aReplicaSet({ replicas: 0 }), podOf({ name: 'a' }));
      expect(commands.slice(1)).toMatchObject([{ do: 'remove' }, { do: 'report', report: { reason: 'SuccessfulDelete', message: 'Deleted pod: a' } }]);
    });
  });

  test('counts a pod as available after minReadySeconds, and wakes for it', () => {
    const patient = aReplicaSet({ replicas: 1, spec: { minReadySeconds: 30 } });
    const commands = decide(patient, podOf({ name: 'a', readySince: secondsAgo(10) }));
    expect(commands[0]).toMatchObject({ status: { readyReplicas: 1 } });
    expect(commands[0]).not.toMatchObject({ status: { availableReplicas: 1 } });
    expect(commands[1]).toEqual({ do: 'wake', at: new Date(NOW.getTime() + 20_000) });
  });

  test('keeps ReplicaFailure until the pods are there', () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' }];
    const failed = aReplicaSet({ replicas: 1, status: { replicas: 0, conditions } });
    expect(decide(failed)[0]).toMatchObject({ status: { conditions } });
    expect(JSON.stringify(decide(failed, podOf({ name: 'a' }))[0])).not.toContain('ReplicaFailure');
  });
});
