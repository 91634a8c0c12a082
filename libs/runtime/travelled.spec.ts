import { travelled } from './travelled';

const value = { a: 1, b: [1, undefined, { c: null, d: undefined }], e: new Date(0), f: { g: { h: 'x' } }, i: NaN, j: [], k: {}, l: true };

test('what travelled is what JSON makes of it', () => {
  expect(travelled(value)).toStrictEqual(JSON.parse(JSON.stringify(value)));
});

test('what travelled has nothing in common with what was sent', () => {
  const there = travelled(value);
  there.f.g.h = 'y';
  expect(value.f.g.h).toBe('x');
});
