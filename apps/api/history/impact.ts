import type { EventLog, LogEvent } from '#lib/log/log';

/** Where an impact begins: entries, or all that one run of kubectl or one command wrote. */
export interface ImpactRoots {
  readonly revision?: number;
  readonly session?: string;
  readonly command?: string;
}

/**
 * The revisions of all that the roots caused, directly or through others, up to `upTo`, in the order of the log; the roots come first.
 * A cause always comes before its effect, so one pass over what follows the first root finds them all.
 */
export async function impactOf(log: EventLog, asked: ImpactRoots, upTo: number): Promise<{ roots: number[]; effects: number[] }> {
  const roots = await rootsOf(log, asked, upTo);
  const [first] = roots;
  if (first === undefined) return { roots, effects: [] };
  const reached = new Set(roots);
  const effects: number[] = [];
  for await (const page of log.outline({ after: first, upTo })) {
    for (const { revision, cause } of page) {
      if (reached.has(revision) || !cause.some((one) => reached.has(one))) continue;
      reached.add(revision);
      effects.push(revision);
    }
  }
  return { roots, effects };
}

async function rootsOf(log: EventLog, { revision, session, command }: ImpactRoots, upTo: number): Promise<number[]> {
  if (revision !== undefined) return (await log.event(revision)) && revision <= upTo ? [revision] : [];
  const found: LogEvent[] = [];
  const range = { upTo, ...(session !== undefined && { session }), ...(command !== undefined && { command }) };
  for await (const page of log.read(range)) found.push(...page);
  return found.map((event) => event.revision);
}
