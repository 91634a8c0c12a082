import { regexOf } from '#lib/api/validation/regex';
import { func, method, REGEX_LENGTH, scaled, add, times, TRAVERSAL, type CallEstimate, type Overload, type Range } from '../declarations';
import { CelError } from '../issues';
import { BOOL, DYN, INT, listType, STRING } from '../types';
import { sizeOf, type IntValue } from '../values';
import { walking } from './charges';
import { format } from './format-text';

/** @throws CelError when the pattern is none. */
function requireRegex(pattern: string): RegExp {
  const found = regexOf(pattern);
  if (typeof found === 'string') throw new CelError(found);
  return found;
}

const isPlain = (text: string): boolean => !/[\ud800-\udfff]/.test(text);
const points = (text: string): readonly string[] => [...text];

/** Positions count code points. */
function slice(text: string, from: number, to: number): string {
  const length = isPlain(text) ? text.length : points(text).length;
  if (from < 0 || from > length) throw new CelError(`index out of range: ${from}`);
  if (to < 0 || to > length) throw new CelError(`index out of range: ${to}`);
  if (from > to) throw new CelError(`invalid substring range. start: ${from}, end: ${to}`);
  return isPlain(text) ? text.slice(from, to) : points(text).slice(from, to).join('');
}

const lengthOf = (text: string): number => (isPlain(text) ? text.length : points(text).length);

function indexOf(text: string, part: string, from: IntValue = 0): number {
  if (Number(from) < 0 || Number(from) > lengthOf(text)) throw new CelError(`index out of range: ${from}`);
  return isPlain(text) ? text.indexOf(part, Number(from)) : indexIn(points(text), points(part), Number(from), 1);
}

function lastIndexOf(text: string, part: string, from: IntValue = lengthOf(text)): number {
  if (Number(from) < 0 || Number(from) > lengthOf(text)) throw new CelError(`index out of range: ${from}`);
  return isPlain(text) ? text.lastIndexOf(part, Number(from)) : indexIn(points(text), points(part), Number(from), -1);
}

function indexIn(text: readonly string[], part: readonly string[], from: number, step: 1 | -1): number {
  for (let i = from; i >= 0 && i <= text.length; i += step) if (part.every((point, at) => text[i + at] === point)) return i;
  return -1;
}

function charAt(text: string, index: IntValue): string {
  const at = Number(index);
  if (at < 0 || at > lengthOf(text)) throw new CelError(`index out of range: ${at}`);
  return isPlain(text) ? text.charAt(at) : (points(text)[at] ?? '');
}

function replace(text: string, old: string, by: string, limit: IntValue = -1): string {
  if (Number(limit) < 0) return text.split(old).join(by);
  let left = Number(limit);
  return text.split(old).reduce((sum, part) => sum + (left-- > 0 ? by : old) + part);
}

function split(text: string, separator: string, limit: IntValue = -1): string[] {
  const most = Number(limit);
  if (most === 0) return [];
  const parts = separator === '' ? [...text] : text.split(separator);
  return most < 0 || parts.length <= most ? parts : [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}

const WHITE = /^[\s\u0085\u180e]+|[\s\u0085\u180e]+$/g;
const lower = (text: string): string => text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]+/g, (part) => part.toUpperCase());

const matching: Pick<Overload, 'cost' | 'estimate'> = {
  cost: (text: string, pattern: string) => Math.ceil((1 + sizeOf(text)) * TRAVERSAL) * Math.ceil(sizeOf(pattern) * REGEX_LENGTH),
  estimate: (text, pattern): CallEstimate => ({
    cost: times(scaled(add(text as Range, { min: 1, max: 1 }), TRAVERSAL), scaled(pattern as Range, REGEX_LENGTH)),
  }),
};
const finding: Pick<Overload, 'cost' | 'estimate'> = {
  ...matching,
  estimate: (text, pattern) => ({
    ...(matching.estimate as NonNullable<Overload['estimate']>)(text as Range, pattern as Range),
    size: { min: 0, max: (text as Range).max },
  }),
};
const containing: Pick<Overload, 'cost' | 'estimate'> = {
  cost: (text: string, part: string) => Math.ceil(sizeOf(text) * TRAVERSAL) * Math.ceil(sizeOf(part) * TRAVERSAL),
  estimate: (text, part): CallEstimate => ({ cost: times(scaled(text as Range, TRAVERSAL), scaled(part as Range, TRAVERSAL)) }),
};
const joining: Pick<Overload, 'cost' | 'estimate'> = {
  cost: (...args: unknown[]) => Math.ceil(sizeOf(args.at(-1)) * 2 * TRAVERSAL),
  estimate: (list): CallEstimate => ({ cost: scaled(list as Range, 2 * TRAVERSAL), size: { min: 0, max: 3 * 1024 * 1024 } }),
};
const same = ([size]: readonly Range[]): Range => size as Range;
const upTo = ([size]: readonly Range[]): Range => ({ min: 0, max: (size as Range).max });

function findAll(text: string, pattern: string, limit: IntValue = -1): string[] {
  const found = [...text.matchAll(new RegExp(requireRegex(pattern), `${requireRegex(pattern).flags}g`))].map(([all]) => all);
  return Number(limit) < 0 ? found : found.slice(0, Number(limit));
}

const join = (list: readonly string[], separator = ''): string => list.join(separator);

/** CEL's own functions on strings, the `strings` extension and Kubernetes' `find` and `findAll`. */
export const strings: readonly Overload[] = [
  method('startsWith', [STRING, STRING], BOOL, (text: string, part: string) => text.startsWith(part), walking(1)),
  method('endsWith', [STRING, STRING], BOOL, (text: string, part: string) => text.endsWith(part), walking(1)),
  method('contains', [STRING, STRING], BOOL, (text: string, part: string) => text.includes(part), containing),
  method('matches', [STRING, STRING], BOOL, (text: string, pattern: string) => requireRegex(pattern).test(text), matching),
  func('matches', [STRING, STRING], BOOL, (text: string, pattern: string) => requireRegex(pattern).test(text), matching),
  method('find', [STRING, STRING], STRING, (text: string, pattern: string) => requireRegex(pattern).exec(text)?.[0] ?? '', finding),
  method('findAll', [STRING, STRING], listType(STRING), findAll, finding),
  method('findAll', [STRING, STRING, INT], listType(STRING), findAll, finding),
  method('charAt', [STRING, INT], STRING, charAt),
  method('indexOf', [STRING, STRING], INT, indexOf, walking(0)),
  method('indexOf', [STRING, STRING, INT], INT, indexOf, walking(0)),
  method('lastIndexOf', [STRING, STRING], INT, lastIndexOf, walking(0)),
  method('lastIndexOf', [STRING, STRING, INT], INT, lastIndexOf, walking(0)),
  method('lowerAscii', [STRING], STRING, lower, walking(0, 1, same)),
  method('upperAscii', [STRING], STRING, upper, walking(0, 1, same)),
  method('trim', [STRING], STRING, (text: string) => text.replace(WHITE, ''), walking(0, 1, same)),
  method(
    'substring',
    [STRING, INT],
    STRING,
    (text: string, from: IntValue) => slice(text, Number(from), lengthOf(text)),
    walking(0, 1, same),
  ),
  method(
    'substring',
    [STRING, INT, INT],
    STRING,
    (text: string, from: IntValue, to: IntValue) => slice(text, Number(from), Number(to)),
    walking(0, 1, same),
  ),
  method('replace', [STRING, STRING, STRING], STRING, replace, walking(0, 2, replacedSize)),
  method('replace', [STRING, STRING, STRING, INT], STRING, replace, walking(0, 2, replacedSize)),
  method('split', [STRING, STRING], listType(STRING), split, walking(0, 2, upTo)),
  method('split', [STRING, STRING, INT], listType(STRING), split, walking(0, 2, upTo)),
  method('join', [listType(STRING)], STRING, join, joining),
  method('join', [listType(STRING), STRING], STRING, join, joining),
  method('format', [STRING, listType(DYN)], STRING, format, walking(0)),
  func(
    'strings.quote',
    [STRING],
    STRING,
    (text: string) => JSON.stringify(text),
    walking(0, 1, ([size]) => ({ min: (size as Range).min + 2, max: 2 * (size as Range).max + 2 })),
  ),
  method('reverse', [STRING], STRING, (text: string) => points(text).slice().reverse().join(''), walking(0, 1, same)),
];

/** How long a text is at most after every part was replaced. */
function replacedSize([text, old, by]: readonly Range[]): Range {
  const [size, least, most] = [(text as Range).max, (old as Range).min, (by as Range).max];
  if (least === 0) return { min: 0, max: size + (size + 1) * most };
  return { min: 0, max: most <= least ? size : Math.ceil(size / least) * most };
}
