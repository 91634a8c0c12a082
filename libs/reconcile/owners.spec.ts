import { secondsAgo } from './testing/now';
import { aPod } from './testing/builders/pod';
import { aReplicaSet } from './testing/builders/replicaset';
import { claim } from './owners';

const matches = (labels?: Readonly<Record<string, string>>): boolean => labels?.app === 'web';

describe('claim', () => {
  const rs = aReplicaSet();
  const mine = aPod({ name: 'mine', ownedBy: rs, labels: { app: 'web' } });
  const relabelled = aPod({ name: 'relabelled', ownedBy: rs, labels: { app: 'other' } });
  const orphan = aPod({ name: 'orphan', labels: { app: 'web' } });

  test('keeps children that match and lets go of those that no longer do', () => {
    const { children, commands } = claim(rs, { owned: [mine, relabelled], orphans: [], matches });
    expect(children).toEqual([mine]);
    expect(commands).toEqual([{ do: 'patch', ref: expect.objectContaining({ name: 'relabelled' }), patch: { metadata: { ownerReferences: null } } }]);
  });

  test('adopts orphans that match, unless they are being deleted', () => {
    const dying = aPod({ name: 'dying', labels: { app: 'web' }, deleted: secondsAgo(1) });
    const { children, commands } = claim(rs, { owned: [], orphans: [orphan, dying, aPod({ name: 'stranger' })], matches });
    expect(children).toEqual([orphan]);
    expect(commands).toMatchObject([
      {
        ref: { name: 'orphan', resourceVersion: '1' },
        patch: { metadata: { ownerReferences: [{ kind: 'ReplicaSet', uid: rs.metadata.uid, controller: true }] } },
      },
    ]);
  });

  test('neither adopts nor releases for an owner that is being deleted', () => {
    const leaving = aReplicaSet({ deleted: secondsAgo(1) });
    expect(claim(leaving, { owned: [mine, relabelled], orphans: [orphan], matches })).toEqual({ children: [mine], commands: [] });
  });
});
