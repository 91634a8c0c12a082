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
