import { badRequest } from '#lib/api/errors';
import type { Past } from '../read/past';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A moment as people write it: a revision, an RFC 3339 time, `head`, or how long ago (`90s`, `10m`, `2h`, `3d`). @throws ApiError 400. */
export async function revisionAt(past: Past, text: string, head: number, now: Date): Promise<number> {
  if (text === '' || text === 'head' || text === 'now') return head;
  const ago = /^(\d+)([smhd])$/.exec(text);
  if (!ago) return past.revisionOf(text, head);
  return past.revisionOf(new Date(now.getTime() - Number(ago[1]) * (UNITS[ago[2] as string] as number)).toISOString(), head);
}

/** `A..B`; either end may be left out: the first entry, the head. @throws ApiError 400 when there are no two dots. */
export function rangeOf(text: string): { from: string; to: string } {
  const match = /^(.*?)\.\.(.*)$/.exec(text);
  if (!match) throw badRequest(`${JSON.stringify(text)} is no range: write A..B, revisions or times`);
  return { from: match[1] || '0', to: match[2] || 'head' };
}
