import { func, method, type CallEstimate, type Overload, type Range } from '../declarations';
import { CelError } from '../issues';
import { durationText, parseDuration, parseTimestamp, timestampOf, timestampText } from '../time-values';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  INT,
  listType,
  mapType,
  optionalType,
  paramType,
  STRING,
  TIMESTAMP,
  typeType,
  UINT,
} from '../types';
import { Double, Duration, intOf, Optional, sizeOf, Timestamp, typeNameOf, TypeValue, UnsignedInt, type IntValue } from '../values';
import { walking } from './charges';

const A = paramType('A');
const B = paramType('B');
const SECOND = 1_000_000_000n;

const real = (value: Double | number): number => (value instanceof Double ? value.value : value);

function intOfReal(value: Double): IntValue {
  const amount = real(value);
  if (!Number.isFinite(amount) || Math.abs(amount) >= 2 ** 63) throw new CelError('integer overflow');
  return intOf(BigInt(Math.trunc(amount)));
}

function intOfText(text: string): IntValue {
  if (!/^[+-]?\d+$/.test(text)) throw new CelError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return intOf(BigInt(text.replace('+', '')), `strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
}

function uint(value: bigint): UnsignedInt {
  if (value < 0n || value >= 2n ** 64n) throw new CelError('unsigned integer overflow');
  return new UnsignedInt(value);
}

function uintOfReal(value: Double): UnsignedInt {
  const amount = real(value);
  if (!Number.isFinite(amount)) throw new CelError('unsigned integer overflow');
  return uint(BigInt(Math.trunc(amount)));
}

function uintOfText(text: string): UnsignedInt {
  if (!/^\d+$/.test(text)) throw new CelError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  return uint(BigInt(text));
}

function doubleOfText(text: string): Double {
  if (!/^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|Inf|NaN)$/.test(text))
    throw new CelError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  return new Double(/Inf$/.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text));
}

const TRUTHS: Readonly<Record<string, boolean>> = {
  true: true,
  True: true,
  TRUE: true,
  t: true,
  '1': true,
  false: false,
  False: false,
  FALSE: false,
  f: false,
  '0': false,
};

function boolOfText(text: string): boolean {
  const value = Object.hasOwn(TRUTHS, text) ? TRUTHS[text] : undefined;
  if (value === undefined) throw new CelError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  return value;
}

/** Doubles as Go prints them with %g: an exponent below 1e-4 and from 1e21 on. */
export function doubleText(value: Double | number): string {
  const amount = real(value);
  if (amount === Infinity) return '+Inf';
  if (amount === -Infinity) return '-Inf';
  const text = String(amount);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function textOfBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

const codePoints = (text: string): number => (/[\ud800-\udfff]/.test(text) ? [...text].length : text.length);

/** Texts of plain values are short. */
const ofLength = (max: number): Pick<Overload, 'estimate'> => ({
  estimate: (): CallEstimate => ({ cost: { min: 1, max: 1 }, size: { min: 1, max } }),
});

/** Conversions between types, and `size`. */
export const conversions: readonly Overload[] = [
  func('int', [INT], INT, (value: IntValue) => value),
  func('int', [UINT], INT, (value: UnsignedInt) => intOf(value.value)),
  func('int', [DOUBLE], INT, intOfReal),
  func('int', [STRING], INT, intOfText),
  func('int', [TIMESTAMP], INT, (value: Timestamp) => intOf(value.nanos / SECOND)),
  func('int', [DURATION], INT, (value: Duration) => intOf(value.nanos)),
  func('uint', [UINT], UINT, (value: UnsignedInt) => value),
  func('uint', [INT], UINT, (value: IntValue) => uint(BigInt(value))),
  func('uint', [DOUBLE], UINT, uintOfReal),
  func('uint', [STRING], UINT, uintOfText),
  func('double', [DOUBLE], DOUBLE, (value: Double) => value),
  func('double', [INT], DOUBLE, (value: IntValue) => new Double(Number(value))),
  func('double', [UINT], DOUBLE, (value: UnsignedInt) => new Double(Number(value.value))),
  func('double', [STRING], DOUBLE, doubleOfText),
  func('bool', [BOOL], BOOL, (value: boolean) => value),
  func('bool', [STRING], BOOL, boolOfText),
  func('string', [STRING], STRING, (value: string) => value, {
    estimate: (size): CallEstimate => ({ cost: { min: 1, max: 1 }, size: size as Range }),
  }),
  func('string', [BOOL], STRING, String, ofLength(5)),
  func('string', [INT], STRING, String, ofLength(20)),
  func('string', [UINT], STRING, (value: UnsignedInt) => String(value.value), ofLength(20)),
  func('string', [DOUBLE], STRING, doubleText, ofLength(24)),
  func('string', [BYTES], STRING, textOfBytes, walking(0)),
  func('string', [TIMESTAMP], STRING, timestampText, ofLength(30)),
  func('string', [DURATION], STRING, durationText, ofLength(32)),
  func('bytes', [BYTES], BYTES, (value: Uint8Array) => value),
  func(
    'bytes',
    [STRING],
    BYTES,
    (value: string) => Buffer.from(value),
    walking(0, 1, ([size]) => ({ min: (size as Range).min, max: 4 * (size as Range).max })),
  ),
  func('timestamp', [TIMESTAMP], TIMESTAMP, (value: Timestamp) => value),
  func('timestamp', [STRING], TIMESTAMP, parseTimestamp),
  func('timestamp', [INT], TIMESTAMP, (value: IntValue) => timestampOf(BigInt(value) * SECOND)),
  func('duration', [DURATION], DURATION, (value: Duration) => value),
  func('duration', [STRING], DURATION, parseDuration),
  func('duration', [INT], DURATION, (value: IntValue) => new Duration(BigInt(value))),
  func('type', [A], typeType(A), (value: unknown) => new TypeValue(typeNameOf(value))),
  ...[STRING, BYTES, listType(A), mapType(A, B)].flatMap((type) => [
    func('size', [type], INT, sizeIn),
    method('size', [type], INT, sizeIn),
  ]),
];

function sizeIn(value: unknown): number {
  return typeof value === 'string' ? codePoints(value) : sizeOf(value);
}

/** `optional.of(x)`, `x.orValue(y)` and the like. */
export const optionals: readonly Overload[] = [
  func('optional.of', [A], optionalType(A), (value: unknown) => Optional.of(value)),
  func('optional.ofNonZeroValue', [A], optionalType(A), (value: unknown) => (isZero(value) ? Optional.none : Optional.of(value))),
  func('optional.none', [], optionalType(A), () => Optional.none),
  method('value', [optionalType(A)], A, (optional: Optional) => optional.get()),
  method('hasValue', [optionalType(A)], BOOL, (optional: Optional) => optional.present),
  method('or', [optionalType(A), optionalType(A)], optionalType(A), (a: Optional, b: Optional) => (a.present ? a : b)),
  method('orValue', [optionalType(A), A], A, (optional: Optional, value: unknown) => (optional.present ? optional.content : value), {
    estimate: (): CallEstimate => ({ cost: { min: 1, max: 1 } }),
  }),
  func('optional.unwrap', [listType(optionalType(A))], listType(A), (list: Optional[]) =>
    list.filter(({ present }) => present).map(({ content }) => content),
  ),
  method('unwrapOpt', [listType(optionalType(A))], listType(A), (list: Optional[]) =>
    list.filter(({ present }) => present).map(({ content }) => content),
  ),
];

function isZero(value: unknown): boolean {
  if (value instanceof Double) return value.value === 0;
  if (value instanceof UnsignedInt) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Optional) return !value.present;
  if (typeof value === 'object' && value !== null) return !(value instanceof Timestamp) && sizeOf(value) === 0;
  return value === null || value === false || value === '' || Number(value) === 0;
}
