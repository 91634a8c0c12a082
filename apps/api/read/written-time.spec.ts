import { dateWritten, timeWritten } from './written-time';

const NOW = new Date('2026-02-01T12:00:00.000Z');

describe('a time that somebody wrote', () => {
  test.each([
    ['2026-01-31T10:20:30Z', '2026-01-31T10:20:30.000Z'],
    ['2026-01-31t10:20:30.25z', '2026-01-31T10:20:30.250Z'],
    ['2026-01-31T10:20:30+02:00', '2026-01-31T08:20:30.000Z'],
    ['2026-01-31T10:20:30-0130', '2026-01-31T11:50:30.000Z'],
    ['2026-01-31T10:20:30', '2026-01-31T10:20:30.000Z'], // without a zone it is UTC, wherever the server stands
    ['2026-01-31 10:20:30', '2026-01-31T10:20:30.000Z'], // as our tables print it
    ['2026-01-31 10:20', '2026-01-31T10:20:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['10:20:30.123', '2026-02-01T10:20:30.123Z'], // as our tables print it of today
    ['10m', '2026-02-01T11:50:00.000Z'],
    ['10m ago', '2026-02-01T11:50:00.000Z'],
    ['1h30m', '2026-02-01T10:30:00.000Z'],
    ['1w', '2026-01-25T12:00:00.000Z'],
  ])('%j is %s', (text, time) => {
    expect(timeWritten(text, NOW)?.toISOString()).toBe(time);
  });

  test.each(['', 'yesterday', '2026', '2026-02-30', '2026-13-01', '2026-01-31T25:00Z', '10', '10 fortnights', '2026-01-31T10Z', '1234567890123456789d'])(
    '%j is none',
    (text) => {
      expect(timeWritten(text, NOW)).toBeUndefined();
    },
  );

  test('is not counted from now where the answer must stay the same', () => {
    expect(dateWritten('10m')).toBeUndefined();
    expect(dateWritten('10:20:30')).toBeUndefined();
  });
});
