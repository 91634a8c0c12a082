import type { LogEvent } from '#lib/log/log';
import { anEvent } from '#lib/log/log.contract';
import { Tail } from './tail';

const entries = (from: number, to: number, object = '{}'): LogEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ ...anEvent(from + i, { object }), at: '2026-01-01T00:00:00.000Z', hash: '' }));
const revisions = (events: readonly LogEvent[]): number[] => events.map(({ revision }) => revision);

describe('the tail of the log in memory', () => {
  test('gives what comes after a revision, a page at a time', () => {
    const tail = new Tail();
    expect(tail.after(0, 10)).toEqual([]);
    tail.add(entries(8, 9));
    tail.add(entries(10, 12));
    expect(tail.last).toBe(12);
    expect(revisions(tail.after(7, 10))).toEqual([8, 9, 10, 11, 12]);
    expect(revisions(tail.after(9, 2))).toEqual([10, 11]);
    expect(tail.after(12, 10)).toEqual([]);
  });

  test('gives nothing where it would leave something out', () => {
    const tail = new Tail();
    tail.add(entries(8, 9));
    expect(tail.after(6, 10)).toEqual([]);
    tail.add(entries(11, 12)); // another writer made 10
    expect(tail.after(8, 10)).toEqual([]);
    expect(revisions(tail.after(10, 10))).toEqual([11, 12]);
  });

  test('forgets the oldest, by number and by size', () => {
    const tail = new Tail();
    for (let from = 1; from < 20_000; from += 100) tail.add(entries(from, from + 99));
    expect(tail.after(10_000, 10)).toEqual([]);
    expect(revisions(tail.after(16_000, 1))).toEqual([16_001]);
    tail.add(entries(20_001, 20_020, 'x'.repeat(1024 * 1024)));
    expect(tail.after(20_000, 1)).toHaveLength(0);
    expect(tail.after(20_012, 100)).toHaveLength(8);
  });
});
