import { DecodeError } from './decoding';
import type { Decode } from './scalars';

const SECONDS = '2006-01-02T15:04:05Z07:00';
const MICROS = '2006-01-02T15:04:05.000000Z07:00';

/** Canonical already, and a day that every month has: nothing more to look at. Most times that arrive were made by us. */
const PLAIN = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const PLAIN_MICRO = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;

/** metav1.Time: RFC 3339, stored in UTC with whole seconds. */
export const decodeTime: Decode = (value, at) => {
  if (typeof value !== 'string') return at.fatalWrongType(value, 'string');
  if (PLAIN.test(value)) return value;
  const date = readTime(value, SECONDS);
  return `${date.toISOString().slice(0, 19)}Z`;
};

/** metav1.MicroTime: RFC 3339 with exactly six digits after the point. */
export const decodeMicroTime: Decode = (value, at) => {
  if (typeof value !== 'string') return at.fatalWrongType(value, 'string');
  if (PLAIN_MICRO.test(value)) return value;
  const date = readTime(value, MICROS);
  const micros = /\.(\d{6})/.exec(value)![1]!;
  return `${date.toISOString().slice(0, 19)}.${micros}Z`;
};

/** Milliseconds are enough here: the caller keeps the digits after the point. */
function readTime(text: string, layout: string): Date {
  const problem = timeProblem(text, layout);
  if (problem !== undefined) throw new DecodeError(problem);
  return new Date(text);
}

const RANGES: Readonly<Record<string, readonly [number, number, string]>> = {
  '01': [1, 12, 'month'],
  '15': [0, 23, 'hour'],
  '04': [0, 59, 'minute'],
  '05': [0, 59, 'second'],
};

/** What Go's time.Parse says about a text, or undefined. */
export function timeProblem(text: string, layout: string): string | undefined {
  let rest = text;
  const numbers: Record<string, number> = {};
  const fail = (element: string): string =>
    `parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(element)}`;
  for (const element of layout.match(/2006|\.000000|Z07:00|\d\d|\D/g)!) {
    const found = elementPattern(element).exec(rest);
    if (!found) return fail(element);
    const range = RANGES[element];
    if (range && (Number(found[0]) < range[0] || Number(found[0]) > range[1]))
      return `parsing time ${quote(text)}: ${range[2]} out of range`;
    numbers[element] = Number(found[0]);
    rest = rest.slice(found[0].length);
    // Go takes a fraction after the seconds even where the layout has none.
    if (element === '05' && layout === SECONDS) rest = rest.replace(/^[.,]\d+/, '');
  }
  if (rest !== '') return `parsing time ${quote(text)}: extra text: ${quote(rest)}`;
  const days = new Date(Date.UTC(numbers['2006']!, numbers['01']!, 0)).getUTCDate();
  return numbers['02']! < 1 || numbers['02']! > days ? `parsing time ${quote(text)}: day out of range` : undefined;
}

function elementPattern(element: string): RegExp {
  if (element === '2006') return /^\d{4}/;
  if (element === '.000000') return /^\.\d{6}/;
  if (element === 'Z07:00') return /^(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)/;
  if (/^\d\d$/.test(element)) return /^\d\d/;
  return element === 'T' ? /^T/ : new RegExp(`^${element}`);
}

const quote = (text: string): string => JSON.stringify(text);
