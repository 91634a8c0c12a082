import {
  addQuantities,
  bytesOf,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliOf,
  parseQuantity,
  quantityProblem,
  QUANTITY_FORMAT_WRONG,
  roundedToMilli,
  subtractQuantities,
} from '#lib/api/quantity';

describe('a quantity is printed in its canonical form', () => {
  test.each([
    ['0', '0'],
    ['0m', '0'],
    ['-0', '0'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1.5', '1500m'],
    ['0.5', '500m'],
    ['100m', '100m'],
    ['1024Mi', '1Gi'],
    ['1Gi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['0.5Gi', '512Mi'],
    ['1.5Gi', '1536Mi'],
    ['1023Ki', '1023Ki'],
    ['1Ki', '1Ki'],
    ['512', '512'],
    ['1024', '1024'],
    ['12000', '12k'],
    ['1000000', '1M'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['1.1E-3', '1100e-6'],
    ['2E', '2E'],
    ['100n', '100n'],
    ['1u', '1u'],
    ['0.1n', '1n'],
    ['+5', '5'],
    ['-5Mi', '-5Mi'],
    ['.5', '500m'],
    ['5.', '5'],
    ['0.001Ki', '1024m'],
    ['9999999Ei', '9223372036854775807'],
    ['1.0000000001', '1000000001n'],
  ])('%s is %s', (text, canonical) => expect(canonicalQuantity(text)).toBe(canonical));

  test('a JSON number is a quantity too', () => expect(canonicalQuantity(0.5)).toBe('500m'));
});

describe('what is no quantity is refused with the text of apimachinery', () => {
  test.each(['', ' ', 'aoeu', '1i', '.5i', '1.1.M', '1+1.0M', '0.1mi', '1 Gi', '--1', '1Gib', 'Gi'])('%j', (text) => {
    expect(['', undefined]).not.toContain(quantityProblem(text));
    expect(() => parseQuantity(text)).toThrow();
  });

  test('the shape', () => expect(quantityProblem('one')).toBe(QUANTITY_FORMAT_WRONG));
  test('the suffix', () => expect(quantityProblem('1mi')).toBe("unable to parse quantity's suffix"));
  test('an object', () => expect(quantityProblem({})).toBe(QUANTITY_FORMAT_WRONG));
  test('an exponent that would fill the memory', () => expect(quantityProblem('1e999999999')).toBeDefined());
});

/** A small generator: the same numbers on every run. */
function numbers(count: number): number[] {
  let seed = 42;
  return Array.from({ length: count }, () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31));
}
const SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'e-3', 'E6'];
const samples = numbers(600).map((n, i) => `${i % 5 === 0 ? '-' : ''}${n % 100_000}${i % 3 === 0 ? `.${n % 997}` : ''}${SUFFIXES[i % SUFFIXES.length]}`);

describe('for many quantities', () => {
  test('the canonical form means the same and is its own canonical form', () => {
    for (const text of samples) {
      const canonical = canonicalQuantity(text);
      expect([text, parseQuantity(canonical).nano]).toEqual([text, parseQuantity(text).nano]);
      expect(canonicalQuantity(canonical)).toBe(canonical);
    }
  });

  test('adding and subtracting are inverse, and order agrees with difference', () => {
    for (const [i, text] of samples.entries()) {
      const a = parseQuantity(text);
      const b = parseQuantity(samples[samples.length - 1 - i] ?? '0');
      expect(subtractQuantities(addQuantities(a, b), b).nano).toBe(a.nano);
      expect(Math.sign(compareQuantities(a, b))).toBe(Number(a.nano > b.nano) - Number(a.nano < b.nano));
    }
  });
});

test('a sum is written like its first part', () => {
  expect(formatQuantity(addQuantities(parseQuantity('1Gi'), parseQuantity('512Mi')))).toBe('1536Mi');
  expect(formatQuantity(addQuantities(parseQuantity('0'), parseQuantity('1Gi')))).toBe('1Gi');
});

test('the scheduler counts in thousandths and whole units, rounded up', () => {
  expect([milliOf('250m'), milliOf('2'), milliOf('0.1m'), milliOf(undefined)]).toEqual([250, 2000, 1, 0]);
  expect([bytesOf('1Gi'), bytesOf('1500m'), bytesOf('1e3'), bytesOf(undefined)]).toEqual([1_073_741_824, 2, 1000, 0]);
});

test('amounts of resources are rounded up to thousandths', () => {
  expect([roundedToMilli('1000m'), roundedToMilli('1u'), roundedToMilli('1500001u')]).toEqual(['1', '1m', '1501m']);
});
