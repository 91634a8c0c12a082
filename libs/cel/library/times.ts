import { method, type Overload } from '../declarations';
import { CelError } from '../issues';
import { DURATION, INT, STRING, TIMESTAMP } from '../types';
import { intOf, type Duration, type IntValue, type Timestamp } from '../values';

const MS = 1_000_000n;

const millis = ({ nanos }: Timestamp): number => Number(nanos >= 0n ? nanos / MS : -((-nanos + MS - 1n) / MS));

/** The time shifted to a zone, so that its UTC parts are the zone's: `+02:00`, `Europe/Berlin`. @throws CelError */
function inZone(time: Timestamp, zone: string): Date {
  const offset = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (offset) return new Date(millis(time) + (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) * 60_000);
  if (zone === 'UTC' || zone === '') return new Date(millis(time));
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }).formatToParts(new Date(millis(time)));
    const part = (type: string): number => Number(parts.find((each) => each.type === type)?.value);
    const ms = ((millis(time) % 1000) + 1000) % 1000;
    return new Date(Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'), ms));
  } catch {
    throw new CelError(`unknown time zone ${zone}`);
  }
}

const PARTS: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) =>
    Math.floor(
      (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000,
    ),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};

const PER: Readonly<Record<string, bigint>> = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
  getMilliseconds: MS,
};

/** The parts of times, in UTC or in a zone, and durations in whole units. */
export const times: readonly Overload[] = [
  ...Object.entries(PARTS).flatMap(([name, part]) => [
    method(name, [TIMESTAMP], INT, (time: Timestamp) => part(new Date(millis(time)))),
    method(name, [TIMESTAMP, STRING], INT, (time: Timestamp, zone: string) => part(inZone(time, zone))),
  ]),
  ...Object.entries(PER).map(([name, unit]) => method(name, [DURATION], INT, ({ nanos }: Duration): IntValue => intOf(nanos / unit))),
];
