import type { Toleration } from 'kubernetes-types/core/v1';
import { aNode } from '#lib/reconcile/testing/builders/node';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { given } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { taintEviction } from './taint-eviction.controller';

const decide = given(taintEviction);
const KEY = 'node.kubernetes.io/unreachable';
const lost = aNode({ taints: [{ key: KEY, effect: 'NoExecute', timeAdded: secondsAgo(100) }] });
const podWith = (...tolerations: Toleration[]) => aPod({ ready: true, node: 'node-1', spec: { tolerations } });

describe('taint-eviction', () => {
  test('deletes a pod that does not tolerate the taint, and says why', () => {
    expect(decide(podWith(), lost)).toMatchObject([
      { do: 'report', report: { type: 'Normal', reason: 'TaintManagerEviction', message: 'Marking for deletion Pod default/web' } },
      {
        do: 'patch',
        subresource: 'status',
        patch: {
          status: {
            conditions: expect.arrayContaining([expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' })]),
          },
        },
      },
      { do: 'remove', ref: { kind: 'Pod' } },
    ]);
  });

  test('waits for as long as the pod tolerates it, counted from when the taint was put on', () => {
    const tolerant = podWith({ key: KEY, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
    expect(decide(tolerant, lost)).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 200_000) }]);
    expect(
      decide
        .at(new Date(NOW.getTime() + 200_000))(tolerant, lost)
        .map((c) => c.do),
    ).toEqual(['report', 'patch', 'remove']);
  });

  test('counts from when the pod came if that was later', () => {
    const late = aPod({
      node: 'node-1',
      phase: 'Running',
      ready: true,
      readySince: secondsAgo(40),
      spec: { tolerations: [{ key: KEY, operator: 'Exists', tolerationSeconds: 300 }] },
    });
    expect(decide(late, lost)).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 260_000) }]);
  });

  test('leaves pods that tolerate it for ever, and those of nodes without such a taint', () => {
    expect(decide(podWith({ operator: 'Exists' }), lost)).toEqual([]);
    expect(decide(podWith(), aNode({ taints: [{ key: KEY, effect: 'NoSchedule' }] }))).toEqual([]);
    expect(decide(podWith())).toEqual([]);
  });

  test('leaves pods that are going or have finished', () => {
    expect(decide(aPod({ ready: true, node: 'node-1', deleted: secondsAgo(1) }), lost)).toEqual([]);
    expect(decide(aPod({ phase: 'Succeeded', node: 'node-1' }), lost)).toEqual([]);
  });

  test('every taint must be tolerated', () => {
    const twice = aNode({ taints: [...(lost.spec.taints ?? []), { key: 'own', value: 'x', effect: 'NoExecute' }] });
    expect(decide(podWith({ key: KEY, operator: 'Exists' }, { key: 'own', value: 'x' }), twice)).toEqual([]);
    expect(decide(podWith({ key: KEY, operator: 'Exists' }, { key: 'own', value: 'y' }), twice)).toHaveLength(3);
  });
});
