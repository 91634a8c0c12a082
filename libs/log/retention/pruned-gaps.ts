import { Erasure } from '#lib/api/decklog/erasure';
import { PruneDigest, type PrunedEntry } from './prune';
import type { HashedRow } from '#lib/log/entry/stored-row';

/** Reads what is left of the pruned entries in (after, upTo]. */
export type PrunedSource = (after: number, upTo: number) => AsyncIterable<readonly PrunedEntry[]>;

/** Goes through the pruned entries beside a walk over the rows, and fills the gaps between those. */
export class PrunedGaps {
  private readonly pages: AsyncIterator<readonly PrunedEntry[]> | undefined;
  private page: readonly PrunedEntry[] = [];
  private next = 0;

  constructor(
    private readonly source: PrunedSource | undefined,
    after: number,
    upTo: number,
  ) {
    this.pages = source?.(after, upTo)[Symbol.asyncIterator]();
  }

  /** The pruned entries in (after, upTo], in order. Fewer than that many: something is missing. */
  async between(after: number, upTo: number): Promise<readonly PrunedEntry[]> {
    if (!this.source) return [];
    const found: PrunedEntry[] = [];
    for (let entry = await this.peek(); entry && entry.revision <= upTo; entry = await this.peek()) {
      if (entry.revision > after) found.push(entry);
      this.next++;
    }
    if (found.length === upTo - after) return found;
    const again: PrunedEntry[] = []; // they may have been pruned after this page was read
    for await (const page of this.source(after, upTo)) again.push(...page);
    return again;
  }

  private async peek(): Promise<PrunedEntry | undefined> {
    if (this.next >= this.page.length) {
      const { value, done } = (await this.pages?.next()) ?? { value: undefined, done: true };
      [this.page, this.next] = [done ? [] : (value as readonly PrunedEntry[]), 0];
    }
    return this.page[this.next];
  }
}

/**
 * Whether every pruned entry was taken by an Erasure that says so: an entry of the log like any other, later than what it took, which
 * holds the number and the digest of their hashes. So what is pruned cannot be more, less, or something else than was written down.
 */
export class Takings {
  private readonly taken = new Map<number, { readonly digest: PruneDigest; readonly first: number }>();

  add(entry: PrunedEntry): void {
    const taking = this.taken.get(entry.erasure) ?? { digest: new PruneDigest(), first: entry.revision };
    taking.digest.add(entry);
    this.taken.set(entry.erasure, taking);
  }

  /** Whether entries were met that are said to be pruned by this one. */
  isTaking(revision: number): boolean {
    return this.taken.has(revision);
  }

  /** Whether `isTaking` any in (after, upTo]. */
  isTakingWithin(after: number, upTo: number): boolean {
    for (const revision of this.taken.keys()) if (revision > after && revision <= upTo) return true;
    return false;
  }

  /** Looks at a sound row; what is wrong when it is an Erasure that does not fit. One that was never carried out fits. */
  problem(row: HashedRow): string | undefined {
    const taking = this.taken.get(row.revision);
    if (!taking) return undefined;
    this.taken.delete(row.revision);
    const spec = row.resource === Erasure.resource ? (JSON.parse(row.object) as Erasure).spec : undefined;
    if (spec?.what !== 'Prune') return `entries are said to be pruned by entry ${row.revision}, which is no such Erasure`;
    if (spec.entries === taking.digest.entries && spec.digest === taking.digest.end()) return undefined;
    return `the ${taking.digest.entries} entries that are said to be pruned by entry ${row.revision} are not the ${spec.entries} that it names`;
  }

  /** The first pruned entry for which no Erasure was met. */
  orphan(): number | undefined {
    const firsts = [...this.taken.values()].map(({ first }) => first);
    return firsts.length === 0 ? undefined : Math.min(...firsts);
  }
}
