import { writeDigits, writeLength } from './body-ring';
import { CAUSE, REVISION, type CopiedRows } from './copied-rows';

/** A cause has at most 16 digits and a comma. */
const TEXT_PER_BYTE = 17;
let text = new Uint8Array(1024);

const [COMMA, OPEN, CLOSE] = [0x2c, 0x7b, 0x7d];

/**
 * The causes of the row (cause.ts) as in its hash, `7:{17,18},`; where they are damaged an empty text, which then has another hash. Answers
 * where it ends.
 */
export function writeCause(target: Uint8Array, to: number, rows: CopiedRows): number {
  const length = rows.has(CAUSE) ? read(rows) : 0;
  if (length < 0) return writeEnd(target, writeLength(target, to, 0));
  let end = writeLength(target, to, length + 2);
  target[end++] = OPEN;
  for (let i = 0; i < length; i++) target[end++] = text[i] as number;
  target[end++] = CLOSE;
  return writeEnd(target, end);
}

function writeEnd(target: Uint8Array, at: number): number {
  target[at] = COMMA;
  return at + 1;
}

/** Length of the causes in `text`; -1 when they are cut off, or no causes. */
function read(rows: CopiedRows): number {
  const [bytes, end] = [rows.bytes, rows.end(CAUSE)];
  if (text.length < (end - rows.start(CAUSE)) * TEXT_PER_BYTE) text = new Uint8Array(2 * (end - rows.start(CAUSE)) * TEXT_PER_BYTE);
  let [before, length] = [rows.number(REVISION), 0];
  for (let at = rows.start(CAUSE); at < end;) {
    let byte = bytes[at++] as number;
    const isLater = byte % 2 === 1;
    let [distance, factor] = [(byte % 128) >> 1, 64];
    while (byte >= 128) {
      if (at >= end) return -1;
      byte = bytes[at++] as number;
      distance += (byte % 128) * factor;
      factor *= 128;
    }
    before += isLater ? distance : -distance;
    if (!(before >= 0 && before <= Number.MAX_SAFE_INTEGER)) return -1;
    if (length > 0) text[length++] = COMMA;
    length = writeDigits(text, length, before);
  }
  return length;
}
