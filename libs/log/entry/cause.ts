import { writeNumber } from './patch';

/**
 * The causes of an entry as they are stored: each as its distance from the one before, the first from the entry itself, twice that, plus
 * one when it is later, as unsigned LEB128. Two bytes in place of 29 for a single one. Null when there are none.
 */
export function encodeCause(revision: number, cause: readonly number[]): Buffer | null {
  if (cause.length === 0) return null;
  const bytes = Buffer.allocUnsafe(cause.length * 9);
  let [length, before] = [0, revision];
  for (const one of cause) {
    const distance = Math.abs(before - one);
    // Twice a revision may be more than a number can hold exactly: the first six bits and the sign go by themselves.
    const [low, rest] = [(distance % 64) * 2 + (one > before ? 1 : 0), Math.floor(distance / 64)];
    bytes[length++] = rest > 0 ? low + 128 : low;
    if (rest > 0) length = writeNumber(bytes, length, rest);
    before = one;
  }
  return bytes.subarray(0, length);
}

/** What `encodeCause` was given. @throws Error when it is cut off */
export function decodeCause(revision: number, bytes: Uint8Array): number[] {
  const cause: number[] = [];
  for (let [at, before] = [0, revision]; at < bytes.length;) {
    let byte = bytes[at++] as number;
    const isLater = byte % 2 === 1;
    let [distance, factor] = [(byte % 128) >> 1, 64];
    while (byte >= 128) {
      if (at >= bytes.length) throw new Error('a cause is cut off');
      byte = bytes[at++] as number;
      distance += (byte % 128) * factor;
      factor *= 128;
    }
    before += isLater ? distance : -distance;
    cause.push(before);
  }
  return cause;
}
