import { seeded } from '#lib/reconcile/seeded';
import { fuzz } from './run';
import { shrunk } from './shrink';
import { Fault, type Target } from './target';
import { pureTargets } from './targets';
import { WholeServer } from './targets/whole';

/** For all of them together; who has a larger share is faster. `npm run fuzz` makes as many as one likes. */
const INPUTS = 8_000;
const SEED = 20_260;

describe('wild inputs', () => {
  let whole: WholeServer;
  beforeAll(async () => void (whole = await WholeServer.start()), 60_000);
  afterAll(() => whole?.close());

  test.each(pureTargets.map((target) => [target.name, target] as const))(
    '%s: taken or refused',
    async (_, target) => {
      const { faults, taken } = await fuzz(target, Math.ceil((INPUTS * target.share) / 100), SEED);
      expect(faults).toEqual([]);
      expect(taken).toBeGreaterThan(10);
    },
    120_000,
  );

  test('lists and bytes over TLS: taken or refused', async () => {
    for (const target of [whole.lists(), whole.wire()]) expect((await fuzz(target, Math.ceil((INPUTS * target.share) / 100), SEED)).faults).toEqual([]);
  }, 120_000);
});

describe('the fuzzer', () => {
  const target: Target<{ list: string[] }> = {
    name: 'words',
    share: 1,
    make: (random) => ({ list: Array.from({ length: 9 }, () => 'abcdefgh'.slice(0, Math.floor(random() * 9))) }),
    run({ list }) {
      if (list.some((word) => word.includes('g'))) throw new Fault('a word with g');
      return true;
    },
  };

  test('finds what does harm, makes it smaller, and says how to make it again', async () => {
    const { faults } = await fuzz(target, 100, 7);
    expect(faults).toHaveLength(1);
    const [, number] = /^words 7\/(\d+): a word with g\nwith \{"list":\["g"\]\}$/.exec(faults[0] as string) ?? [];
    expect(() => target.run(target.make(seeded(7 * 1_000_003 + Number(number))))).toThrow(Fault);
  });

  test('takes a value apart down to what matters', async () => {
    const value = { a: [1, { b: 'xxNOxx', c: 2 }], d: { e: [] } };
    expect(await shrunk(value, async (smaller) => JSON.stringify(smaller).includes('NO'))).toEqual({ a: [{ b: 'NO' }] });
  });
});
