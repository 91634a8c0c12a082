import { setImmediate as others } from 'node:timers/promises';
import type { ChainPage, SoundLink } from './chain-reader';
import { ZERO_HASH } from '#lib/log/hash';
import { BlockTree } from './merkle';

/** Levels of the Merkle tree over a block: 2,048 entries. */
const LEVELS = 11;

/** So many entries, from a multiple of their number on, are sound if the entry before them has the hash that they build on. */
export interface SoundBlock {
  /** The entry before the first. */
  readonly after: number;
  readonly size: number;
  /** The hash that the first one builds on. */
  readonly previous: string;
  /** Times of the first and the last. */
  readonly since: string;
  readonly at: string;
  /** Of the last. */
  readonly hash: string;
  /** Of the Merkle tree over them, when it was asked for. */
  readonly root?: Buffer;
}

/** Entries that are sound so far, from the last multiple on. */
class Block {
  private readonly tree: BlockTree | undefined;
  readonly size: number;
  private since = '';
  /** The last sound one; undefined: where the next block begins is yet to be found. */
  link: SoundLink | undefined;
  private revision = 0;
  private at = '';
  private leaf: Buffer | undefined;
  private done: SoundBlock[] = [];

  constructor(
    public after: number,
    private previous: string | undefined,
    levels: number,
    roots: boolean,
  ) {
    if (roots) this.tree = new BlockTree(levels);
    this.size = 2 ** levels;
    if (previous) this.begin({ revision: after, hash: previous, at: '' });
  }

  begin(link: SoundLink): void {
    this.link = link;
    this.previous = link.hash;
    this.since = '';
    [this.revision, this.at] = [link.revision, link.at];
    this.tree?.clear();
  }

  /** At an entry that is not sound as seen from here: this block is left to others. */
  leave(revision: number): void {
    this.after = Math.max(this.after + this.size, Math.ceil(revision / this.size) * this.size);
    this.link = undefined;
  }

  readonly sound = (revision: number, leaf: Buffer, at: string): void => {
    if (this.since === '') this.since = at;
    [this.revision, this.leaf, this.at] = [revision, leaf, at];
    const root = this.tree?.add(leaf);
    if (revision < this.after + this.size) return;
    const hash = hexOf(leaf);
    this.done.push({
      after: this.after,
      size: this.size,
      previous: this.previous as string,
      since: this.since,
      at,
      hash,
      ...(root && { root }),
    });
    this.after = revision;
    this.begin({ revision, hash, at });
  };

  /** After a turn. */
  renew(): void {
    if (this.leaf && this.link) this.link = { revision: this.revision, hash: hexOf(this.leaf), at: this.at };
  }

  take(): readonly SoundBlock[] {
    return this.done.splice(0);
  }
}

const hexOf = (leaf: Buffer): string => leaf.toString('hex', 1);
const never = (): boolean => false;

/**
 * The blocks of entries in (after, upTo] that are sound in themselves. What is not plainly sound is left out, also at the end; whoever
 * asked looks at it himself, and whether a block follows from what is before it.
 * @param after a multiple of 2^levels
 * @param read the chain, from any entry on (`ChainReader`)
 * @param roots whether blocks tell the root of the Merkle tree over them: two hashes more per entry, an eighth of the CPU
 */
export async function* soundBlocks(
  read: (after: number, upTo: number) => AsyncIterable<ChainPage>,
  after: number,
  upTo: number,
  levels = LEVELS,
  roots = true,
): AsyncIterable<SoundBlock> {
  const block = new Block(after, after === 0 ? ZERO_HASH : undefined, levels, roots);
  for await (const page of read(Math.max(0, after - 1), upTo)) {
    while (walk(page, block) === 'turn') await others();
    yield* block.take();
  }
}

/** One turn. */
function walk(page: ChainPage, block: Block): 'turn' | 'end' {
  for (;;) {
    if (!block.link) {
      const found = page.behind(block.after);
      if (found === 'end') return 'end';
      if (found) block.begin(found);
      else block.leave(block.after);
      continue;
    }
    const halt = page.advance(block.link, block.sound, never);
    block.renew();
    if (typeof halt === 'string') return halt;
    block.leave(halt.at);
  }
}

/** Where to begin so that `parts` have about the same number of blocks each. @returns one more than parts: the last is `upTo` */
export function stretches(after: number, upTo: number, parts: number, size = 2 ** LEVELS): number[] {
  const first = Math.ceil(after / size);
  const blocks = Math.max(0, Math.floor(upTo / size) - first);
  const starts = Array.from({ length: parts }, (_, i) => (first + Math.round((blocks * i) / parts)) * size);
  return [...starts, upTo];
}
