import { texts } from './testing/given-kind';
import { scaledValue, validateAtMost100Percent, validatePositiveIntOrPercent } from './intstr';
import { parseTime, rfc3339, rfc3339Micro } from './time';

test.each([
  [3, 10, 'up', 3],
  ['25%', 9, 'up', 3],
  ['25%', 10, 'down', 2],
  ['0%', 10, 'up', 0],
  ['100%', 7, 'down', 7],
  ['33%', 0, 'up', 0],
] as const)('%s of %i, rounded %s, is %i', (value, total, round, wanted) => {
  expect(scaledValue(value, total, round)).toBe(wanted);
});

test('a text that is no percentage has no value', () => {
  expect(() => scaledValue('x', 1, 'up')).toThrow('invalid value for IntOrString');
  expect(texts(validatePositiveIntOrPercent('1', 'f'))).toEqual([
    "f: Invalid value: \"1\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
  ]);
  expect(texts(validatePositiveIntOrPercent(-1, 'f'))).toEqual(['f: Invalid value: -1: must be greater than or equal to 0']);
  expect(texts(validateAtMost100Percent('101%', 'f'))).toEqual(['f: Invalid value: "101%": must not be greater than 100%']);
});

test('times are written in whole seconds or in micros, and read back', () => {
  const at = new Date('2026-01-02T03:04:05.678Z');
  expect([rfc3339(at), rfc3339Micro(at), rfc3339Micro(at, 9)]).toEqual(['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.678000Z', '2026-01-02T03:04:05.678009Z']);
  expect(parseTime('2026-01-02T05:04:05+02:00')?.toISOString()).toBe('2026-01-02T03:04:05.000Z');
  expect([parseTime(undefined), parseTime('2026-01-02'), parseTime('2026-13-02T03:04:05Z')]).toEqual([undefined, undefined, undefined]);
});
