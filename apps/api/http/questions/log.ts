import type { LogEvent } from '#lib/log/log';
import { logQueryOf, rangeOf } from '../../history/log-query';
import { inTurns } from '../../history/reader';
import type { Asked, Question } from './question';

/** Entries as lines of JSON; those of objects that the user may not see are left out. */
export const log: Question = {
  method: 'GET',
  answer: (asked) => asked.sendLines(lines(asked)),
};

async function* lines(asked: Asked): AsyncIterable<string> {
  const query = logQueryOf(asked.query);
  const range = rangeOf(query);
  const { past } = asked.exchange;
  if (past !== undefined) Object.assign(range, { upTo: Math.min(past, range.upTo ?? past) });
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  for await (const page of asked.log.read({ ...range, limit: undefined })) {
    const wanted = page.filter((event) => asked.access.sees(event)).slice(0, left);
    left -= wanted.length;
    if (wanted.length > 0) yield (await inTurns(wanted, (event) => lineOf(asked, event, query.object === true))).join('');
    if (left <= 0) return;
  }
}

async function lineOf(asked: Asked, event: LogEvent, whole: boolean): Promise<string> {
  const { object, ...rest } = event;
  if (whole) return `${JSON.stringify(rest).slice(0, -1)},"object":${object}}\n`;
  const [told] = await asked.reader().told([event]);
  return `${JSON.stringify({ ...rest, summary: told?.summary })}\n`;
}
