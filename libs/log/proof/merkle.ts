import { createHash, hash as digest } from 'node:crypto';

/** Leaves [start, end) of a tree, counted from 0. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);
const leaf = Buffer.alloc(33);
const node = Buffer.alloc(65, 1);

/** The root of a tree without leaves. */
export const EMPTY_ROOT = createHash('sha256').digest();

/** The leaf of an entry of the log: SHA-256( 0x00 ‖ the entry's 32-byte chain hash ). */
export function leafHash(entryHash: Buffer): Buffer {
  if (entryHash.length !== 32) return createHash('sha256').update(LEAF).update(entryHash).digest();
  leaf.set(entryHash, 1);
  return sha256(leaf);
}

/** SHA-256( 0x01 ‖ left ‖ right ). The prefixes keep a node from being taken for a leaf. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  if (left.length !== 32 || right.length !== 32) return createHash('sha256').update(NODE).update(left).update(right).digest();
  node.set(left, 1);
  node.set(right, 33);
  return sha256(node);
}

/** A third of what createHash takes for so little; of its results the text is what comes cheapest. */
const sha256 = (bytes: Buffer): Buffer => Buffer.from(digest('sha256', bytes, 'latin1' as 'binary'), 'latin1');

/** Where a tree of `size` > 1 leaves is cut: the largest power of two below `size`. */
export function splitOf(size: number): number {
  let left = 1;
  while (left * 2 < size) left *= 2;
  return left;
}

/**
 * The subtrees whose hashes lead from leaf `index` to the root of a tree of `size` leaves, nearest first.
 * RFC 6962, section 2.1.1.
 */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  for (let start = 0, end = size; end - start > 1;) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.reverse();
}

/** The subtrees that show that a tree of `before` leaves is the beginning of one of `size`. RFC 6962, section 2.1.2. */
export function consistencyRanges(before: number, size: number): LeafRange[] {
  if (before === 0 || before === size) return [];
  const ranges: LeafRange[] = [];
  let isWhole = true; // the part that is left is the whole old tree, whose root the verifier has
  for (let start = 0, end = size; ;) {
    if (before === end) {
      if (!isWhole) ranges.push({ start, end });
      return ranges.reverse();
    }
    const middle = start + splitOf(end - start);
    if (before <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
      isWhole = false;
    }
  }
}

/** The root that a leaf and its path lead to; undefined when the path does not fit the tree. */
export function rootFromInclusion(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | undefined {
  if (!(index >= 0 && index < size)) return undefined;
  const ranges = inclusionRanges(index, size);
  if (ranges.length !== path.length) return undefined;
  return ranges.reduce(
    (hash, { start }, i) => (start > index ? nodeHash(hash, path[i] as Buffer) : nodeHash(path[i] as Buffer, hash)),
    leaf,
  );
}

/** Whether the path shows that a tree of `before` leaves with `oldRoot` is the beginning of one of `size` leaves with `newRoot`. */
export function isConsistent(before: number, oldRoot: Buffer, size: number, newRoot: Buffer, path: readonly Buffer[]): boolean {
  if (before > size) return false;
  if (before === 0) return path.length === 0;
  if (before === size) return path.length === 0 && oldRoot.equals(newRoot);
  const left = [...path];
  const roots = bothRoots(before, size, true, oldRoot, left);
  return roots !== undefined && left.length === 0 && roots.before.equals(oldRoot) && roots.after.equals(newRoot);
}

/** The old and the new root of one subtree, from the outermost hash of the path inwards. */
function bothRoots(
  before: number,
  size: number,
  isWhole: boolean,
  oldRoot: Buffer,
  path: Buffer[],
): { before: Buffer; after: Buffer } | undefined {
  if (before === size) {
    const hash = isWhole ? oldRoot : path.pop();
    return hash && { before: hash, after: hash };
  }
  const other = path.pop();
  if (!other) return undefined;
  const middle = splitOf(size);
  if (before <= middle) {
    const left = bothRoots(before, middle, isWhole, oldRoot, path);
    return left && { before: left.before, after: nodeHash(left.after, other) };
  }
  const right = bothRoots(before - middle, size - middle, false, oldRoot, path);
  return right && { before: nodeHash(other, right.before), after: nodeHash(other, right.after) };
}

/** Takes leaf after leaf and knows the root at any moment, from the roots of the complete subtrees so far: one per bit of the size. */
export class Frontier {
  private readonly roots: { readonly hash: Buffer; readonly size: number }[] = [];
  size = 0;

  /** @param leaves 1, or a power of two when `root` is the one over so many; then as many, or a multiple, must be there so far */
  add(root: Buffer, leaves = 1): void {
    let [hash, size] = [root, leaves];
    for (let last = this.roots.at(-1); last?.size === size; last = this.roots.at(-1)) {
      hash = nodeHash(last.hash, hash);
      size *= 2;
      this.roots.pop();
    }
    this.roots.push({ hash, size });
    this.size += leaves;
  }

  root(): Buffer {
    if (this.roots.length === 0) return EMPTY_ROOT;
    return this.roots.map(({ hash }) => hash).reduceRight((right, left) => nodeHash(left, right));
  }
}

/** The root over 2^`levels` leaves, again and again, without making objects of what lies between. */
export class BlockTree {
  private readonly nodes: readonly Buffer[];
  private size = 0;

  constructor(levels: number) {
    this.nodes = Array.from({ length: levels }, () => Buffer.alloc(65, 1));
  }

  /** @param bytes of the leaf: 0x00 ‖ hash. The root when it was the last, and the next leaf begins anew */
  add(bytes: Buffer): Buffer | undefined {
    let found = digest('sha256', bytes, 'latin1' as 'binary');
    let at = this.size++;
    for (const both of this.nodes) {
      both.write(found, at % 2 === 0 ? 1 : 33, 32, 'latin1');
      if (at % 2 === 0) return undefined;
      found = digest('sha256', both, 'latin1' as 'binary');
      at = (at - 1) / 2;
    }
    this.size = 0;
    return Buffer.from(found, 'latin1');
  }

  /** Forgets the leaves so far. */
  clear(): void {
    this.size = 0;
  }
}

/** The root over some leaves or, what is the same, over the roots of equally large subtrees whose number is a power of two. */
export function rootOf(hashes: readonly Buffer[]): Buffer {
  const frontier = new Frontier();
  for (const hash of hashes) frontier.add(hash);
  return frontier.root();
}
