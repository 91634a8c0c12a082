import type { EventLog } from './log';
import { Notary } from '#lib/log/proof/notary';
import { PostgresLog } from './postgres-log';
import { Pruner } from '#lib/log/retention/prune';
import { MemoryRequestLog, PostgresRequestLog, type RequestLog } from './request-log';
import { HeadSigner } from '#lib/log/proof/tree-head';
import { MemoryTreeStore, PostgresTreeStore, type TreeStore } from '#lib/log/proof/tree-store';
import { PlainViewStore, PostgresViewStore, type ViewStore } from '#lib/log/views/view-store';

/** How far the Merkle tree may lag behind before it is grown in the background: a proof then waits for this many hashes at most. */
const GROW_EVERY = 4_096;

/** Who keeps what belongs to the log but is not the log. Made by `keeperOf`. */
export class Keeper {
  private grownTo = 0;

  constructor(
    readonly trees: TreeStore,
    readonly notary: Notary,
    readonly views: ViewStore,
    /** Only a log in PostgreSQL is pruned. */
    readonly pruner: Pruner | undefined,
    readonly requests: RequestLog,
  ) {}

  /** Told of the head from time to time; cheap when nothing is due. */
  headIs(revision: number): void {
    if (revision - this.grownTo < GROW_EVERY) return;
    this.grownTo = revision;
    this.notary.tree.grow(revision).catch(() => (this.grownTo = 0)); // whoever needs a proof hears why
  }
}

/** Beside a log in PostgreSQL in its database, else in memory. @param logKey PKCS #8 PEM of the Ed25519 key that signs heads */
export function keeperOf(log: EventLog, logKey: string): Keeper {
  const pool = log instanceof PostgresLog ? log.pool : undefined;
  const trees = pool ? new PostgresTreeStore(pool) : new MemoryTreeStore(log);
  const views = pool ? new PostgresViewStore(pool) : new PlainViewStore(log);
  return new Keeper(
    trees,
    new Notary(log, trees, new HeadSigner(logKey)),
    views,
    pool && new Pruner(pool),
    pool ? new PostgresRequestLog(pool) : new MemoryRequestLog(),
  );
}
