import { ProtoError, ProtoReader } from './wire';

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

test.each([
  0,
  1,
  127,
  128,
  300,
  2 ** 28 - 1,
  2 ** 28,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 35 + 5,
  1_700_000_000_000,
  2 ** 53 - 1,
  -1,
  -5,
  -(2 ** 31),
  -(2 ** 40),
])('reads the number %d', (value) => {
  expect(new ProtoReader(varint(value)).varint()).toBe(value);
});

test.each([
  ['a number that does not end', [0xff], (reader: ProtoReader) => reader.varint()],
  ['a number of eleven bytes', Array<number>(11).fill(0xff), (reader: ProtoReader) => reader.varint()],
  ['a piece that is longer than what is left', [5, 1, 2], (reader: ProtoReader) => reader.piece()],
  ['a piece of negative length', [...varint(-1)], (reader: ProtoReader) => reader.piece()],
  ['a wire type that does not exist', [0], (reader: ProtoReader) => reader.skip(7)],
])('refuses %s', (_, bytes, read) => {
  expect(() => read(new ProtoReader(Buffer.from(bytes)))).toThrow(ProtoError);
});
