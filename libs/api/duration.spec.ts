import { ageOf, humanDuration } from '#lib/api/duration';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

describe('spans are as short as kubectl prints them', () => {
  test.each([
    [-3 * SECOND, '<invalid>'],
    [-1.5 * SECOND, '0s'],
    [0, '0s'],
    [999, '0s'],
    [70 * SECOND, '70s'],
    [119.9 * SECOND, '119s'],
    [120 * SECOND, '2m'],
    [5 * MINUTE + 30 * SECOND, '5m30s'],
    [10 * MINUTE - SECOND, '9m59s'],
    [10 * MINUTE + SECOND, '10m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR, '3h'],
    [3 * HOUR + 20 * MINUTE, '3h20m'],
    [7 * HOUR + 59 * MINUTE, '7h59m'],
    [8 * HOUR + 59 * MINUTE, '8h'],
    [47 * HOUR, '47h'],
    [2 * DAY, '2d'],
    [2 * DAY + 3 * HOUR, '2d3h'],
    [7 * DAY + 23 * HOUR, '7d23h'],
    [8 * DAY + 23 * HOUR, '8d'],
    [2 * YEAR - HOUR, '729d'],
    [2 * YEAR, '2y'],
    [2 * YEAR + DAY, '2y1d'],
    [8 * YEAR - HOUR, '7y364d'],
    [8 * YEAR + 364 * DAY, '8y'],
  ])('%d ms: %s', (span, text) => expect(humanDuration(span)).toBe(text));
});

test('an age is counted from the time of the question', () => {
  expect(ageOf('2026-01-01T00:00:00Z', new Date('2026-01-01T00:05:00Z'))).toBe('5m');
  expect(ageOf(undefined, new Date())).toBe('<unknown>');
});
