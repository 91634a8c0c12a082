import { setTimeout as sleep } from 'node:timers/promises';
import type { NamedQuery } from '#lib/log/database/queries';
import type { RawRow } from '#lib/log/entry/stored-row';

/** For so long from the beginning of a look that showed it, its holder may rely on the lease, in milliseconds. */
export const LEASE_MS = 1_000;

/** So long after it was recalled a lease is over, given back or not. Clocks may differ in speed a little. */
const OVER_AFTER_MS = LEASE_MS + 200;

const ASK_EVERY_MS = 20;

/** What stands in a writer's way, if anything does. $1 the writer. */
const RECALL: NamedQuery = { name: 'recall', text: 'UPDATE head SET recalled = true WHERE reader <> $1::uuid RETURNING reader::text' };

/** $1 whose it was. */
const IS_HELD: NamedQuery = { name: 'is_held', text: 'SELECT recalled FROM head WHERE reader = $1::uuid' };

/** Not where it was given back meanwhile, and taken again: then it has to be recalled again. $1 whose it was. */
const END: NamedQuery = { name: 'end_lease', text: 'UPDATE head SET reader = NULL, recalled = false WHERE reader = $1::uuid AND recalled' };

/** Nobody's lease is taken by whoever comes first; the revision is that of the moment. $1 the writer. */
export const TAKE_LEASE = 'UPDATE head SET reader = $1::uuid, recalled = false WHERE reader IS NULL RETURNING revision::int';

/** $1 the writer. */
export const GIVE_BACK = 'UPDATE head SET reader = NULL, recalled = false WHERE reader = $1::uuid';

/**
 * The read lease: while `head.reader` names a writer, no other can append (append-queries.ts), so his own world is the newest there is and
 * he answers reads without asking. Another one who wants to write recalls it, and waits until it was given back, or until the holder's last
 * look at it cannot hold any more: he may be dead. It stands in the row that every append changes, because nothing else is sure: sessions
 * and the locks they hold end with a restart of PostgreSQL, while those who held them write on.
 *
 * @returns whether a lease of somebody else stood in the way; it is gone then
 */
export async function endLeaseOfOthers(
  writer: string,
  query: (query: NamedQuery, values: readonly unknown[]) => Promise<readonly RawRow[]>,
): Promise<boolean> {
  const [row] = await query(RECALL, [writer]);
  if (!row) return false;
  const [holder] = row;
  for (const end = performance.now() + OVER_AFTER_MS; performance.now() < end;) {
    if ((await query(IS_HELD, [holder])).length === 0) return true;
    await sleep(ASK_EVERY_MS);
  }
  await query(END, [holder]);
  return true;
}
