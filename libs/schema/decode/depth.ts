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
