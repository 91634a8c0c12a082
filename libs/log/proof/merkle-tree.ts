import { consistencyRanges, Frontier, inclusionRanges, leafHash, nodeHash, rootOf, splitOf, type LeafRange } from './merkle';
import type { TreeStore } from './tree-store';

/** Every so many levels the nodes are stored. */
const STEP = 8;
const FAN = 2 ** STEP;
/** 2^40 entries are enough. */
const HEIGHTS = [8, 16, 24, 32];
const NODES_AT_A_TIME = 1_024;

/**
 * The Merkle tree over the log: leaf i is entry i + 1. RFC 6962 with our chain hashes as the data. Nothing of it is written by an append:
 * the stored nodes follow when somebody needs them, or calls `grow` in the background. 64 entries or 64 million, a proof
 * reads a few hundred hashes.
 */
export class MerkleTree {
  private growing: Promise<void> = Promise.resolve();

  constructor(private readonly store: TreeStore) {}

  /** The root over the first `size` entries. */
  root(size: number): Promise<Buffer> {
    return size === 0 ? Promise.resolve(rootOf([])) : this.hashesOf([{ start: 0, end: size }]).then(([root]) => root as Buffer);
  }

  /** The path from an entry to the root over the first `size`. */
  inclusion(revision: number, size: number): Promise<Buffer[]> {
    return this.hashesOf(inclusionRanges(revision - 1, size), size);
  }

  /** The path that shows that the first `before` entries are the beginning of the first `size`. */
  consistency(before: number, size: number): Promise<Buffer[]> {
    return this.hashesOf(consistencyRanges(before, size), size);
  }

  /** The roots of some parts of the tree over the first `size` entries. */
  async hashesOf(ranges: readonly LeafRange[], size = Math.max(0, ...ranges.map(({ end }) => end))): Promise<Buffer[]> {
    await this.grow(size);
    const hashes: Buffer[] = [];
    for (const range of ranges) hashes.push(await this.hashOf(range));
    return hashes;
  }

  /** Stores the nodes that the first `size` entries complete. */
  grow(size: number): Promise<void> {
    const grown = this.growing.then(() => this.growNow(size));
    this.growing = grown.catch(() => undefined);
    return grown;
  }

  private async growNow(size: number): Promise<void> {
    for (const height of HEIGHTS) {
      const wanted = Math.floor(size / 2 ** height);
      if (wanted === 0) return;
      let first = await this.store.nodeCount(height);
      while (first < wanted) {
        const count = Math.min(NODES_AT_A_TIME, wanted - first);
        const nodes = height === STEP ? await this.fromEntries(first, count) : await this.fromNodes(height - STEP, first, count);
        await this.store.addNodes(height, first, nodes);
        first += count;
      }
    }
  }

  private async fromEntries(first: number, count: number): Promise<Buffer[]> {
    const nodes: Buffer[] = [];
    let block = new Frontier();
    for await (const page of this.store.entryHashes(first * FAN, (first + count) * FAN)) {
      for (const hash of page) {
        block.add(leafHash(hash));
        if (block.size < FAN) continue;
        nodes.push(block.root());
        block = new Frontier();
      }
    }
    return nodes;
  }

  private async fromNodes(height: number, first: number, count: number): Promise<Buffer[]> {
    const nodes: Buffer[] = [];
    for (let i = first; i < first + count; i++) nodes.push(rootOf(await this.store.nodes(height, i * FAN, FAN)));
    return nodes;
  }

  /** Parts that are complete subtrees come from what is stored; others are cut until they are. */
  private async hashOf({ start, end }: LeafRange): Promise<Buffer> {
    const size = end - start;
    const isComplete = size === 1 || splitOf(size) * 2 === size;
    if (isComplete && start % size === 0) return this.complete(start, size);
    const middle = start + splitOf(size);
    return nodeHash(await this.hashOf({ start, end: middle }), await this.hashOf({ start: middle, end }));
  }

  private async complete(start: number, size: number): Promise<Buffer> {
    const height = HEIGHTS.findLast((stored) => 2 ** stored <= size);
    if (height !== undefined) return rootOf(await this.store.nodes(height, start / 2 ** height, size / 2 ** height));
    const leaves: Buffer[] = [];
    for await (const page of this.store.entryHashes(start, start + size)) leaves.push(...page.map(leafHash));
    return rootOf(leaves);
  }
}
