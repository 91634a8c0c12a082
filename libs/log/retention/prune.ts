import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { MAKE_WHOLE, PARTITION_LIST, PRUNE, PRUNE_NEXT, PRUNE_PREVIEW, PRUNED, PRUNED_AMONG } from './prune-queries';

/** What is left of an entry whose content is gone. */
export interface PrunedEntry {
  readonly revision: number;
  /** Hex. */
  readonly hash: string;
  /** Revision of the Erasure that says so. */
  readonly erasure: number;
}

/** What a prune would take. */
export interface PrunePreview {
  /** All entries of the resource. */
  readonly entries: number;
  readonly prunable: number;
  /** Size of the prunable ones, as they are stored. */
  readonly bytes: number;
}

const PAGE = 20_000;

/** What an Erasure says of the entries it takes: SHA-256 over `<revision> <hash>\n` of each, ascending. */
export class PruneDigest {
  private readonly digest = createHash('sha256');
  entries = 0;

  add({ revision, hash }: Pick<PrunedEntry, 'revision' | 'hash'>): void {
    this.digest.update(`${revision} ${hash}\n`);
    this.entries++;
  }

  /** Hex; ends it. */
  end(): string {
    return this.digest.digest('hex');
  }
}

/** Takes the content of entries out of a log in PostgreSQL. Their hashes stay, so that the chain still verifies. */
export class Pruner {
  constructor(private readonly pool: Pool) {}

  /** @param earliest the revision from which on the resource must stay readable */
  async preview(resource: string, earliest: number): Promise<PrunePreview> {
    const { rows } = await this.pool.query<Record<keyof PrunePreview, string>>({ ...PRUNE_PREVIEW, values: [resource, earliest] });
    const row = rows[0] as Record<keyof PrunePreview, string>;
    return { entries: Number(row.entries), prunable: Number(row.prunable), bytes: Number(row.bytes) };
  }

  /** The oldest entries that may go. */
  async next(resource: string, earliest: number, limit: number): Promise<readonly Pick<PrunedEntry, 'revision' | 'hash'>[]> {
    const { rows } = await this.pool.query<{ revision: string; hash: Buffer }>({ ...PRUNE_NEXT, values: [resource, earliest, limit] });
    return rows.map(({ revision, hash }) => ({ revision: Number(revision), hash: hash.toString('hex') }));
  }

  /** Replaces these entries by their hashes: all, or none. */
  async prune(revisions: readonly number[], erasure: number): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query({ ...MAKE_WHOLE, values: [revisions] });
      const { rowCount } = await client.query({ ...PRUNE, values: [revisions, erasure] });
      if (rowCount !== revisions.length)
        throw new Error(`of ${revisions.length} entries only ${rowCount} are still there: nothing was pruned`);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }

  /** Which of these were pruned. */
  async among(revisions: readonly number[]): Promise<ReadonlySet<number>> {
    const { rows } = await this.pool.query<{ revision: string }>({ ...PRUNED_AMONG, values: [revisions] });
    return new Set(rows.map(({ revision }) => Number(revision)));
  }

  /** Drops partitions below `revision` that hold nothing any more, and answers their names. Readers and writers go on meanwhile. */
  async dropEmptyPartitions(revision: number): Promise<readonly string[]> {
    const { rows } = await this.pool.query<{ name: string; before: string }>(PARTITION_LIST);
    const dropped: string[] = [];
    for (const { name, before } of rows) {
      if (Number(before) > revision) continue;
      if ((await this.pool.query(`SELECT 1 FROM ${name} LIMIT 1`)).rows.length > 0) continue;
      await this.pool.query(`ALTER TABLE entry DETACH PARTITION ${name} CONCURRENTLY`);
      await this.pool.query(`DROP TABLE ${name}`);
      dropped.push(name);
    }
    return dropped;
  }
}

/** The pruned entries in (after, upTo], in order. */
export async function* prunedEntries(pool: Pool, after: number, upTo: number): AsyncIterable<readonly PrunedEntry[]> {
  for (let last = after; last < upTo;) {
    const { rows } = await pool.query<{ revision: string; hash: Buffer; erasure: string }>({ ...PRUNED, values: [last, upTo, PAGE] });
    if (rows.length === 0) return;
    const page = rows.map(({ revision, hash, erasure }) => ({
      revision: Number(revision),
      hash: hash.toString('hex'),
      erasure: Number(erasure),
    }));
    last = page.at(-1)?.revision ?? upTo;
    yield page;
  }
}
