import { createHash } from 'node:crypto';
import {
  consistencyRanges,
  EMPTY_ROOT,
  Frontier,
  inclusionRanges,
  isConsistent,
  leafHash,
  nodeHash,
  rootFromInclusion,
  rootOf,
  type LeafRange,
} from './merkle';

/** The leaves of RFC 6962's reference tests hash the data itself; ours hash hashes. The tree above them is the same. */
const sha = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const REFERENCE_LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) =>
  sha(Buffer.from([0]), Buffer.from(hex, 'hex')),
);
const REFERENCE_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const COUNT = 33;
const leaves = Array.from({ length: COUNT }, (_, i) => leafHash(sha(Buffer.from([i]))));
const over = (all: readonly Buffer[], { start, end }: LeafRange): Buffer => rootOf(all.slice(start, end));

describe('the Merkle tree', () => {
  test('has the roots of the reference tests of RFC 6962', () => {
    expect(REFERENCE_ROOTS.map((_, i) => rootOf(REFERENCE_LEAVES.slice(0, i + 1)).toString('hex'))).toEqual(REFERENCE_ROOTS);
    expect(EMPTY_ROOT.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(new Frontier().root()).toEqual(EMPTY_ROOT);
  });

  test('proves every leaf of every size, and nothing else in its place', () => {
    for (let size = 1; size <= leaves.length; size++) {
      const root = rootOf(leaves.slice(0, size));
      for (let index = 0; index < size; index++) {
        const path = inclusionRanges(index, size).map((range) => over(leaves, range));
        expect(rootFromInclusion(leaves[index] as Buffer, index, size, path)?.equals(root)).toBe(true);
        expect(rootFromInclusion(leaves[(index + 1) % COUNT] as Buffer, index, size, path)?.equals(root)).toBe(false);
        if (size > 1) expect(rootFromInclusion(leaves[index] as Buffer, index, size, path.slice(1))).toBeUndefined();
        if (size > 1) expect(rootFromInclusion(leaves[index] as Buffer, (index + 1) % size, size, path)?.equals(root) ?? false).toBe(false);
      }
    }
  });

  test('proves that a smaller tree is the beginning of a larger one, of every pair of sizes, and no other', () => {
    for (let size = 1; size <= leaves.length; size++) {
      const root = rootOf(leaves.slice(0, size));
      for (let before = 1; before <= size; before++) {
        const old = rootOf(leaves.slice(0, before));
        const path = consistencyRanges(before, size).map((range) => over(leaves, range));
        expect(isConsistent(before, old, size, root, path)).toBe(true);
        const another = nodeHash(old, old);
        expect(isConsistent(before, another, size, root, path)).toBe(false);
        expect(isConsistent(before, old, size, another, path)).toBe(false);
        if (path.length > 0) expect(isConsistent(before, old, size, root, path.slice(1))).toBe(false);
        expect(isConsistent(before, old, size, root, [...path, old])).toBe(false);
      }
    }
  });
});
