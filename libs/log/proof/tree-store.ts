import type { Pool } from 'pg';
import type { EventLog } from '#lib/log/log';
import { ADD_NODES, CLEAR_TREE, ENTRY_HASHES, NEWEST_TREE_HEAD, NODE_COUNT, NODES, SAVE_TREE_HEAD } from './proof-queries';
import type { SignedTreeHead } from './tree-head';

/** Entries whose hashes are read at a time. */
const PAGE = 10_000;

/** An entry whose hash a tree needs is not in the log. */
export class EntryMissing extends Error {
  constructor(readonly revision: number) {
    super(`entry ${revision} is missing: the log is damaged, see \`decklog verify\``);
    this.name = 'EntryMissing';
  }
}

/** What a Merkle tree is made of and where its nodes are kept. All but the issued heads is a view, and can be made anew. */
export interface TreeStore {
  /** The chain hashes of the entries in (after, upTo], in order. @throws EntryMissing */
  entryHashes(after: number, upTo: number): AsyncIterable<readonly Buffer[]>;
  /** How many nodes of this height are stored; they are stored from the first on, without holes. */
  nodeCount(height: number): Promise<number>;
  nodes(height: number, first: number, count: number): Promise<readonly Buffer[]>;
  addNodes(height: number, first: number, hashes: readonly Buffer[]): Promise<void>;
  /** Throws the nodes away. */
  clear(): Promise<void>;
  /** Remembers a head that somebody outside may hold. */
  saveHead(head: SignedTreeHead): Promise<void>;
  /** The newest issued head of at least this many entries. */
  newestHead(minSize: number): Promise<SignedTreeHead | undefined>;
}

/** In the tables `tree_node` and `tree_head`, beside the log. */
export class PostgresTreeStore implements TreeStore {
  constructor(private readonly pool: Pool) {}

  async *entryHashes(after: number, upTo: number): AsyncIterable<readonly Buffer[]> {
    for (let last = after; last < upTo;) {
      const end = Math.min(last + PAGE, upTo);
      const { rows } = await this.pool.query<{ revision: string; hash: Buffer }>({ ...ENTRY_HASHES, values: [last, end] });
      rows.forEach(({ revision }, i) => {
        if (Number(revision) !== last + 1 + i) throw new EntryMissing(last + 1 + i);
      });
      if (rows.length < end - last) throw new EntryMissing(last + rows.length + 1);
      yield rows.map(({ hash }) => hash);
      last = end;
    }
  }

  async nodeCount(height: number): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>({ ...NODE_COUNT, values: [height] });
    return Number(rows[0]?.count ?? 0);
  }

  async nodes(height: number, first: number, count: number): Promise<readonly Buffer[]> {
    const { rows } = await this.pool.query<{ hash: Buffer }>({ ...NODES, values: [height, first, first + count] });
    if (rows.length !== count) throw new Error(`the Merkle tree lacks nodes of height ${height}: rebuild it with \`decklog rebuild\``);
    return rows.map(({ hash }) => hash);
  }

  async addNodes(height: number, first: number, hashes: readonly Buffer[]): Promise<void> {
    await this.pool.query({ ...ADD_NODES, values: [height, first, hashes] });
  }

  async clear(): Promise<void> {
    await this.pool.query(CLEAR_TREE);
  }

  async saveHead(head: SignedTreeHead): Promise<void> {
    await this.pool.query({ ...SAVE_TREE_HEAD, values: [head.size, JSON.stringify(head)] });
  }

  async newestHead(minSize: number): Promise<SignedTreeHead | undefined> {
    const { rows } = await this.pool.query<{ head: SignedTreeHead }>({ ...NEWEST_TREE_HEAD, values: [minSize] });
    return rows[0]?.head;
  }
}

/** In memory, over any log: as long as its process lives. */
export class MemoryTreeStore implements TreeStore {
  private readonly heights = new Map<number, Buffer[]>();
  private heads: SignedTreeHead[] = [];

  constructor(private readonly log: EventLog) {}

  async *entryHashes(after: number, upTo: number): AsyncIterable<readonly Buffer[]> {
    let last = after;
    for await (const page of this.log.read({ after, upTo })) {
      for (const { revision } of page) if (revision !== ++last) throw new EntryMissing(last);
      yield page.map(({ hash }) => Buffer.from(hash, 'hex'));
    }
    if (last < upTo) throw new EntryMissing(last + 1);
  }

  async nodeCount(height: number): Promise<number> {
    return this.heights.get(height)?.length ?? 0;
  }

  async nodes(height: number, first: number, count: number): Promise<readonly Buffer[]> {
    return (this.heights.get(height) ?? []).slice(first, first + count);
  }

  async addNodes(height: number, first: number, hashes: readonly Buffer[]): Promise<void> {
    const nodes = this.heights.get(height) ?? [];
    hashes.forEach((hash, i) => (nodes[first + i] = hash));
    this.heights.set(height, nodes);
  }

  async clear(): Promise<void> {
    this.heights.clear();
  }

  async saveHead(head: SignedTreeHead): Promise<void> {
    this.heads = [...this.heads.filter(({ size }) => size !== head.size), head].sort((a, b) => a.size - b.size);
  }

  async newestHead(minSize: number): Promise<SignedTreeHead | undefined> {
    const newest = this.heads.at(-1);
    return newest && newest.size >= minSize ? newest : undefined;
  }
}
