import type { CelType } from './types';

/** Least and most of something: items of a value, units of cost. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What a call comes to before it is made. `size` is that of its result, when it has one. */
export interface CallEstimate {
  readonly cost: Range;
  readonly size?: Range;
}

/** One way to call a function. */
export interface Overload {
  readonly name: string;
  /** Called on its first parameter: `x.f(y)`. */
  readonly member: boolean;
  /** With the one it is called on first. */
  readonly params: readonly CelType[];
  readonly result: CelType;
  /** The function. @throws CelError */
  readonly call: (...args: never[]) => unknown;
  /** What a call with these arguments costs; default 1. The result stands behind the arguments. */
  readonly cost?: (...argsAndResult: never[]) => number;
  /** The same from the sizes of the arguments alone; default 1. */
  readonly estimate?: (...sizes: Range[]) => CallEstimate;
}

/** A name that expressions may use. */
export interface Variable {
  readonly name: string;
  readonly type: CelType;
}

type Options = Pick<Overload, 'cost' | 'estimate'>;

/** A function `name(…)`. */
export const func = (
  name: string,
  params: readonly CelType[],
  result: CelType,
  call: Overload['call'],
  options: Options = {},
): Overload => ({
  name,
  member: false,
  params,
  result,
  call,
  ...options,
});

/** A function `x.name(…)`; `params` begins with x. */
export const method = (
  name: string,
  params: readonly CelType[],
  result: CelType,
  call: Overload['call'],
  options: Options = {},
): Overload => ({
  name,
  member: true,
  params,
  result,
  call,
  ...options,
});

/** Exactly so much. */
export const fixed = (amount: number): Range => ({ min: amount, max: amount });
/** Of what nothing is known. */
export const UNKNOWN_SIZE: Range = { min: 0, max: Infinity };
/** The sum of two ranges. */
export const add = (a: Range, b: Range): Range => ({ min: a.min + b.min, max: a.max + b.max });
/** The product of two ranges: one of them for each of the other. */
export const times = (a: Range, b: Range): Range => ({ min: product(a.min, b.min), max: product(a.max, b.max) });
/** A range times a factor, rounded up. */
export const scaled = (a: Range, factor: number): Range => ({
  min: Math.ceil(product(a.min, factor)),
  max: Math.ceil(product(a.max, factor)),
});
/** What holds both ranges. */
export const union = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });

/** 0 of anything is nothing, also of infinitely much. */
const product = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

/** Walking over a string or bytes costs a tenth per character; a regular expression a quarter per character of its own. */
export const TRAVERSAL = 0.1;
/** See TRAVERSAL. */
export const REGEX_LENGTH = 0.25;
