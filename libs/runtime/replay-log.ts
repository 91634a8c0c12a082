import type { EventLog } from '#lib/log/log';
import type { Controller } from '#lib/reconcile/controller';
import { Replay, type Divergence, type PendingDecision, type ReplayResult } from '#lib/reconcile/replay';
import { sha256 } from './execute';

/** Which part of the log to replay. */
export interface ReplayLogOptions {
  /** Decisions whose entries have a greater revision. Default 0; a checkpoint spares folding from the beginning. */
  readonly after?: number;
  /** Default: the head. */
  readonly upTo?: number;
}

/** What came of it. */
export interface ReplayLogResult {
  readonly checked: number;
  /** By the revision of the first entry that the decision wrote. */
  readonly divergences: readonly Divergence[];
  /** Decisions of controllers that this code does not have. */
  readonly unknown: number;
  /** Decisions made before `after` in a world that this replay did not fold. */
  readonly unchecked: number;
}

/**
 * Makes every recorded decision of the log again with today's code. One pass; a second one only for decisions that took
 * longer to be written than the window of the first.
 */
export async function replayLog(
  log: Pick<EventLog, 'head' | 'read' | 'readRevisions' | 'checkpointBefore'>,
  controllers: readonly Controller[],
  options: ReplayLogOptions = {},
): Promise<ReplayLogResult> {
  const upTo = options.upTo ?? (await log.head()).revision;
  const first = await pass(log, controllers, { after: options.after ?? 0, upTo });
  if (first.late.length === 0) return { ...first, unchecked: 0 };
  const second = await pass(log, controllers, { after: 0, upTo }, first.late);
  const divergences = [...first.divergences, ...second.divergences].sort((a, b) => a.revision - b.revision);
  return { checked: first.checked + second.checked, divergences, unknown: first.unknown + second.unknown, unchecked: second.late.length };
}

async function pass(
  log: Pick<EventLog, 'read' | 'readRevisions' | 'checkpointBefore'>,
  controllers: readonly Controller[],
  { after, upTo }: Required<ReplayLogOptions>,
  late?: readonly PendingDecision[],
): Promise<ReplayResult> {
  // Decisions are made on a world that is somewhat older than their entries, so folding begins well before the first of those.
  const checkpoint = after > 0 ? await log.checkpointBefore(after) : undefined;
  const run = new Replay(controllers, { sha256, late, minRevision: after });
  if (checkpoint) {
    for await (const page of log.readRevisions(checkpoint.live)) for (const event of page) run.seed(event);
    run.startAt(checkpoint.revision);
  }
  for await (const page of log.read({ after: checkpoint?.revision ?? 0, upTo })) for (const event of page) run.add(event);
  return run.finish();
}
