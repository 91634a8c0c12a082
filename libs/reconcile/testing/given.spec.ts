import { Pod } from '#lib/api/core/pod/pod';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { remove, wake } from '#lib/reconcile/command';
import { defineController, defineWorldController } from '#lib/reconcile/controller';
import { aPod } from './builders/pod';
import { aReplicaSet } from './builders/replicaset';
import { given } from './given';
import { NOW } from './now';

const toy = defineController<ReplicaSet>({
  name: 'toy',
  for: ReplicaSet,
  reconcile: (rs, world, now, facts) => [...world.ownedBy(Pod, rs).map((pod) => remove(pod)), ...(facts ? [wake(now)] : [])],
});

describe('given', () => {
  const rs = aReplicaSet();

  test('decides about an object in the world of the given ones', () => {
    expect(given(toy)(rs, aPod({ ownedBy: rs }), aPod({ name: 'stranger' }))).toMatchObject([{ do: 'remove', ref: { name: 'web' } }]);
  });

  test('decides at the given time, knowing the given facts', () => {
    expect(given(toy).knowing({ busy: true })(rs)).toEqual([{ do: 'wake', at: NOW }]);
    expect(given(toy).knowing({ busy: true }).at('2031-01-01T00:00:00Z')(rs)).toEqual([{ do: 'wake', at: new Date('2031-01-01T00:00:00Z') }]);
  });

  test('decides for controllers of the whole world', () => {
    const counter = defineWorldController({ name: 'all', wakesOn: () => true, decide: (world) => world.list(Pod).map((pod) => remove(pod)) });
    expect(given(counter)(aPod({ name: 'b' }), aPod({ name: 'a' }))).toMatchObject([{ ref: { name: 'a' } }, { ref: { name: 'b' } }]);
  });

  test('refuses a controller that writes to what it was given', () => {
    const vandal = { ...toy, reconcile: (own: ReplicaSet) => ((own.spec.replicas = 5), []) };
    expect(() => given(vandal)(rs)).toThrow(/read only/);
  });

  test('refuses a controller that answers the same question in two ways', () => {
    let calls = 0;
    const moody = { ...toy, reconcile: () => [wake(new Date(calls++))] };
    expect(() => given(moody)(rs)).toThrow(/not a pure decision/);
  });
});
