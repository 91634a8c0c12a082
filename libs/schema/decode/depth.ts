import { DecodeError } from './decoding';

/**
 * Nesting that is refused. Upstream's limit is 10,000; ours is what the rest of the way can take: structuredClone and
 * JSON.stringify recurse, and on Node's default stack they end between 1,000 and 3,000. No kind needs more than 50.
 */
export const MAX_DEPTH = 1_000;

/** How many members all objects in a value have together. Throws DecodeError when it is nested too deep. */
export function countMembers(value: unknown): number {
  return members(value, 0);
}

function members(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth >= MAX_DEPTH) throw new DecodeError('exceeded max depth');
  let count = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (typeof value[i] === 'object') count += members(value[i], depth + 1);
    return count;
  }
  for (const key in value) {
    count++;
    const member = (value as Record<string, unknown>)[key];
    if (typeof member === 'object') count += members(member, depth + 1);
  }
  return count;
}

/** Shorter texts are parsed faster than they are looked at. */
const WORTH_A_LOOK = 16_384;

/**
 * True for JSON text that is nested deeper than MAX_DEPTH, found out before anything is made of it: 3 MiB of brackets take JSON.parse and
 * the garbage collector most of a second, and this 10 ms. Short text is left to `countMembers`; of wrong syntax the answer may be either.
 */
export function nestsTooDeep(text: string): boolean {
  if (text.length < WORTH_A_LOOK) return false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
      if (i < 0) return false;
    } else if (code === LEFT_BRACKET || code === LEFT_BRACE) {
      if (++depth > MAX_DEPTH) return true;
    } else if (code === RIGHT_BRACKET || code === RIGHT_BRACE) depth--;
  }
  return false;
}

const [QUOTE, BACKSLASH, LEFT_BRACKET, RIGHT_BRACKET, LEFT_BRACE, RIGHT_BRACE] = [34, 92, 91, 93, 123, 125];

/** The quote that ends the string which begins at `open`, or -1. */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close >= 0; close = text.indexOf('"', close + 1)) {
    let slashes = 0;
    while (text.charCodeAt(close - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return close;
  }
  return -1;
}
