import { createHash } from 'node:crypto';
import type { Checkpoint, EventLog } from '#lib/log/log';
import { Frontier, leafHash } from '#lib/log/proof/merkle';
import type { MerkleTree } from '#lib/log/proof/merkle-tree';
import type { TreeStore } from '#lib/log/proof/tree-store';
import type { ChangeLine, StoredCheckpoint, ViewStore } from './view-store';

/** A view that is not what the log says. */
export interface Mismatch {
  readonly view: 'world' | 'checkpoint' | 'head' | 'tree' | 'bus' | 'keys';
  /** What is wrong, where, for a human. */
  readonly detail: string;
}

/** Where the last entry of every object that lives is, by `resource/namespace/name`. */
export type LiveEntries = ReadonlyMap<string, number>;

/** `secrets/default/db`; the namespace is '' for objects of the cluster. */
export const addressOf = ({ resource, namespace, name }: Pick<ChangeLine, 'resource' | 'namespace' | 'name'>): string =>
  `${resource}/${namespace}/${name}`;

/**
 * Folds the whole log, from the first entry on and not from any checkpoint, and passes by `at` the given revisions (ascending) with
 * what lived then.
 */
export async function foldAddresses(
  views: ViewStore,
  revision: number,
  stops: readonly number[],
  at: (stop: number, live: LiveEntries) => void,
): Promise<LiveEntries> {
  const live = new Map<string, number>();
  const left = [...stops];
  const pass = (next: number): void => {
    while (left.length > 0 && (left[0] as number) < next) at(left.shift() as number, live);
  };
  for await (const page of views.changes(0, revision)) {
    for (const line of page) {
      pass(line.revision);
      if (line.type === 'DELETED') live.delete(addressOf(line));
      else live.set(addressOf(line), line.revision);
    }
  }
  pass(Number.POSITIVE_INFINITY);
  return live;
}

/** SHA-256 over every object that lives and the revision of its last entry, in the order of their names. Equal digests, equal worlds. */
export function digestOf(live: LiveEntries): string {
  const digest = createHash('sha256');
  for (const [address, revision] of [...live].sort(([a], [b]) => (a < b ? -1 : 1))) digest.update(`${address} ${revision}\n`);
  return digest.digest('hex');
}

const sortedEntries = (live: LiveEntries): [address: string, revision: number][] => [...live].sort(([, a], [, b]) => a - b);
const sortedRevisions = (live: LiveEntries): number[] => sortedEntries(live).map(([, revision]) => revision);
const resourceOf = (address: string): string => address.slice(0, address.indexOf('/'));

/** Compares the stored checkpoints with the log; answers what lives at `revision` too. */
export async function checkCheckpoints(
  views: ViewStore,
  revision: number,
): Promise<{ mismatches: Mismatch[]; live: LiveEntries; checked: number }> {
  const stored = (await views.checkpoints()).filter((checkpoint) => checkpoint.revision <= revision);
  const byRevision = new Map(stored.map((checkpoint) => [checkpoint.revision, checkpoint]));
  const differing: { stop: number; missing: readonly number[]; extra: readonly number[] }[] = [];
  const mismatches: Mismatch[] = [];
  const live = await foldAddresses(views, revision, [...byRevision.keys()], (stop, then) => {
    const { live: held, resources } = byRevision.get(stop) as StoredCheckpoint;
    if (!held) return void mismatches.push({ view: 'checkpoint', detail: `the checkpoint of revision ${stop} cannot be read` });
    if (resources && !namesRightly(held, resources, then))
      mismatches.push({ view: 'checkpoint', detail: `the checkpoint of revision ${stop} names other resources than the log` });
    const [has, wanted] = [new Set(held), new Set(then.values())];
    differing.push({ stop, missing: sortedRevisions(then).filter((one) => !has.has(one)), extra: held.filter((one) => !wanted.has(one)) });
  });
  for (const { stop, missing, extra } of differing) {
    // Of what retention took, nobody may ask at such an old revision any more.
    const pruned = extra.length > 0 ? await views.prunedAmong(extra) : new Set<number>();
    const problem = checkpointProblem(
      missing,
      extra.filter((one) => !pruned.has(one)),
    );
    if (problem) mismatches.push({ view: 'checkpoint', detail: `the checkpoint of revision ${stop} ${problem}` });
  }
  return { mismatches, live, checked: stored.length };
}

function namesRightly(held: readonly number[], resources: readonly string[], live: LiveEntries): boolean {
  const told = new Map(held.map((revision, i) => [revision, resources[i]]));
  return (
    held.length === resources.length &&
    [...live].every(([address, revision]) => !told.has(revision) || told.get(revision) === resourceOf(address))
  );
}

function checkpointProblem(missing: readonly number[], extra: readonly number[]): string | undefined {
  if (extra.length === 0 && missing.length === 0) return undefined;
  const told = [
    ...(missing.length > 0 ? [`lacks ${someOf(missing)}`] : []),
    ...(extra.length > 0 ? [`has ${someOf(extra)} too many`] : []),
  ];
  return `is not what the log says: it ${told.join(', ')}`;
}

const someOf = (revisions: readonly number[]): string =>
  `${revisions.slice(0, 3).join(', ')}${revisions.length > 3 ? ` and ${revisions.length - 3} more` : ''}`;

/** The head row against the last entry. */
export async function checkHead(log: EventLog, views: ViewStore): Promise<Mismatch[]> {
  const last = await views.lastRow();
  const head = await log.head(); // after, so that an append between the two makes no mismatch
  if (last && last.revision > head.revision) {
    return [{ view: 'head', detail: `the head row is at revision ${head.revision}, but the last entry is ${last.revision}` }];
  }
  const named = head.revision === 0 ? undefined : await log.event(head.revision);
  if (head.revision > 0 && named?.hash !== head.hash) {
    return [
      {
        view: 'head',
        detail: named
          ? `the head row names another entry ${head.revision} than the log holds`
          : `the head row is at revision ${head.revision}, but that entry is missing`,
      },
    ];
  }
  return [];
}

/** The stored nodes of the Merkle tree against the entries. @throws EntryMissing */
export async function checkTree(tree: MerkleTree, trees: TreeStore, size: number): Promise<Mismatch[]> {
  const frontier = new Frontier();
  for await (const page of trees.entryHashes(0, size)) for (const hash of page) frontier.add(leafHash(hash));
  const [stored, root] = [await tree.root(size), frontier.root()];
  if (stored.equals(root)) return [];
  return [
    {
      view: 'tree',
      detail: `the stored nodes of the Merkle tree lead to the root ${stored.toString('hex')}, but the entries to ${root.toString('hex')}`,
    },
  ];
}

/** Keys without an object. */
export async function checkKeys(views: ViewStore): Promise<Mismatch[]> {
  return (await views.orphanKeys()).map((uid) => ({
    view: 'keys' as const,
    detail: `there is a data key for ${uid}, but no entry about such an object`,
  }));
}

function checkpointOf(revision: number, then: LiveEntries): Checkpoint {
  const entries = sortedEntries(then);
  return { revision, live: entries.map(([, one]) => one), resources: entries.map(([address]) => resourceOf(address)) };
}

/** Folds every checkpoint again, at the revisions where they were, and stores them in place of what was there. */
export async function rebuildCheckpoints(views: ViewStore, revision: number): Promise<{ live: LiveEntries; checkpoints: number }> {
  const stops = [
    ...new Set([...(await views.checkpoints()).map((checkpoint) => checkpoint.revision).filter((one) => one <= revision), revision]),
  ];
  const made: Checkpoint[] = [];
  const live = await foldAddresses(views, revision, stops, (stop, then) => made.push(checkpointOf(stop, then)));
  await views.replaceCheckpoints(made);
  return { live, checkpoints: made.length };
}

/** The digest of what lives at `revision` as a start would find it: from the newest checkpoint on. */
export async function digestFromCheckpoint(log: EventLog, views: ViewStore, revision: number): Promise<string> {
  const checkpoint = await log.checkpointBefore(revision);
  const live = new Map<string, number>();
  if (checkpoint)
    for await (const page of log.readRevisions(checkpoint.live)) for (const event of page) live.set(addressOf(event), event.revision);
  for await (const page of views.changes(checkpoint?.revision ?? 0, revision)) {
    for (const line of page) {
      if (line.type === 'DELETED') live.delete(addressOf(line));
      else live.set(addressOf(line), line.revision);
    }
  }
  return digestOf(live);
}
