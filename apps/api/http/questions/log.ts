import type { LogEvent } from '#lib/log/log';
import { logQueryOf, rangeOf } from '../../history/log-query';
import type { ToldEntry } from '../../history/entry';
import { objectFilter } from '../../history/kind-asked';
import { Teller } from '../../history/teller';
import type { Asked, Question } from './question';

/** Entries as lines of JSON; those of objects that the user may not see are left out. */
export const log: Question = {
  method: 'GET',
  answer: (asked) => asked.sendLines(lines(asked)),
};

async function* lines(asked: Asked): AsyncIterable<string> {
  const query = await objectFilter(logQueryOf(asked.query), asked.kernel.world, asked.log);
  const range = rangeOf(query);
  const { past } = asked.exchange;
  if (past !== undefined) Object.assign(range, { upTo: Math.min(past, range.upTo ?? past) });
  // Of entries that pass a filter on who asked, or that come backwards, the one before is not the version that was changed.
  const teller = range.descending || range.user !== undefined || range.verb !== undefined ? asked.reader() : new Teller(asked.reader());
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  for await (const page of asked.log.read({ ...range, limit: undefined })) {
    const wanted = page.filter((event) => asked.access.sees(event)).slice(0, left);
    left -= wanted.length;
    if (wanted.length > 0) yield query.object ? wanted.map(wholeLine).join('') : linesOf(wanted, await teller.told(wanted));
    if (left <= 0) return;
  }
}

function wholeLine({ object, ...rest }: LogEvent): string {
  return `${JSON.stringify(rest).slice(0, -1)},"object":${object}}\n`;
}

const linesOf = (events: readonly LogEvent[], told: readonly ToldEntry[]): string =>
  events.map(({ object: _, ...rest }, i) => `${JSON.stringify({ ...rest, summary: told[i]?.summary })}\n`).join('');
