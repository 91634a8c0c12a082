import { fnv1a, safeEncode, templateHash } from './hash';

describe('template hashes', () => {
  test('FNV-1a gives its published values', () => {
    expect(fnv1a('')).toBe(0x811c9dc5);
    expect(fnv1a('a')).toBe(0xe40c292c);
    expect(fnv1a('foobar')).toBe(0xbf9cf968);
  });

  test('the alphabet is the one of generated names', () => {
    expect(safeEncode('0123456789')).toBe('456789bcdf');
  });

  test('the order of keys and absent members make no difference', () => {
    expect(templateHash({ a: 1, b: [{ c: 'x' }] }, undefined)).toBe(templateHash({ b: [{ d: null, c: 'x' }], e: undefined, a: 1 }, undefined));
  });

  test('a collision changes the hash', () => {
    const hashes = [undefined, 0, 1, 2].map((collisions) => templateHash({ a: 1 }, collisions));
    expect(new Set(hashes).size).toBe(4);
  });
});
