import { CelError } from './issues';
import { Duration, Timestamp } from './values';

const SECOND = 1_000_000_000n;
const MIN_TIME = -62_135_596_800n * SECOND;
const MAX_TIME = 253_402_300_800n * SECOND;
const TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339 (or only a date, as schemas with format `date` have it). @throws CelError */
export function parseTimestamp(text: string): Timestamp {
  const match = TIME.exec(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  const ms = match
    ? Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}${(match[8] as string).toUpperCase()}`)
    : NaN;
  if (!match || Number.isNaN(ms)) throw new CelError(`parsing time ${JSON.stringify(text)}: cannot parse as RFC 3339`);
  return timestampOf(BigInt(ms) * 1_000_000n + BigInt((match[7] ?? '').padEnd(9, '0').slice(0, 9)));
}

/** @throws CelError outside of the years 1 to 9999. */
export function timestampOf(nanos: bigint): Timestamp {
  if (nanos < MIN_TIME || nanos >= MAX_TIME) throw new CelError('timestamp overflow');
  return new Timestamp(nanos);
}

/** RFC 3339 in UTC, with as many digits of the second as there are. */
export function timestampText({ nanos }: Timestamp): string {
  const seconds = nanos >= 0n ? nanos / SECOND : -((-nanos + SECOND - 1n) / SECOND);
  const rest = nanos - seconds * SECOND;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${whole}${rest === 0n ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`}Z`;
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3_600n * SECOND,
};
const MAX_DURATION = 2n ** 63n - 1n;

/** As Go's time.ParseDuration: `1h30m`, `-1.5s`. @throws CelError */
export function parseDuration(text: string): Duration {
  const nanos = durationNanos(text);
  if (nanos === undefined) throw new CelError(`time: invalid duration ${JSON.stringify(text)}`);
  return durationOf(nanos);
}

/** Undefined when the text is no duration. */
export function durationNanos(text: string): bigint | undefined {
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text);
  if (!match) return undefined;
  let sum = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of (match[2] as string).matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = UNITS[unit] as bigint;
    sum += BigInt(whole || '0') * scale + (fraction === '' ? 0n : (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length));
  }
  return match[1] === '-' ? -sum : sum;
}

/** @throws CelError when it does not fit 64 bits. */
export function durationOf(nanos: bigint): Duration {
  if (nanos > MAX_DURATION || nanos < -MAX_DURATION) throw new CelError('duration overflow');
  return new Duration(nanos);
}

/** Seconds with what is after the point: `1.5s`, as CEL prints durations. */
export function durationText({ nanos }: Duration): string {
  const amount = nanos < 0n ? -nanos : nanos;
  const fraction = String(amount % SECOND)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${amount / SECOND}${fraction === '' ? '' : `.${fraction}`}s`;
}
