import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { endOfText, endOfValue } from './metadata-bytes';
import { wireBytes } from './wire';

const [QUOTE, COMMA, OPEN, CLOSE] = Buffer.from('",{}') as unknown as readonly [number, number, number, number];

/** How objects of a kind begin or end that say their type first, or last: nearly all do one of it. */
interface TypeTexts {
  readonly first: readonly Buffer[];
  readonly last: readonly Buffer[];
}

const texts = new WeakMap<AnyKind, TypeTexts>();

function textsOf(kind: AnyKind): TypeTexts {
  let known = texts.get(kind);
  if (!known) {
    const members = [`"kind":${JSON.stringify(kind.kind)}`, `"apiVersion":${JSON.stringify(kind.apiVersion)}`];
    const both = [members.join(','), members.reverse().join(',')];
    texts.set(kind, (known = { first: both.map((text) => Buffer.from(`{${text},`)), last: both.map((text) => Buffer.from(`,${text}}`)) }));
  }
  return known;
}

/**
 * The members of an object as an item of its kind's list, without braces: the list says the type of all of them, as those of upstream do
 * (custom resources say their own). A part of the object's own bytes where its type stands first or last.
 */
export function itemBytes(kind: AnyKind, object: KubeObject): Buffer {
  const text = wireBytes(object);
  const { first, last } = textsOf(kind);
  for (const head of first)
    if (text.length > head.length && text.compare(head, 0, head.length, 0, head.length) === 0)
      return text.subarray(head.length, text.length - 1);
  for (const tail of last)
    if (text.length > tail.length && text.compare(tail, 0, tail.length, text.length - tail.length) === 0)
      return text.subarray(1, text.length - tail.length);
  return withoutType(text);
}

/** Wherever they stand. */
function withoutType(text: Buffer): Buffer {
  const kept: Buffer[] = [];
  for (let at = 1; text[at] === QUOTE;) {
    const name = text.toString('utf8', at + 1, endOfText(text, at));
    const end = endOfValue(text, endOfText(text, at) + 2); // past the quote and the colon
    if (name !== 'kind' && name !== 'apiVersion') kept.push(text.subarray(at, end));
    at = text[end] === COMMA ? end + 1 : end;
  }
  return Buffer.concat(kept.flatMap((member, i) => (i === 0 ? [member] : [SEPARATOR, member])));
}

const SEPARATOR = Buffer.from([COMMA]);

/** What stands before, between and behind the items of a list. */
export const BEFORE_FIRST = Buffer.from([OPEN]);
export const BETWEEN = Buffer.from([CLOSE, COMMA, OPEN]);
export const BEHIND_LAST = Buffer.from([CLOSE]);
