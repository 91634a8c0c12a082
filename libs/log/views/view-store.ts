import type { Pool } from 'pg';
import { decodeNumbers, storedCheckpoint } from '#lib/log/read/checkpoint';
import { decodeAscending } from '#lib/log/entry/delta';
import { EntryNames } from '#lib/log/entry/entry-names';
import type { ChangeType, Checkpoint, EventLog } from '#lib/log/log';
import { Pruner } from '#lib/log/retention/prune';
import { SAVE_CHECKPOINT } from '#lib/log/database/queries';
import { AS_TEXT, typeOf } from '#lib/log/entry/stored-row';
import { CHANGES, CHECKPOINTS, CLEAR_CHECKPOINTS, DROP_KEYS, LAST_ROW, ORPHAN_KEYS } from './view-queries';

/** Entries without their content: what a fold of the addresses needs. */
export interface ChangeLine {
  readonly revision: number;
  readonly type: ChangeType;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** A checkpoint as it is stored; without `live` it cannot be read. */
export interface StoredCheckpoint {
  readonly revision: number;
  readonly live?: readonly number[];
  readonly resources?: readonly string[];
}

/** What is kept beside the log and can be folded again from it. */
export interface ViewStore {
  /** The entries in (after, upTo], in order. */
  changes(after: number, upTo: number): AsyncIterable<readonly ChangeLine[]>;
  /** All checkpoints, in the order of their revisions. */
  checkpoints(): Promise<readonly StoredCheckpoint[]>;
  /** Throws all checkpoints away and stores these. */
  replaceCheckpoints(checkpoints: readonly Checkpoint[]): Promise<void>;
  /** The last entry in the table, whatever the head row says. */
  lastRow(): Promise<{ readonly revision: number; readonly hash: string } | undefined>;
  /** Which of these revisions were pruned. */
  prunedAmong(revisions: readonly number[]): Promise<ReadonlySet<number>>;
  /** Uids with a key but without an entry. Keys of the last minute are left out: theirs may be under way. */
  orphanKeys(): Promise<readonly string[]>;
  dropKeys(uids: readonly string[]): Promise<void>;
}

const PAGE = 20_000;

/** In the tables beside `event`. */
export class PostgresViewStore implements ViewStore {
  private readonly names: EntryNames;

  constructor(private readonly pool: Pool) {
    this.names = new EntryNames(
      async (query, values) =>
        (await pool.query<(string | null)[]>({ ...query, values: [...values], rowMode: 'array', types: AS_TEXT })).rows,
    );
  }

  async *changes(after: number, upTo: number): AsyncIterable<readonly ChangeLine[]> {
    for (let last = after; last < upTo;) {
      const { rows } = await this.pool.query<ChangeLine>({ ...CHANGES, values: [last, upTo, PAGE] });
      if (rows.length === 0) return;
      const page = rows.map((row) => ({ ...row, revision: Number(row.revision), type: typeOf(row.type) }));
      last = page.at(-1)?.revision ?? upTo;
      yield page;
    }
  }

  async checkpoints(): Promise<readonly StoredCheckpoint[]> {
    const { rows } = await this.pool.query<{ revision: string; live: Buffer; resources: Buffer | null }>(CHECKPOINTS);
    const read = rows.map(({ revision, live, resources }) => ({ revision: Number(revision), ...decoded(live, resources) }));
    await this.names.prepare(new Set(read.flatMap(({ ids = [] }) => ids)), []);
    return read.map(({ ids, ...checkpoint }) => ({ ...checkpoint, ...(ids && { resources: ids.map((id) => this.names.nameOf(id)) }) }));
  }

  async replaceCheckpoints(checkpoints: readonly Checkpoint[]): Promise<void> {
    const stored = await Promise.all(checkpoints.map((checkpoint) => storedCheckpoint(checkpoint, this.names)));
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(CLEAR_CHECKPOINTS);
      for (const values of stored) await client.query({ ...SAVE_CHECKPOINT, values });
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }

  async lastRow(): Promise<{ revision: number; hash: string } | undefined> {
    const { rows } = await this.pool.query<{ revision: string; hash: Buffer }>(LAST_ROW);
    return rows[0] && { revision: Number(rows[0].revision), hash: rows[0].hash.toString('hex') };
  }

  prunedAmong(revisions: readonly number[]): Promise<ReadonlySet<number>> {
    return new Pruner(this.pool).among(revisions);
  }

  async orphanKeys(): Promise<readonly string[]> {
    return (await this.pool.query<{ uid: string }>(ORPHAN_KEYS)).rows.map(({ uid }) => uid);
  }

  async dropKeys(uids: readonly string[]): Promise<void> {
    await this.pool.query({ ...DROP_KEYS, values: [uids] });
  }
}

/** `ids`: numbers of the resources. */
function decoded(live: Buffer, resources: Buffer | null): Pick<StoredCheckpoint, 'live'> & { readonly ids?: readonly string[] } {
  try {
    return { live: decodeAscending(live), ...(resources && { ids: decodeNumbers(resources).map(String) }) };
  } catch {
    return {};
  }
}

/** Over a log that has nothing beside it. */
export class PlainViewStore implements ViewStore {
  constructor(private readonly log: EventLog) {}

  async *changes(after: number, upTo: number): AsyncIterable<readonly ChangeLine[]> {
    yield* this.log.read({ after, upTo });
  }

  async checkpoints(): Promise<readonly StoredCheckpoint[]> {
    const found: StoredCheckpoint[] = [];
    for (let before = (await this.log.head()).revision; ;) {
      const checkpoint = await this.log.checkpointBefore(before);
      if (!checkpoint) return found.reverse();
      found.push(checkpoint);
      before = checkpoint.revision - 1;
    }
  }

  async replaceCheckpoints(checkpoints: readonly Checkpoint[]): Promise<void> {
    for (const checkpoint of checkpoints) await this.log.saveCheckpoint(checkpoint);
  }

  async lastRow(): Promise<{ revision: number; hash: string } | undefined> {
    for await (const [event] of this.log.read({ descending: true, limit: 1 })) return event;
    return undefined;
  }

  async prunedAmong(): Promise<ReadonlySet<number>> {
    return new Set();
  }

  async orphanKeys(): Promise<readonly string[]> {
    return [];
  }

  async dropKeys(): Promise<void> {}
}
