import { kinds, storedKind } from '#lib/api/kinds';
import { badRequest } from '#lib/api/errors';
import { bundleLines, type BaseRow, type BundleHeader } from '#lib/log/bundle/bundle';
import { foldAddresses } from '#lib/log/views/fsck';
import { ZERO_HASH } from '#lib/log/hash';
import type { EventLog } from '#lib/log/log';
import { rowsOf, type Verifiable } from '#lib/log/proof/verify';
import type { HashedRow } from '#lib/log/entry/stored-row';
import type { PrunedEntry } from '#lib/log/retention/prune';
import type { Kernel } from '../kernel';

/**
 * A stretch of the log with the world before it and the proof of both, as lines. The same stretch gives the same bytes. @throws ApiError
 * 400
 */
export async function exportLines(kernel: Kernel, from: number, to: number): Promise<AsyncIterable<string>> {
  const { log, keeper, world } = kernel;
  if (from < 1 || to < from) throw badRequest(`${from}..${to} is no range of revisions`);
  if (to > world.revision) throw badRequest(`revision ${to} is in the future: the log is at revision ${world.revision}`);
  const before = await foldAddresses(keeper.views, from - 1, [], () => undefined);
  const head = await keeper.notary.headAt(to);
  const header: BundleHeader = {
    format: 'decklog/bundle/v1',
    from,
    to,
    head,
    publicKey: keeper.notary.signer.publicKey,
    previous: await hashAt(kernel, from - 1),
    horizons: horizonsAfter(kernel, from - 1),
  };
  const { entryHashes } = keeper.trees;
  return bundleLines({
    header,
    base: baseRows(
      kernel,
      [...before.values()].sort((a, b) => a - b),
    ),
    entries: rowsOf(log, { after: from - 1, upTo: to }),
    pruned: prunedIn(log, from - 1, to),
    entryHashes: () => entryHashes.call(keeper.trees, 0, to),
  });
}

/** What was pruned later than the bundle begins cannot be read at its beginning. */
function horizonsAfter({ horizons, world }: Kernel, revision: number): Record<string, number> {
  const resources = [...new Set([...kinds, ...world.custom.stored()].map((kind) => storedKind(kind).resource))].sort();
  return Object.fromEntries(
    resources.map((resource) => [resource, horizons.of(resource)] as const).filter(([, earliest]) => earliest > revision),
  );
}

/** The rows with these revisions, each with the hash that it builds on. */
async function* baseRows(kernel: Kernel, revisions: readonly number[]): AsyncIterable<readonly BaseRow[]> {
  const { log } = kernel;
  for (let start = 0; start < revisions.length; start += 200) {
    const page = revisions.slice(start, start + 200);
    yield await Promise.all(
      page.map(async (revision) => ({ ...(await rowAt(log, revision)), previous: await hashAt(kernel, revision - 1) })),
    );
  }
}

async function rowAt(log: Verifiable, revision: number): Promise<HashedRow> {
  for await (const [row] of rowsOf(log, { after: revision - 1, upTo: revision })) if (row) return row;
  throw new Error(`entry ${revision} is missing`);
}

async function hashAt({ keeper }: Kernel, revision: number): Promise<string> {
  if (revision === 0) return ZERO_HASH;
  for await (const [hash] of keeper.trees.entryHashes(revision - 1, revision)) return (hash as Buffer).toString('hex');
  throw new Error(`entry ${revision} is missing`);
}

async function* prunedIn(
  log: EventLog & Pick<Verifiable, 'readPruned'>,
  after: number,
  upTo: number,
): AsyncIterable<readonly PrunedEntry[]> {
  if (log.readPruned) yield* log.readPruned(after, upTo);
}
