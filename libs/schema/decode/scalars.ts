import { canonicalQuantity } from '#lib/api/quantity';
import { DecodeError, type Decoding } from './decoding';
import { countMembers } from './depth';

/** Decodes one value that is not null. `undefined` means: leave it out. */
export type Decode = (value: unknown, at: Decoding) => unknown;

/** A string as it is. */
export const decodeString: Decode = (value, at) => {
  if (typeof value === 'string') return value;
  at.wrongType(value, 'string');
  return '';
};

/** true or false; Go takes no other word. */
export const decodeBool: Decode = (value, at) => {
  if (typeof value === 'boolean') return value;
  at.wrongType(value, 'bool');
  return false;
};

/** A whole number of 32 bits. */
export const decodeInt32: Decode = (value, at) => {
  if (typeof value === 'number' && (value | 0) === value) return value;
  at.wrongType(value, 'int32');
  return 0;
};

/** Beyond 2^53 the neighbours of a number are lost in JSON.parse: no field of the API counts that far. */
export const decodeInt64: Decode = (value, at) => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) return value;
  at.wrongType(value, 'int64');
  return 0;
};

/** Any number. */
export const decodeFloat: Decode = (value, at) => {
  if (typeof value === 'number') return value;
  at.wrongType(value, 'float64');
  return 0;
};

/** Anything, as long as it is not nested too deep. */
export const decodeAny: Decode = (value) => {
  countMembers(value);
  return value;
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Base64 with padding; line breaks are allowed and dropped. Mirrors encoding/base64.StdEncoding. */
export const decodeBytes: Decode = (value, at) => {
  if (typeof value !== 'string') {
    at.wrongType(value, '[]uint8');
    return '';
  }
  if (BASE64.test(value)) return value;
  const joined = value.replace(/[\r\n]/g, '');
  if (BASE64.test(joined)) return joined;
  at.mismatch ??= `illegal base64 data at input byte ${firstIllegalByte(value)}`;
  return '';
};

function firstIllegalByte(text: string): number {
  let inQuantum = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\r' || char === '\n') continue;
    if (char === '=') return illegalPadding(text, i, inQuantum);
    if (!/[A-Za-z0-9+/]/.test(char)) return i;
    inQuantum = (inQuantum + 1) % 4;
  }
  return text.length - inQuantum;
}

/** Padding is legal as the third and fourth, or as the fourth character of the last quantum. */
function illegalPadding(text: string, at: number, inQuantum: number): number {
  if (inQuantum < 2) return at;
  let next = skipBreaks(text, at + 1);
  if (inQuantum === 2) {
    if (next >= text.length) return text.length;
    if (text[next] !== '=') return next;
    next = skipBreaks(text, next + 1);
  }
  return next;
}

function skipBreaks(text: string, from: number): number {
  let i = from;
  while (text[i] === '\r' || text[i] === '\n') i++;
  return i;
}

/** Int or string. Mirrors util/intstr.IntOrString.UnmarshalJSON. */
export const decodeIntOrString: Decode = (value, at) => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && (value | 0) === value) return value;
  return at.fatalWrongType(value, 'int32');
};

/** Manifests repeat the same few amounts, and reading one takes some microseconds: the canonical form is remembered. */
const QUANTITIES_KEPT = 4096;
const canonical = new Map<string | number, string>();

/** An amount, as a string or number, in its canonical form. */
export const decodeQuantity: Decode = (value) => {
  const known = canonical.get(value as string);
  if (known !== undefined) return known;
  if (typeof value !== 'string' && typeof value !== 'number') return quantity(JSON.stringify(value));
  const text = quantity(value);
  if (canonical.size >= QUANTITIES_KEPT) canonical.clear();
  canonical.set(value, text);
  return text;
};

function quantity(value: string | number): string {
  try {
    return canonicalQuantity(value);
  } catch (error) {
    throw new DecodeError((error as Error).message);
  }
}
