import { BYTES, FIXED64, VARINT } from './wire';

const TWO_32 = 2 ** 32;

/** Below this many characters a loop over them is faster than the call into the runtime that `write` makes. */
const SHORT_TEXT = 40;

/**
 * Writes protobuf from its end to its beginning, as gogo-protobuf does: the length of a message is known once it is written, so that
 * nothing is measured beforehand or moved afterwards. One writer serves one message at a time.
 */
export class BackWriter {
  private bytes = Buffer.allocUnsafe(16_384);
  private at = this.bytes.length;

  /** Bytes written so far: the difference of two is the length of what lies between. */
  get length(): number {
    return this.bytes.length - this.at;
  }

  /** A copy of what was written; the writer is empty afterwards. */
  finish(): Buffer {
    const message = Buffer.from(this.bytes.subarray(this.at));
    this.at = this.bytes.length;
    return message;
  }

  /** Forgets what was written: a message that failed half way. */
  reset(): void {
    this.at = this.bytes.length;
  }

  /** The number and wire type of a field; written after its value. */
  tag(number: number, wire: number): void {
    this.varint((number << 3) | wire);
  }

  /** Closes the message (or text) of a field that began when `length` was `since`. */
  delimit(number: number, since: number): void {
    this.varint(this.length - since);
    this.tag(number, BYTES);
  }

  int(number: number, value: number): void {
    this.varint(value);
    this.tag(number, VARINT);
  }

  double(number: number, value: number): void {
    this.need(8);
    this.bytes.writeDoubleLE(value, (this.at -= 8));
    this.tag(number, FIXED64);
  }

  text(number: number, text: string): void {
    const since = this.length;
    if (text.length > SHORT_TEXT || !this.ascii(text)) {
      const size = Buffer.byteLength(text);
      this.need(size);
      this.bytes.write(text, (this.at -= size), 'utf8');
    }
    this.delimit(number, since);
  }

  raw(number: number, piece: Uint8Array): void {
    const since = this.length;
    this.need(piece.length);
    this.bytes.set(piece, (this.at -= piece.length));
    this.delimit(number, since);
  }

  /** A signed number of 64 bits; exact up to 2^53. */
  varint(value: number): void {
    this.need(10);
    if (value >= 0 && value < 0x80) this.bytes[--this.at] = value;
    else this.longVarint(value);
  }

  private longVarint(value: number): void {
    let high = Math.floor(value / TWO_32) >>> 0;
    let low = value >>> 0; // modulo 2^32, of negative numbers too
    let size = 1;
    for (let rest = value < 0 ? 2 ** 63 : value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
    const start = (this.at -= size);
    for (let i = start; i < start + size - 1; i++) {
      this.bytes[i] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.bytes[start + size - 1] = low;
  }

  /** False, and nothing written, when a character takes more than a byte. */
  private ascii(text: string): boolean {
    this.need(text.length);
    const { bytes } = this;
    const start = this.at - text.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[start + i] = code;
    }
    this.at = start;
    return true;
  }

  private need(count: number): void {
    if (this.at >= count) return;
    const written = this.length;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, written + 2 * count));
    this.bytes.copy(grown, grown.length - written, this.at);
    this.bytes = grown;
    this.at = grown.length - written;
  }
}
