/**
 * Ascending whole numbers as their differences, seven bits to the byte, least significant first, the high bit set on all but the last
 * byte of a difference (unsigned LEB128). The revisions of 100,000 live objects take about 150 kB instead of 800.
 */
export function encodeAscending(numbers: readonly number[]): Buffer {
  const bytes: number[] = [];
  let previous = 0;
  for (const number of numbers) {
    let rest = number - previous;
    if (rest < 0) throw new Error(`not ascending: ${number} after ${previous}`);
    previous = number;
    // Differences may exceed 32 bits, so no bit operators.
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  }
  return Buffer.from(bytes);
}

/** The numbers that `encodeAscending` was given. */
export function decodeAscending(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let [previous, difference, factor] = [0, 0, 1];
  for (const byte of bytes) {
    difference += (byte % 128) * factor;
    factor *= 128;
    if (byte < 128) {
      numbers.push((previous += difference));
      [difference, factor] = [0, 1];
    }
  }
  if (factor !== 1) throw new Error('the last number is cut off');
  return numbers;
}
