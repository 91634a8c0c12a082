/** When a CronJob is due: the values that each field of the schedule allows. */
export interface Schedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>;
  /** A day must fit both kinds of days when one of them is `*`, and either one when both are restricted. */
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
}

/** `@every 90s`: a distance instead of times. */
export interface Interval {
  readonly everyMs: number;
}

/** A schedule that makes no sense; the message is the one of robfig/cron, which upstream shows. */
export class CronError extends Error {}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * Reads the standard form with five fields, or a descriptor. A time zone in the text is skipped: the CronJob has a field for it. @throws
 * CronError.
 */
export function parseSchedule(text: string): Schedule | Interval {
  const spec = text.replace(/^(TZ|CRON_TZ)=\S*\s+/, '').trim();
  if (spec === '') throw new CronError('empty spec string');
  if (spec.startsWith('@')) return descriptor(spec);
  const fields = spec.split(/\s+/);
  if (fields.length !== 5) throw new CronError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = fields.map((field, i) => valuesOf(field, FIELDS[i] as Bounds)) as [
    Values,
    Values,
    Values,
    Values,
    Values,
  ];
  return {
    minutes: minutes.set,
    hours: hours.set,
    daysOfMonth: daysOfMonth.set,
    months: months.set,
    daysOfWeek: daysOfWeek.set,
    anyDayOfMonth: daysOfMonth.any,
    anyDayOfWeek: daysOfWeek.any,
  };
}

function descriptor(text: string): Schedule | Interval {
  const known = DESCRIPTORS[text];
  if (known !== undefined) return parseSchedule(known);
  if (!text.startsWith('@every ')) throw new CronError(`unrecognized descriptor: ${text}`);
  const everyMs = goDuration(text.slice('@every '.length));
  if (everyMs === undefined)
    throw new CronError(`failed to parse duration ${text}: time: invalid duration ${JSON.stringify(text.slice('@every '.length))}`);
  return { everyMs: Math.max(1000, Math.trunc(everyMs / 1000) * 1000) };
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, ns: 0.000001 };

/** `1h30m`, as time.ParseDuration reads it, in milliseconds. */
function goDuration(text: string): number | undefined {
  if (!/^([\d.]+(h|ms|us|ns|m|s))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(h|ms|us|ns|m|s)/g)) total += Number(amount) * (UNITS[unit as string] ?? 0);
  return Number.isNaN(total) ? undefined : total;
}

interface Values {
  readonly set: ReadonlySet<number>;
  readonly any: boolean;
}

function valuesOf(field: string, bounds: Bounds): Values {
  const set = new Set<number>();
  let any = false;
  for (const part of field.split(',').filter((each) => each !== '')) {
    const range = rangeOf(part, bounds);
    any ||= range.any;
    for (let value = range.start; value <= range.end; value += range.step) set.add(value);
  }
  return { set, any };
}

function rangeOf(text: string, bounds: Bounds): { start: number; end: number; step: number; any: boolean } {
  const [ends = '', stepText, ...slashes] = text.split('/');
  const [low = '', high, ...hyphens] = ends.split('-');
  let any = low === '*' || low === '?';
  let [start, end] = [bounds.min, bounds.max];
  if (!any) {
    start = numberOf(low, bounds);
    if (hyphens.length > 0) throw new CronError(`too many hyphens: ${text}`);
    end = high === undefined ? start : numberOf(high, bounds);
  }
  if (slashes.length > 0) throw new CronError(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : wholeNumber(stepText);
  // `5/15` is from five on
  if (stepText !== undefined && high === undefined) end = bounds.max;
  if (step > 1) any = false;
  if (start < bounds.min) throw new CronError(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  if (end > bounds.max) throw new CronError(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  return { start, end, step, any };
}

function numberOf(text: string, { names = [] }: Bounds): number {
  const name = text === '' ? -1 : names.indexOf(text.toLowerCase());
  return name >= 0 ? name : wholeNumber(text);
}

function wholeNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw new CronError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return value;
}
