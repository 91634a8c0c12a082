import { func, method, type Overload } from '../declarations';
import { CelError } from '../issues';
import { BOOL, BYTES, DOUBLE, DURATION, INT, listType, paramType, STRING, TIMESTAMP, UINT, type CelType } from '../types';
import { equal, type IntValue } from '../values';
import { flat, perItem } from './charges';
import { operators } from './operators';

const A = paramType('A');
const ORDERED = [INT, UINT, DOUBLE, BOOL, STRING, BYTES, TIMESTAMP, DURATION];
const SUMMED = [INT, UINT, DOUBLE, DURATION];

/** The operator of a type, for two values of it. */
function operator(name: string, type: CelType): (a: unknown, b: unknown) => unknown {
  const found = operators.find((each) => each.name === name && each.params.every((param) => param.kind === type.kind));
  return (found as Overload).call as never;
}

const extreme = (type: CelType, sign: '_<_' | '_>_', word: string) => {
  const before = operator(sign, type);
  return (list: readonly unknown[]): unknown => {
    if (list.length === 0) throw new CelError(`${word} called on empty list`);
    return list.reduce((best, item) => (before(item, best) ? item : best));
  };
};

const sorted = (type: CelType) => {
  const before = operator('_<_', type);
  return (list: readonly unknown[]): boolean => list.every((item, i) => i === 0 || !before(item, list[i - 1]));
};

const inOrder = (type: CelType) => {
  const before = operator('_<_', type);
  return (list: readonly unknown[]): unknown[] => [...list].sort((a, b) => (before(a, b) ? -1 : before(b, a) ? 1 : 0));
};

const ZERO: Readonly<Record<string, string>> = { int: '0', uint: '0u', double: '0.0', duration: '0s' };

const sum = (type: CelType, zero: unknown) => {
  const plus = operator('_+_', type);
  return (list: readonly unknown[]): unknown => (list.length === 0 ? zero : list.reduce((total, item) => plus(total, item)));
};

function lastIndex(list: readonly unknown[], wanted: unknown): number {
  for (let i = list.length - 1; i >= 0; i--) if (equal(list[i], wanted)) return i;
  return -1;
}

function slice(list: readonly unknown[], from: IntValue, to: IntValue): unknown[] {
  const [start, end] = [Number(from), Number(to)];
  if (start < 0 || end < 0) throw new CelError(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (start > end) throw new CelError(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`);
  if (end > list.length) throw new CelError(`cannot slice(${start}, ${end}), list is length ${list.length}`);
  return list.slice(start, end);
}

const distinct = (list: readonly unknown[]): unknown[] => list.filter((item, i) => list.findIndex((other) => equal(other, item)) === i);

const MAX_RANGE = 1_000_000;

function range(count: IntValue): number[] {
  if (Number(count) > MAX_RANGE) throw new CelError(`lists.range() size limit exceeded: ${count}`);
  return Array.from({ length: Math.max(0, Number(count)) }, (_, i) => i);
}

const zeroOf = (zeros: Readonly<Record<string, unknown>>, type: CelType): unknown => zeros[ZERO[type.kind] ?? ''] ?? 0;

/** Kubernetes' functions on lists and those of the `lists` extension. `zeros` are what empty lists of a type sum up to. */
export const lists = (zeros: Readonly<Record<string, unknown>>): readonly Overload[] => [
  ...ORDERED.flatMap((type) => [
    method('isSorted', [listType(type)], BOOL, sorted(type), perItem),
    method('min', [listType(type)], type, extreme(type, '_<_', 'min'), perItem),
    method('max', [listType(type)], type, extreme(type, '_>_', 'max'), perItem),
    method('sort', [listType(type)], listType(type), inOrder(type), perItem),
  ]),
  ...SUMMED.map((type) => method('sum', [listType(type)], type, sum(type, zeroOf(zeros, type)), perItem)),
  method('indexOf', [listType(A), A], INT, (list: unknown[], wanted: unknown) => list.findIndex((item) => equal(item, wanted)), perItem),
  method('lastIndexOf', [listType(A), A], INT, lastIndex, perItem),
  method('slice', [listType(A), INT, INT], listType(A), slice, perItem),
  method('flatten', [listType(listType(A))], listType(A), (list: unknown[][]) => list.flat(), perItem),
  method('distinct', [listType(A)], listType(A), distinct, perItem),
  method('reverse', [listType(A)], listType(A), (list: unknown[]) => [...list].reverse(), perItem),
  func('lists.range', [INT], listType(INT), range, { ...flat(1), cost: (count: IntValue) => Math.max(1, Number(count)) }),
];

const holdsAll = (list: readonly unknown[], wanted: readonly unknown[]): boolean =>
  wanted.every((item) => list.some((other) => equal(item, other)));

const pairwise = {
  cost: (a: readonly unknown[], b: readonly unknown[]) => 1 + a.length * b.length,
  estimate: (a: { min: number; max: number }, b: { min: number; max: number }) => ({
    cost: { min: 1 + a.min * b.min, max: a.max === 0 || b.max === 0 ? 1 : 1 + a.max * b.max },
  }),
} as Pick<Overload, 'cost' | 'estimate'>;

/** The `sets` extension: lists as sets. */
export const sets: readonly Overload[] = [
  func('sets.contains', [listType(A), listType(A)], BOOL, holdsAll, pairwise),
  func('sets.equivalent', [listType(A), listType(A)], BOOL, (a: unknown[], b: unknown[]) => holdsAll(a, b) && holdsAll(b, a), pairwise),
  func(
    'sets.intersects',
    [listType(A), listType(A)],
    BOOL,
    (a: unknown[], b: unknown[]) => a.some((item) => b.some((other) => equal(item, other))),
    pairwise,
  ),
];
