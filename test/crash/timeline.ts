import type { LogRow, Operation } from './history';

/** Pairs in the order of their time, with the highest revision up to there. */
function highest(points: readonly { at: number; revision: number }[]): { at: number; revision: number }[] {
  let top = -Infinity;
  return [...points].sort((a, b) => a.at - b.at).map(({ at, revision }) => ({ at, revision: (top = Math.max(top, revision)) }));
}

/** Where the log's order and the clients' clock meet: which revisions a request may have seen. */
export class Timeline {
  private readonly known: readonly { at: number; revision: number }[];
  private readonly begun: readonly { at: number; revision: number }[];

  constructor(operations: readonly Operation[], rows: readonly LogRow[]) {
    const byId = new Map(operations.map((operation) => [operation.id, operation]));
    const written = rows.flatMap((row) => {
      const by = byId.get(row.id);
      return by ? [{ by, revision: row.revision }] : [];
    });
    const answered = written.filter(({ by }) => by.outcome === 'ok').map(({ by, revision }) => ({ at: by.returned, revision }));
    const read = operations.flatMap(({ verb, outcome, returned, revision, found = [] }) =>
      outcome !== 'ok' || (verb !== 'get' && verb !== 'list') ? [] : [{ at: returned, revision: Math.max(revision ?? 0, ...found.map((one) => one.revision)) }],
    );
    this.known = highest([...answered, ...read]);
    // From the end: the lowest revision among those whose request began later.
    this.begun = highest(written.map(({ by, revision }) => ({ at: -by.invoked, revision: -revision })));
  }

  /** The newest revision that somebody had been told of before this moment: whoever asks then must see it. */
  knownBefore(at: number): number {
    return last(this.known, (point) => point.at < at)?.revision ?? 0;
  }

  /** The oldest revision that was only asked for after this moment: whoever had his answer by then cannot have seen it. */
  begunAfter(at: number): number {
    return -(last(this.begun, (point) => point.at < -at)?.revision ?? -Infinity);
  }
}

function last<T>(sorted: readonly T[], holds: (one: T) => boolean): T | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}
