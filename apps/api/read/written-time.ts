const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const AGO = /^((?:\d+[smhdw])+)(?: ago)?$/;
const DATE = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d)?(\.\d+)?)? ?([Zz]|[+-]\d\d:?\d\d)?$/;
const TIME_OF_DAY = /^\d\d:\d\d(:\d\d(\.\d+)?)?$/;

/**
 * A date and time, RFC 3339 or as our tables print them: `2026-01-31 12:00:00`, `2026-01-31`. Without a zone it is UTC, as all times that
 * we print, and not whatever zone the server stands in. Undefined when it is none.
 */
export function dateWritten(text: string): Date | undefined {
  const [, day, minutes = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = DATE.exec(text) ?? [];
  if (day === undefined) return undefined;
  const time = new Date(`${day}T${minutes}${seconds}${fraction}${zone.toUpperCase().replace(/(\d\d):?(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(time.getTime()) || !isDay(day) ? undefined : time;
}

/** As `dateWritten`, and seen from `now`: `10m`, `1h30m ago`, and the bare time of day that tables print of today. */
export function timeWritten(text: string, now: Date): Date | undefined {
  const [, ago] = AGO.exec(text) ?? [];
  if (ago === undefined) return TIME_OF_DAY.test(text) ? dateWritten(`${now.toISOString().slice(0, 10)}T${text}`) : dateWritten(text);
  const parts = ago.match(/\d+\D/g) ?? [];
  const time = new Date(
    now.getTime() - parts.reduce((sum, part) => sum + Number.parseInt(part, 10) * (UNITS[part.slice(-1)] as number), 0),
  );
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** The language makes the 3rd of March of the 31st of February. */
const isDay = (day: string): boolean => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
