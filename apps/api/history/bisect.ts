/** One look at the cluster. */
export interface Look {
  readonly revision: number;
  readonly holds: boolean;
}

/** Where an invariant was broken: it holds at the revision before `broken`, and not there. */
export interface Found {
  /** Absent when there is none to find: see `why`. */
  readonly broken?: number;
  /** `never`: it still holds at the end. `always`: it does not hold at the beginning. */
  readonly why?: 'never' | 'always';
  readonly looks: readonly Look[];
}

/**
 * The first revision after `good` at which `holds` is false, where it is true up to there and false from there to `bad`; where it changes
 * more than once, one of the revisions at which it turns false. The ends are believed, and looked at only when the answer hangs on them
 * alone: so it takes at most ⌈log2 n⌉ + 1 looks at n revisions.
 */
export async function bisect(good: number, bad: number, holds: (revision: number) => Promise<boolean>): Promise<Found> {
  const looks: Look[] = [];
  const look = async (revision: number): Promise<boolean> => {
    const answer = await holds(revision);
    looks.push({ revision, holds: answer });
    return answer;
  };
  let [low, high] = [good, bad];
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (await look(middle)) low = middle;
    else high = middle;
  }
  if (high === bad && (await look(bad))) return { why: 'never', looks };
  if (low === good && !(await look(good))) return { why: 'always', looks };
  return { broken: high, looks };
}
