/** Go's truncated integer division. */
const whole = (value: number, by: number): number => Math.trunc(value / by);

/**
 * How `kubectl get` writes a span of time: `45s`, `5m30s`, `3h20m`, `5d3h`, `400d`. `milliseconds` may be a fraction.
 * Spans more than two seconds negative are `<invalid>`; a bit of clock skew is `0s`.
 * Mirrors apimachinery/pkg/util/duration.HumanDuration.
 */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = whole(seconds, 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = whole(minutes, 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return pair(whole(hours, 24), 'd', hours % 24, 'h');
  const days = whole(hours, 24);
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = whole(hours, 24 * 365);
  if (hours < 24 * 365 * 8) return pair(years, 'y', days % 365, 'd');
  return `${years}y`;
}

const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;

/** The AGE column: how long ago an RFC 3339 time was. `<unknown>` without one. Mirrors printers' translateTimestampSince. */
export function ageOf(timestamp: string | undefined | null, now: Date): string {
  if (timestamp === undefined || timestamp === null || timestamp === '') return '<unknown>';
  return humanDuration(now.getTime() - Date.parse(timestamp));
}

const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/**
 * What Go reads from `1h30m`, `1.5s`, `-2ms`, in nanoseconds (exact up to 104 days); NaN for what it would not read. Mirrors
 * time.ParseDuration.
 */
export function nanosecondsOf(text: string): number {
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/.exec(text) ?? [];
  if (rest === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return NaN;
  let sum = 0;
  for (const [, number, unit] of rest.matchAll(/([\d.]+)(\D+)/g)) sum += Math.round(Number(number) * (NANOSECONDS[unit as string] ?? 0));
  return sign === '-' ? -sum : sum;
}

/** How Go writes a duration: `1h30m0s`, `1.5s`, `0s`. Mirrors time.Duration.String. */
export function goDuration(nanoseconds: number): string {
  const size = Math.abs(nanoseconds);
  const sign = nanoseconds < 0 ? '-' : '';
  if (size === 0) return '0s';
  if (size < 1e3) return `${sign}${size}ns`;
  if (size < 1e6) return `${sign}${size / 1e3}µs`;
  if (size < 1e9) return `${sign}${size / 1e6}ms`;
  const minutes = Math.floor(size / 60e9);
  const seconds = `${(size - minutes * 60e9) / 1e9}s`;
  if (minutes === 0) return sign + seconds;
  return minutes < 60 ? `${sign}${minutes}m${seconds}` : `${sign}${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}
