import { ConfigMap } from '#lib/api/core/configmap';
import { seeded } from '#lib/reconcile/seeded';
import { anApi } from '../testing/an-api';
import { bisect } from './bisect';
import { invariantOf } from './invariant';

/** At most so many looks at the revisions from `good` to `bad`. */
const bound = (good: number, bad: number): number => Math.ceil(Math.log2(bad - good + 1)) + 1;

describe('bisect', () => {
  test('finds the first revision at which it is false, wherever that is, in as few looks as promised', async () => {
    for (let bad = 2; bad <= 70; bad++) {
      for (let broken = 2; broken <= bad; broken++) {
        const found = await bisect(1, bad, async (revision) => revision < broken);
        expect([bad, found.broken]).toEqual([bad, broken]);
        expect(found.looks.length).toBeLessThanOrEqual(bound(1, bad));
      }
    }
  });

  test('says so when there is nothing to find', async () => {
    for (let bad = 2; bad <= 40; bad++) {
      expect(await bisect(1, bad, async () => true)).toMatchObject({ why: 'never' });
      const always = await bisect(1, bad, async () => false);
      expect(always).toMatchObject({ why: 'always' });
      expect(always.looks.length).toBeLessThanOrEqual(bound(1, bad));
    }
  });

  test('finds a revision at which it turns false, where it does so more than once', async () => {
    const random = seeded(3);
    for (let i = 0; i < 100; i++) {
      const states = [true, ...Array.from({ length: 30 }, () => random() < 0.5), false];
      const { broken = 0 } = await bisect(0, 31, async (revision) => states[revision] as boolean);
      expect([states[broken - 1], states[broken]]).toEqual([true, false]);
    }
  });

  test('agrees with a look at every revision of a real log', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const api = await anApi();
      const random = seeded(seed);
      const good = api.kernel.world.revision;
      for (let i = 0; i < 12; i++) {
        await api.create(ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${i}` }, data: { n: String(Math.floor(random() * 100)) } });
      }
      const bad = api.kernel.world.revision;
      const invariant = invariantOf(
        'configmaps.filter(c, c.metadata.name.startsWith("c") && has(c.data) && "n" in c.data).map(c, int(c.data.n)).all(n, n < 80)',
      );
      const holds = async (revision: number): Promise<boolean> => {
        const world = await api.kernel.past.worldAt(ConfigMap, revision);
        return invariant.holds((kind) => world.list(kind), revision);
      };
      let first: number | undefined;
      for (let revision = good; revision <= bad && first === undefined; revision++) if (!(await holds(revision))) first = revision;
      const found = await bisect(good, bad, holds);
      expect(found.broken).toBe(first);
      expect(found.looks.length).toBeLessThanOrEqual(bound(good, bad));
    }
  });
});
