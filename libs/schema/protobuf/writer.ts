/** Builds one protobuf message. Members that are undefined, empty or false are left out, as proto3 does. */
export class ProtoWriter {
  private readonly parts: Buffer[] = [];

  string(number: number, text: string | undefined): this {
    return text === undefined || text === '' ? this : this.bytes(number, Buffer.from(text));
  }

  strings(number: number, texts: readonly string[] | undefined): this {
    for (const text of texts ?? []) this.bytes(number, Buffer.from(text));
    return this;
  }

  bool(number: number, value: boolean | undefined): this {
    if (value) this.parts.push(varint((number << 3) | 0), varint(1));
    return this;
  }

  /** A message inside; an empty one is written too. */
  message(number: number, message: ProtoWriter | undefined): this {
    return message ? this.bytes(number, message.finish()) : this;
  }

  messages<T>(number: number, items: Iterable<T>, write: (item: T) => ProtoWriter): this {
    for (const item of items) this.message(number, write(item));
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.parts);
  }

  private bytes(number: number, bytes: Buffer): this {
    this.parts.push(varint((number << 3) | 2), varint(bytes.length), bytes);
    return this;
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}
