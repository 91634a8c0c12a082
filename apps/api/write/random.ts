import { randomBytes } from 'node:crypto';

/** Upstream's alphabet for generated names: no vowels and no look-alikes. Mirrors apimachinery/pkg/util/rand. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Generated names keep within a DNS label: 63 - 5. */
const MAX_BASE = 58;

export function randomSuffix(length = 5): string {
  let text = '';
  // 243 = 9 * 27: bytes above it would favour the first letters
  while (text.length < length) for (const byte of randomBytes(2 * length)) if (byte < 243 && text.length < length) text += ALPHABET[byte % 27];
  return text;
}

/** `web-` → `web-x7k2p`. Mirrors apiserver/pkg/storage/names. */
export const generatedName = (base: string): string => base.slice(0, MAX_BASE) + randomSuffix();
