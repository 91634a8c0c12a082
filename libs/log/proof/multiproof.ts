import { Frontier, leafHash, nodeHash, splitOf, type LeafRange } from './merkle';

/**
 * One proof for many leaves: the subtrees, from left to right, in which none of them lies. With these hashes and the leaves themselves
 * the root can be computed, so all of them are in the tree.
 * @param wanted leaves counted from 0, ascending
 */
export function rangesBeside(wanted: readonly number[], size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let next = 0;
  const visit = (start: number, end: number): void => {
    if (next >= wanted.length || (wanted[next] as number) >= end) return void ranges.push({ start, end });
    if (end - start === 1) return void next++;
    const middle = start + splitOf(end - start);
    visit(start, middle);
    visit(middle, end);
  };
  if (size > 0) visit(0, size);
  return ranges;
}

/** The root that the leaves and the hashes beside them lead to; undefined when they do not fit together. */
export function rootFromMany(leaves: ReadonlyMap<number, Buffer>, size: number, beside: readonly Buffer[]): Buffer | undefined {
  const wanted = [...leaves.keys()].sort((a, b) => a - b);
  let [next, given] = [0, 0];
  const visit = (start: number, end: number): Buffer | undefined => {
    if (next >= wanted.length || (wanted[next] as number) >= end) return beside[given++];
    if (end - start === 1) return leaves.get(wanted[next++] as number);
    const middle = start + splitOf(end - start);
    const left = visit(start, middle);
    const right = left && visit(middle, end);
    return left && right && nodeHash(left, right);
  };
  const root = size > 0 ? visit(0, size) : undefined;
  return given === beside.length && next === wanted.length ? root : undefined;
}

/** The hashes of ascending ranges that do not overlap, in one pass over the chain hashes of all entries. */
export async function hashesOfRanges(ranges: readonly LeafRange[], entryHashes: AsyncIterable<readonly Buffer[]>): Promise<Buffer[]> {
  const found: Buffer[] = [];
  const left = [...ranges];
  let frontier = new Frontier();
  let index = 0;
  for await (const page of entryHashes) {
    for (const hash of page) {
      const range = left[0];
      if (!range) return found;
      if (index >= range.start) frontier.add(leafHash(hash));
      index++;
      if (index < range.end) continue;
      found.push(frontier.root());
      frontier = new Frontier();
      left.shift();
    }
  }
  return found;
}
