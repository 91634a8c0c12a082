import { seeded } from '#lib/reconcile/seeded';
import { aLog, type Told } from '../testing/a-log';
import { impactOf } from './impact';

const STORY: Told[] = [
  { object: 'deployments.apps/web', by: 'kubectl create', session: 'one', type: 'ADDED' },
  { object: 'configmaps/other', by: 'kubectl create', session: 'two', type: 'ADDED' },
  { object: 'replicasets.apps/web-1', by: 'deployment', type: 'ADDED', cause: [1] },
  { object: 'configmaps/other', by: 'root-ca', cause: [2] },
  { object: 'pods/a', by: 'replicaset', type: 'ADDED', cause: [3] },
  { object: 'deployments.apps/web', by: 'kubectl scale', session: 'three' },
  { object: 'pods/a', by: 'scheduler', cause: [5] },
  { object: 'replicasets.apps/web-1', by: 'deployment', cause: [6] },
  { object: 'pods/b', by: 'replicaset', type: 'ADDED', cause: [7, 8] },
];

describe('impact', () => {
  test('finds what a change caused through all controllers, and nothing else', async () => {
    const log = await aLog(...STORY);
    expect(await impactOf(log, { revision: 6 }, 9)).toEqual({ roots: [6], effects: [8, 9] });
    expect(await impactOf(log, { revision: 1 }, 9)).toEqual({ roots: [1], effects: [3, 5, 7, 9] });
    expect(await impactOf(log, { revision: 1 }, 6)).toEqual({ roots: [1], effects: [3, 5] });
  });

  test('begins at a session, or at all runs of a command', async () => {
    const log = await aLog(...STORY);
    expect(await impactOf(log, { session: 'two' }, 9)).toEqual({ roots: [2], effects: [4] });
    expect(await impactOf(log, { command: 'kubectl create' }, 9)).toEqual({ roots: [1, 2], effects: [3, 4, 5, 7, 9] });
    expect(await impactOf(log, { command: 'kubectl delete' }, 9)).toEqual({ roots: [], effects: [] });
  });

  test('is the same as following every edge from its cause to its effect', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const causes = Array.from({ length: 60 }, (_, i) =>
        Array.from({ length: Math.floor(random() * 3) }, () => 1 + Math.floor(random() * i)).filter((one) => one <= i),
      );
      const log = await aLog(...causes.map((cause, i): Told => ({ object: `pods/p${i}`, by: cause.length ? 'x' : 'kubectl run', cause })));
      const root = 1 + Math.floor(random() * 30);
      const follow = (from: number): number[] => causes.flatMap((cause, i) => (cause.includes(from) ? [i + 1, ...follow(i + 1)] : []));
      expect((await impactOf(log, { revision: root }, 60)).effects).toEqual([...new Set(follow(root))].sort((a, b) => a - b));
    }
  });
});
