/** Bytes that are not what the schema says; the text is that of gogo-protobuf. */
export class ProtoError extends Error {}

/** Wire type: a number of varying length. */
export const VARINT = 0;
/** Wire type: eight bytes. */
export const FIXED64 = 1;
/** Wire type: a length, then so many bytes: text, bytes or a message. */
export const BYTES = 2;
/** Wire type: four bytes. */
export const FIXED32 = 5;

const TWO_32 = 2 ** 32;

/** Reads the protobuf wire format: tags, varints and length-delimited pieces of one message. Throws ProtoError on bad bytes. */
export class ProtoReader {
  constructor(
    readonly bytes: Buffer,
    private at = 0,
    private readonly end = bytes.length,
  ) {}

  get done(): boolean {
    return this.at >= this.end;
  }

  /** A varint as a signed 64-bit number; exact up to 2^53. */
  varint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= bits << 31;
      if (byte < 0x80) return (high | 0) * TWO_32 + (low >>> 0);
    }
    throw new ProtoError('proto: integer overflow');
  }

  double(): number {
    this.need(8);
    const value = this.bytes.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  /** The next length-delimited piece, without copying. */
  piece(): Buffer {
    const length = this.varint();
    if (length < 0) throw new ProtoError('proto: negative length found during unmarshaling');
    this.need(length);
    const piece = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return piece;
  }

  string(): string {
    return this.piece().toString('utf8');
  }

  message(): ProtoReader {
    return new ProtoReader(this.piece());
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED64) this.advance(8);
    else if (wire === BYTES) this.piece();
    else if (wire === FIXED32) this.advance(4);
    else throw new ProtoError(`proto: illegal wireType ${wire}`);
  }

  private advance(count: number): void {
    this.need(count);
    this.at += count;
  }

  private byte(): number {
    if (this.at >= this.end) throw new ProtoError('unexpected EOF');
    return this.bytes[this.at++]!;
  }

  private need(count: number): void {
    if (this.at + count > this.end) throw new ProtoError('unexpected EOF');
  }
}
