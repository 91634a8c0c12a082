import { Erasure } from '#lib/api/decklog/erasure';
import { badRequest } from '#lib/api/errors';
import { kinds, storedKind } from '#lib/api/kinds';
import { PruneDigest, type Pruner } from '#lib/log/retention/prune';
import type { Kernel } from '../kernel';
import type { Origin } from '../write/writer';
import { recordErasure } from './erasures';

/** How long the versions of each resource are kept; what is not named is kept for `rest`. */
export interface Retention {
  /** Milliseconds by resource; undefined keeps for ever. */
  readonly keep: ReadonlyMap<string, number | undefined>;
  readonly rest: number | undefined;
  /** The same for the record of requests. */
  readonly requests?: number;
}

/** What one run took of one resource, or would take. */
export interface Pruning {
  readonly resource: string;
  /** The earliest revision at which it can be read after that. */
  readonly earliest: number;
  readonly entries: number;
  readonly pruned: number;
  readonly bytes: number;
}

/** Entries that one Erasure takes. */
const AT_A_TIME = 50_000;

/** What `retention` would do now. @throws ApiError 400 when the log cannot be pruned */
export async function previewRetention(kernel: Kernel, retention: Retention, now: Date): Promise<Pruning[]> {
  const pruner = prunerOf(kernel);
  const plans: Pruning[] = [];
  for (const resource of resourcesOf(retention, kernel.world)) {
    const earliest = await earliestOf(kernel, retention, resource, now);
    if (earliest === 0) continue;
    const { entries, prunable, bytes } = await pruner.preview(resource, earliest);
    plans.push({ resource, earliest, entries, pruned: prunable, bytes });
  }
  return plans;
}

/** Prunes, and drops partitions that are empty after that. First the Erasure, so that nobody is told of a past that is going. */
export async function applyRetention(
  kernel: Kernel,
  origin: Origin,
  retention: Retention,
  reason: string,
  now: Date,
): Promise<{ prunings: Pruning[]; partitions: readonly string[]; requests: number }> {
  const pruner = prunerOf(kernel);
  const prunings = await previewRetention(kernel, retention, now);
  for (const { resource, earliest } of prunings) await pruneResource(kernel, pruner, origin, resource, earliest, reason);
  const oldest = Math.min(...prunings.map(({ earliest }) => earliest));
  const partitions = prunings.length > 0 ? await pruner.dropEmptyPartitions(oldest) : [];
  const { requests: age } = retention;
  const requests = age === undefined ? 0 : await kernel.keeper.requests.dropBefore(new Date(now.getTime() - age));
  return { prunings, partitions, requests };
}

async function pruneResource(
  kernel: Kernel,
  pruner: Pruner,
  origin: Origin,
  resource: string,
  earliest: number,
  reason: string,
): Promise<void> {
  for (;;) {
    const next = await pruner.next(resource, earliest, AT_A_TIME);
    if (next.length === 0) return;
    const digest = new PruneDigest();
    for (const entry of next) digest.add(entry);
    const spec = {
      what: 'Prune',
      reason,
      by: origin.actor.user,
      resource,
      earliest,
      entries: digest.entries,
      digest: digest.end(),
    } as const;
    const erasure = await recordErasure(kernel, origin, spec);
    await pruner.prune(
      next.map(({ revision }) => revision),
      Number(erasure.metadata.resourceVersion),
    );
  }
}

/**
 * Every resource with a limit, which is what whoever prunes needs the verb `prune` on. Erasures are never pruned: they are what the chain
 * over pruned entries stands on.
 */
export function resourcesOf({ keep, rest }: Retention, { custom }: Kernel['world']): string[] {
  const stored = [...new Set([...kinds, ...custom.stored()].map((kind) => storedKind(kind).resource))];
  for (const resource of keep.keys()) if (!stored.includes(resource)) throw badRequest(`there is no resource ${JSON.stringify(resource)}`);
  return stored.filter((resource) => resource !== Erasure.resource && (keep.has(resource) ? keep.get(resource) : rest) !== undefined);
}

/** The last revision that is too old to be asked for. 0: nothing is. */
function earliestOf({ log, world }: Kernel, { keep, rest }: Retention, resource: string, now: Date): Promise<number> | number {
  const age = keep.has(resource) ? keep.get(resource) : rest;
  if (age === undefined) return 0;
  return age === 0 ? world.revision : log.revisionAt(new Date(now.getTime() - age));
}

function prunerOf({ keeper }: Kernel): Pruner {
  if (!keeper.pruner) throw badRequest('only a log in PostgreSQL can be pruned');
  return keeper.pruner;
}
