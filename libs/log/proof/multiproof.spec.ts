import { createHash } from 'node:crypto';
import { leafHash, rootOf } from './merkle';
import { hashesOfRanges, rangesBeside, rootFromMany } from './multiproof';

const entries = Array.from({ length: 21 }, (_, i) => createHash('sha256').update(String(i)).digest());
const leaves = entries.map(leafHash);

async function* paged(hashes: readonly Buffer[]): AsyncIterable<readonly Buffer[]> {
  for (let start = 0; start < hashes.length; start += 4) yield hashes.slice(start, start + 4);
}

describe('one proof for many leaves', () => {
  test.each([[[]], [[0]], [[20]], [[3, 4, 5]], [[0, 7, 8, 20]], [entries.map((_, i) => i)]])('leads %p to the root, and nothing else', async (wanted) => {
    for (const size of [21, 16, 17].filter((one) => wanted.every((index) => index < one))) {
      const root = rootOf(leaves.slice(0, size));
      const beside = await hashesOfRanges(rangesBeside(wanted, size), paged(entries.slice(0, size)));
      const known = new Map(wanted.map((index) => [index, leaves[index] as Buffer]));
      expect(rootFromMany(known, size, beside)?.equals(root)).toBe(true);
      expect(rootFromMany(known, size, [...beside, root])).toBeUndefined();
      if (beside.length > 0) expect(rootFromMany(known, size, beside.slice(1))?.equals(root) ?? false).toBe(false);
      for (const index of wanted) expect(rootFromMany(new Map([...known, [index, root]]), size, beside)?.equals(root)).toBe(false);
    }
  });
});
