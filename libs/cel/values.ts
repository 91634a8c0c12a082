import { CelError } from './issues';

/**
 * Values as expressions see them. Strings, booleans, null, lists (arrays) and maps (plain objects, or Map when keys are not all strings)
 * are themselves; an int is a number while that is exact and a bigint beyond; everything else is one of the classes below. So JSON needs no
 * conversion: only its fractions are doubles, which `adapt` boxes when they are reached.
 */
export abstract class CelValue {
  /** Name of the type, as `type(x)` tells it. */
  abstract readonly typeName: string;
  abstract equals(other: unknown): boolean;
}

/** A double. */
export class Double extends CelValue {
  readonly typeName = 'double';
  constructor(readonly value: number) {
    super();
  }
  equals(other: unknown): boolean {
    return isNumeric(other) && compareNumbers(this, other) === 0;
  }
}

/** A uint. */
export class UnsignedInt extends CelValue {
  readonly typeName = 'uint';
  constructor(readonly value: bigint) {
    super();
  }
  equals(other: unknown): boolean {
    return isNumeric(other) && compareNumbers(this, other) === 0;
  }
}

/** Nanoseconds since the epoch. */
export class Timestamp extends CelValue {
  readonly typeName: string = 'google.protobuf.Timestamp';
  constructor(readonly nanos: bigint) {
    super();
  }
  equals(other: unknown): boolean {
    return other instanceof Timestamp && other.nanos === this.nanos;
  }
}

/** Nanoseconds. */
export class Duration extends CelValue {
  readonly typeName = 'google.protobuf.Duration';
  constructor(readonly nanos: bigint) {
    super();
  }
  equals(other: unknown): boolean {
    return other instanceof Duration && other.nanos === this.nanos;
  }
}

/** The value of `type(x)`, and of the names of types. */
export class TypeValue extends CelValue {
  readonly typeName = 'type';
  constructor(readonly name: string) {
    super();
  }
  equals(other: unknown): boolean {
    return other instanceof TypeValue && other.name === this.name;
  }
}

/** A value that may be missing. */
export class Optional extends CelValue {
  readonly typeName = 'optional_type';
  private constructor(
    readonly present: boolean,
    readonly content: unknown,
  ) {
    super();
  }
  static of(value: unknown): Optional {
    return new Optional(true, value);
  }
  static readonly none = new Optional(false, undefined);
  get(): unknown {
    if (!this.present) throw new CelError('optional.none() dereference');
    return this.content;
  }
  equals(other: unknown): boolean {
    return other instanceof Optional && this.present === other.present && (!this.present || equal(this.content, other.content));
  }
}

/** An int: a bigint beyond 2^53. */
export type IntValue = number | bigint;
/** Any number. */
export type NumericValue = IntValue | Double | UnsignedInt;

/** Whether it is an int. */
export const isInt = (value: unknown): value is IntValue =>
  typeof value === 'number' ? Number.isInteger(value) : typeof value === 'bigint';
/** Whether it is a number of any type. */
export const isNumeric = (value: unknown): value is NumericValue =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Double || value instanceof UnsignedInt;

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

/** A bigint as an int value. @throws CelError `integer overflow`. */
export function intOf(value: bigint, problem = 'integer overflow'): IntValue {
  if (value > MAX_INT || value < MIN_INT) throw new CelError(problem);
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** JSON's number: a fraction is a double. */
export const numberOf = (value: number): IntValue | Double => (Number.isInteger(value) ? value : new Double(value));

const plain = (value: NumericValue): number | bigint => (typeof value === 'object' ? value.value : value);

/** Negative, 0, positive; NaN when one of them is. Ints, uints and doubles compare by their amounts. */
export function compareNumbers(a: NumericValue, b: NumericValue): number {
  const [x, y] = [plain(a), plain(b)];
  if (x === y) return 0;
  return x < y ? -1 : x > y ? 1 : x == y ? 0 : NaN; // eslint-disable-line eqeqeq -- 1n == 1
}

/** A map, or an object with fields. */
export type MapValue = Readonly<Record<string, unknown>> | ReadonlyMap<unknown, unknown>;

/** Whether it is a map or an object. */
export const isMap = (value: unknown): value is MapValue =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof CelValue) && !(value instanceof Uint8Array);

/** The keys of a map. */
export const mapKeys = (map: MapValue): readonly unknown[] => (map instanceof Map ? [...map.keys()] : Object.keys(map));

/** The value under a key, or undefined. */
export function mapGet(map: MapValue, key: unknown): unknown {
  if (map instanceof Map) {
    if (map.has(key)) return map.get(key);
    if (isNumeric(key)) for (const [other, value] of map) if (isNumeric(other) && compareNumbers(key, other) === 0) return value;
    return undefined;
  }
  return typeof key === 'string' && Object.hasOwn(map, key) ? (map as Readonly<Record<string, unknown>>)[key] : undefined;
}

/** How many entries a map has. */
export const mapSize = (map: MapValue): number => (map instanceof Map ? map.size : Object.keys(map).length);

/** CEL's `==`: values of different types are not equal, numbers are when they are the same amount. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNumeric(a)) return isNumeric(b) && compareNumbers(a, b) === 0;
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return false;
  if (a instanceof CelValue) return a.equals(b);
  if (b instanceof CelValue) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (Array.isArray(b)) return false;
  return sameMap(a as MapValue, b as MapValue);
}

function sameMap(a: MapValue, b: MapValue): boolean {
  const keys = mapKeys(a);
  if (keys.length !== mapSize(b)) return false;
  for (const key of keys) {
    const other = mapGet(b, key);
    if (other === undefined || !equal(mapGet(a, key), other)) return false;
  }
  return true;
}

/** What `size()` says; 1 for values that have none, as the cost of an operation counts them. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return isMap(value) ? mapSize(value) : 1;
}

/** What `type(value)` is called. */
export function typeNameOf(value: unknown): string {
  if (value === null || value === undefined) return 'null_type';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'double';
  if (value instanceof CelValue) return value.typeName;
  if (Array.isArray(value)) return 'list';
  return value instanceof Uint8Array ? 'bytes' : 'map';
}

/** The entries of a map. */
export const mapEntries = (map: MapValue): readonly (readonly [unknown, unknown])[] =>
  map instanceof Map ? [...map.entries()] : Object.entries(map);

/** A map of entries; a plain object when all keys are strings. @throws CelError for a key that comes twice. */
export function mapOf(entries: readonly (readonly [unknown, unknown])[]): unknown {
  const isPlain = entries.every(([key]) => typeof key === 'string');
  const map = isPlain ? Object.fromEntries(entries) : new Map(entries);
  if (mapSize(map as Record<string, unknown>) !== entries.length) throw new CelError('Failed with repeated key');
  return map;
}
