import { add as addRange, fixed, func, scaled, TRAVERSAL, type CallEstimate, type Overload, type Range } from '../declarations';
import { CelError } from '../issues';
import { durationOf, timestampOf } from '../time-values';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listType,
  mapType,
  optionalType,
  paramType,
  STRING,
  TIMESTAMP,
  UINT,
  type CelType,
} from '../types';
import {
  compareNumbers,
  Double,
  type Duration,
  intOf,
  sizeOf,
  type Timestamp,
  UnsignedInt,
  type IntValue,
  type NumericValue,
} from '../values';

const A = paramType('A');
const B = paramType('B');

/** These are compiled by themselves; here they only have their types. */
const untold = (): never => {
  throw new CelError('no such overload');
};

const smaller: Pick<Overload, 'cost' | 'estimate'> = {
  cost: (a: unknown, b: unknown) => Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * TRAVERSAL),
  estimate: (a, b): CallEstimate => {
    const max = Math.min((a as Range).max, (b as Range).max);
    return { cost: scaled({ min: max > 0 ? 1 : 0, max }, TRAVERSAL) };
  },
};

const both: Pick<Overload, 'cost' | 'estimate'> = {
  cost: (a: unknown, b: unknown) => Math.ceil((sizeOf(a) + sizeOf(b)) * TRAVERSAL),
  estimate: (a, b): CallEstimate => {
    const size = addRange(a as Range, b as Range);
    return { cost: scaled(size, TRAVERSAL), size };
  },
};

const real = (value: unknown): number => (value instanceof Double ? value.value : Number(value));
const unsigned = (value: UnsignedInt): bigint => value.value;
const MAX_UINT = 2n ** 64n;

function uintOf(value: bigint, problem = 'unsigned integer overflow'): UnsignedInt {
  if (value < 0n || value >= MAX_UINT) throw new CelError(problem);
  return new UnsignedInt(value);
}

/** Exact while the result is a safe number, else with bigints. */
const whole =
  (fast: (a: number, b: number) => number, exact: (a: bigint, b: bigint) => bigint) =>
  (a: IntValue, b: IntValue): IntValue => {
    if (typeof a === 'number' && typeof b === 'number') {
      const result = fast(a, b);
      if (Number.isSafeInteger(result)) return result === 0 ? 0 : result;
    }
    return intOf(exact(BigInt(a), BigInt(b)));
  };

const plus = whole(
  (a, b) => a + b,
  (a, b) => a + b,
);
const minus = whole(
  (a, b) => a - b,
  (a, b) => a - b,
);
const product = whole(
  (a, b) => a * b,
  (a, b) => a * b,
);
const quotient = whole(
  (a, b) => Math.trunc(a / b),
  (a, b) => a / b,
);
const rest = whole(
  (a, b) => a % b,
  (a, b) => a % b,
);

const nonZero =
  (problem: string) =>
  (b: IntValue | UnsignedInt): void => {
    if (b instanceof UnsignedInt ? b.value === 0n : Number(b) === 0) throw new CelError(problem);
  };
const divides = nonZero('division by zero');
const reduces = nonZero('modulus by zero');

const binary = (name: string, type: CelType, call: Overload['call'], options: Pick<Overload, 'cost' | 'estimate'> = {}): Overload =>
  func(name, [type, type], type, call, options);

const arithmetic: readonly Overload[] = [
  binary('_+_', INT, plus),
  binary('_+_', UINT, (a: UnsignedInt, b: UnsignedInt) => uintOf(unsigned(a) + unsigned(b))),
  binary('_+_', DOUBLE, (a: Double, b: Double) => new Double(real(a) + real(b))),
  binary('_+_', STRING, (a: string, b: string) => a + b, both),
  binary('_+_', BYTES, (a: Uint8Array, b: Uint8Array) => Buffer.concat([a, b]), both),
  func('_+_', [listType(A), listType(A)], listType(A), (a: unknown[], b: unknown[]) => [...a, ...b], {
    estimate: (a, b): CallEstimate => ({ cost: fixed(1), size: addRange(a as Range, b as Range) }),
  }),
  binary('_+_', DURATION, (a: Duration, b: Duration) => durationOf(a.nanos + b.nanos)),
  func('_+_', [TIMESTAMP, DURATION], TIMESTAMP, (a: Timestamp, b: Duration) => timestampOf(a.nanos + b.nanos)),
  func('_+_', [DURATION, TIMESTAMP], TIMESTAMP, (a: Duration, b: Timestamp) => timestampOf(a.nanos + b.nanos)),
  binary('_-_', INT, minus),
  binary('_-_', UINT, (a: UnsignedInt, b: UnsignedInt) => uintOf(unsigned(a) - unsigned(b))),
  binary('_-_', DOUBLE, (a: Double, b: Double) => new Double(real(a) - real(b))),
  binary('_-_', DURATION, (a: Duration, b: Duration) => durationOf(a.nanos - b.nanos)),
  func('_-_', [TIMESTAMP, TIMESTAMP], DURATION, (a: Timestamp, b: Timestamp) => durationOf(a.nanos - b.nanos)),
  func('_-_', [TIMESTAMP, DURATION], TIMESTAMP, (a: Timestamp, b: Duration) => timestampOf(a.nanos - b.nanos)),
  binary('_*_', INT, product),
  binary('_*_', UINT, (a: UnsignedInt, b: UnsignedInt) => uintOf(unsigned(a) * unsigned(b))),
  binary('_*_', DOUBLE, (a: Double, b: Double) => new Double(real(a) * real(b))),
  binary('_/_', INT, (a: IntValue, b: IntValue) => (divides(b), quotient(a, b))),
  binary('_/_', UINT, (a: UnsignedInt, b: UnsignedInt) => (divides(b), uintOf(unsigned(a) / unsigned(b)))),
  binary('_/_', DOUBLE, (a: Double, b: Double) => new Double(real(a) / real(b))),
  binary('_%_', INT, (a: IntValue, b: IntValue) => (reduces(b), rest(a, b))),
  binary('_%_', UINT, (a: UnsignedInt, b: UnsignedInt) => (reduces(b), uintOf(unsigned(a) % unsigned(b)))),
  func('-_', [INT], INT, (a: IntValue) => minus(0, a)),
  func('-_', [DOUBLE], DOUBLE, (a: Double) => new Double(-real(a))),
  func('!_', [BOOL], BOOL, (a: boolean) => !a),
];

const amount = (value: unknown): NumericValue =>
  typeof value === 'number' && !Number.isInteger(value) ? new Double(value) : (value as NumericValue);
const byAmount = (a: unknown, b: unknown): number => compareNumbers(amount(a), amount(b));
const byBytes = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);
const byNanos = (a: { nanos: bigint }, b: { nanos: bigint }): number => (a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0);

/** Strings are ordered by their code points; UTF-16 differs only beyond the basic plane. */
function byText(a: string, b: string): number {
  if (a === b) return 0;
  return /[\ud800-\udfff]/.test(a + b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a < b ? -1 : 1;
}

const ORDERS: readonly [readonly CelType[], (a: never, b: never) => number, Pick<Overload, 'cost' | 'estimate'>?][] = [
  ...[INT, UINT, DOUBLE]
    .flatMap((a) => [INT, UINT, DOUBLE].map((b) => [[a, b], byAmount] as const))
    .map(([types, order]) => [types, order] as [readonly CelType[], typeof order]),
  [[BOOL, BOOL], (a: boolean, b: boolean) => Number(a) - Number(b)],
  [[STRING, STRING], byText, smaller],
  [[BYTES, BYTES], byBytes, smaller],
  [[TIMESTAMP, TIMESTAMP], byNanos],
  [[DURATION, DURATION], byNanos],
];

const RELATIONS: Readonly<Record<string, (order: number) => boolean>> = {
  '_<_': (order) => order < 0,
  '_<=_': (order) => order <= 0,
  '_>_': (order) => order > 0,
  '_>=_': (order) => order >= 0,
};

const relations = Object.entries(RELATIONS).flatMap(([name, holds]) =>
  ORDERS.map(([params, compare, charges = {}]) => func(name, params, BOOL, (a: never, b: never) => holds(compare(a, b)), charges)),
);

/** The operators. `&&`, `||`, `?:`, `==`, `in` and the index are compiled by themselves, as they treat errors or types in their own way. */
export const operators: readonly Overload[] = [
  ...arithmetic,
  ...relations,
  func('_&&_', [BOOL, BOOL], BOOL, untold),
  func('_||_', [BOOL, BOOL], BOOL, untold),
  func('_?_:_', [BOOL, A, A], A, untold),
  func('_==_', [A, A], BOOL, untold, { estimate: smaller.estimate as never }),
  func('_!=_', [A, A], BOOL, untold, { estimate: smaller.estimate as never }),
  func('@in', [A, listType(A)], BOOL, untold, { estimate: (_item, list): CallEstimate => ({ cost: list as Range }) }),
  func('@in', [A, mapType(A, B)], BOOL, untold),
  func('_[_]', [listType(A), INT], A, untold),
  func('_[_]', [mapType(A, B), A], B, untold),
  func('_[_]', [optionalType(listType(A)), INT], optionalType(A), untold),
  func('_[_]', [optionalType(mapType(A, B)), A], optionalType(B), untold),
  func('_[?_]', [listType(A), INT], optionalType(A), untold),
  func('_[?_]', [mapType(A, B), A], optionalType(B), untold),
  func('_[?_]', [optionalType(listType(A)), INT], optionalType(A), untold),
  func('_[?_]', [optionalType(mapType(A, B)), A], optionalType(B), untold),
  func('dyn', [A], DYN, (value: unknown) => value),
];
