import { badRequest } from '#lib/api/errors';
import type { Past } from '../read/past';
import { timeWritten } from '../read/written-time';

/**
 * A moment as people write it: a revision, `head`, a time as `timeWritten` reads it (`2026-01-31T12:00:00Z`, `2026-01-31 12:00`, `10m`, `2h
 * ago`).
 * @throws ApiError 400.
 */
export async function revisionAt(past: Past, text: string, head: number, now: Date): Promise<number> {
  if (text === '' || text === 'head' || text === 'now') return head;
  return past.revisionOf(timeWritten(text, now)?.toISOString() ?? text, head);
}

/** `A..B`; either end may be left out: the first entry, the head. @throws ApiError 400 when there are no two dots. */
export function rangeOf(text: string): { from: string; to: string } {
  const match = /^(.*?)\.\.(.*)$/.exec(text);
  if (!match) throw badRequest(`${JSON.stringify(text)} is no range: write A..B, revisions or times`);
  return { from: match[1] || '0', to: match[2] || 'head' };
}
