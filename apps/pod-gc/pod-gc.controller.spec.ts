import { aNode } from '#lib/reconcile/testing/builders/node';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { given } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { podGc } from './pod-gc.controller';

const decide = given(podGc);
const KEY = 'default/web';

describe('pod-gc', () => {
  test('removes the pods of a node that is gone, at once and as failed', () => {
    expect(decide(KEY, aPod({ ready: true, node: 'gone' }))).toMatchObject([
      {
        do: 'patch',
        subresource: 'status',
        patch: {
          status: {
            phase: 'Failed',
            conditions: expect.arrayContaining([
              expect.objectContaining({ type: 'DisruptionTarget', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' }),
            ]),
          },
        },
      },
      { do: 'remove', options: { grace: 0 } },
    ]);
    expect(decide(KEY, aPod({ phase: 'Succeeded', node: 'gone' })).map((c) => c.do)).toEqual(['remove']);
  });

  test('leaves the pods of nodes that are there', () => {
    expect(decide(KEY, aPod({ ready: true, node: 'node-1' }), aNode())).toEqual([]);
  });

  test('gives the node of a new pod time to register', () => {
    expect(decide(KEY, aPod({ node: 'late', created: secondsAgo(10) }))).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 30_000) }]);
  });

  test('does not keep a pod without a node longer than whoever deleted it said', () => {
    const going = (seconds: number) => aPod({ node: 'nowhere', created: secondsAgo(10), deleted: secondsAgo(-seconds) });
    expect(decide(KEY, going(5))).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 5_000) }]);
    expect(decide(KEY, going(60))).toEqual([{ do: 'wake', at: new Date(NOW.getTime() + 30_000) }]);
    expect(decide(KEY, going(0)).map((c) => c.do)).toEqual(['patch', 'remove']);
  });

  test('removes pods that were deleted before they had a node', () => {
    expect(decide(KEY, aPod({ deleted: secondsAgo(1) }))).toMatchObject([{ do: 'remove', options: { grace: 0 } }]);
    expect(decide(KEY, aPod())).toEqual([]);
  });

  test('removes the oldest finished pods beyond 12,500', () => {
    const pods = Array.from({ length: 12_502 }, (_, i) =>
      aPod({ name: `p-${i}`, phase: 'Succeeded', created: i % 5000 === 7 ? secondsAgo(90_000) : secondsAgo(60) }),
    );
    expect(decide('finished', ...pods).map((c) => c.do === 'remove' && c.ref.name)).toEqual(['p-10007', 'p-5007']);
  });
});
