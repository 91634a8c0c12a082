import { randomBytes } from 'node:crypto';

/** Upstream's alphabet for generated names: no vowels and no look-alikes. Mirrors apimachinery/pkg/util/rand. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Generated names keep within a DNS label: 63 - 5. */
const MAX_BASE = 58;

/** Randomness is drawn in stock: one call of the system costs 20 µs, whatever its size. */
const STOCK_BYTES = 4096;
let stock = Buffer.alloc(0);
let used = 0;

function randomByte(): number {
  if (used >= stock.length) {
    stock = randomBytes(STOCK_BYTES);
    used = 0;
  }
  return stock[used++] as number;
}

export function randomSuffix(length = 5): string {
  let text = '';
  while (text.length < length) {
    const byte = randomByte();
    if (byte < 243) text += ALPHABET[byte % 27]; // 243 = 9 * 27: bytes above it would favour the first letters
  }
  return text;
}

/** `web-` → `web-x7k2p`. Mirrors apiserver/pkg/storage/names. */
export const generatedName = (base: string): string => base.slice(0, MAX_BASE) + randomSuffix();
