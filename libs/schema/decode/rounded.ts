/** What begins like an integer that a double may not hold. In strings it may stand too; then nothing comes of the look. */
const LONG_INTEGER = /[:,[\s]-?\d{16}/;

/** Integers of 16 digits that fit are not complained about. */
const isRounded = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);

/** So many are told. */
const MAX_TOLD = 10;

/**
 * Warnings about integers that lost digits: numbers are doubles here, which hold whole numbers up to 2^53, and 64-bit integers in upstream.
 * @param text what `value` was read from
 */
export function roundedIntegers(text: string, value: unknown): string[] {
  if (!LONG_INTEGER.test(text)) return [];
  const found: string[] = [];
  walk(value, '', found);
  return found;
}

function walk(value: unknown, path: string, found: string[]): void {
  if (found.length >= MAX_TOLD) return;
  if (isRounded(value))
    found.push(`${path === '' ? 'the value' : path}: integers beyond 9007199254740991 are rounded: ${BigInt(value as number)} is kept`);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) return value.forEach((item, i) => walk(item, `${path}[${i}]`, found));
  for (const [name, member] of Object.entries(value)) walk(member, path === '' ? name : `${path}.${name}`, found);
}
