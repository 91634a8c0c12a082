import { CelIssues } from './issues';
import { Double, UnsignedInt } from './values';
import type { Literal } from './ast';

/** A word of an expression. `text` of the last one, of kind `end`, is `<EOF>`. */
export interface Token {
  readonly kind: 'ident' | 'literal' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
  readonly value?: Literal;
  /** Written in backquotes: a field that is no identifier. */
  readonly quoted?: boolean;
}

const SIGNS = [
  '&&',
  '||',
  '==',
  '!=',
  '<=',
  '>=',
  '?',
  ':',
  '.',
  ',',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '!',
];
const SPACE = /(?:\s|\/\/[^\n]*)+/y;
const IDENT = /[A-Za-z_]\w*/y;
const QUOTED = /`([A-Za-z0-9_.\-/ ]+)`/y;
const NUMBER = /0x([0-9a-fA-F]+)([uU]?)|((?:\d+\.\d+|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?)|(\d+)([uU]?)/y;
const STRING = /(?:[rR][bB]?|[bB][rR]?)?('''|"""|'|")/y;

/** Words that are no identifiers. `true`, `false` and `null` are literals; the others are refused. */
const RESERVED = new Set([
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);

/** The words of an expression. @throws CelIssues for characters that begin none, and for unfinished strings. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  while (at < source.length) {
    const space = match(SPACE);
    if (space) at += space[0].length;
    if (at >= source.length) break;
    const token =
      stringToken(source, at, match(STRING)) ??
      wordToken(at, match(IDENT), match(QUOTED)) ??
      numberToken(source, at, match(NUMBER)) ??
      signToken(source, at);
    tokens.push(token.token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: source.length });
  return tokens;
}

interface Read {
  readonly token: Token;
  readonly end: number;
}

const fail = (source: string, offset: number, message: string): never => {
  throw new CelIssues(source, [{ offset, message }]);
};

function wordToken(at: number, word: RegExpExecArray | null, quoted: RegExpExecArray | null): Read | undefined {
  if (quoted) return { token: { kind: 'ident', text: quoted[1] as string, at, quoted: true }, end: at + quoted[0].length };
  if (!word) return undefined;
  const text = word[0];
  const end = at + text.length;
  if (text === 'true' || text === 'false') return { token: { kind: 'literal', text, at, value: text === 'true' }, end };
  if (text === 'null') return { token: { kind: 'literal', text, at, value: null }, end };
  return { token: { kind: text === 'in' ? 'sign' : 'ident', text, at }, end };
}

/** Whether an identifier may be used as a variable or function. */
export const isReserved = (name: string): boolean => RESERVED.has(name);

const MAX = 2n ** 63n;

function numberToken(source: string, at: number, found: RegExpExecArray | null): Read | undefined {
  if (!found) return undefined;
  const [text, hex, hexU, real, digits, u] = found;
  const end = at + text.length;
  if (real !== undefined) return { token: { kind: 'literal', text, at, value: new Double(Number(real)) }, end };
  const amount = BigInt(hex === undefined ? (digits as string) : `0x${hex}`);
  if (hexU || u) {
    if (amount >= 2n * MAX) fail(source, at, 'invalid uint literal');
    return { token: { kind: 'literal', text, at, value: new UnsignedInt(amount) }, end };
  }
  if (amount > MAX) fail(source, at, 'invalid int literal'); // MAX itself is allowed behind a minus
  return { token: { kind: 'literal', text, at, value: amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : amount }, end };
}

function signToken(source: string, at: number): Read {
  const sign = SIGNS.find((each) => source.startsWith(each, at));
  if (!sign) return fail(source, at, `Syntax error: token recognition error at: '${source.slice(at, at + 1)}'`);
  return { token: { kind: 'sign', text: sign, at }, end: at + sign.length };
}

function stringToken(source: string, at: number, found: RegExpExecArray | null): Read | undefined {
  if (!found) return undefined;
  const quote = found[1] as string;
  const prefix = found[0].slice(0, -quote.length).toLowerCase();
  const start = at + found[0].length;
  const isRaw = prefix.includes('r');
  let end = start;
  while (!source.startsWith(quote, end)) {
    if (end >= source.length || (quote.length === 1 && source[end] === '\n')) {
      return fail(source, at, `Syntax error: token recognition error at: '${source.slice(at, end)}'`);
    }
    end += source[end] === '\\' && !isRaw ? 2 : 1;
  }
  const inner = source.slice(start, end);
  const isBytes = prefix.includes('b');
  const text = source.slice(at, end + quote.length);
  const value = isBytes ? bytesOf(source, at, inner, isRaw) : isRaw ? inner : unescaped(source, at, inner);
  return { token: { kind: 'literal', text, at, value }, end: end + quote.length };
}

const ESCAPE = /\\(?:([abfnrtv"'`?\\])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([^]?))/g;
const SINGLE: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function unescaped(source: string, at: number, text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPE, (_all, one?: string, x?: string, u?: string, long?: string, octal?: string) => {
    if (one !== undefined) return SINGLE[one] ?? one;
    const code = x ?? u ?? long;
    if (code !== undefined) return String.fromCodePoint(parseInt(code, 16));
    if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8));
    return fail(source, at, 'invalid string literal: unable to unescape string');
  });
}

/** In bytes, `\x` and octal escapes are single bytes. */
function bytesOf(source: string, at: number, text: string, isRaw: boolean): Uint8Array {
  if (isRaw || !text.includes('\\')) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  let last = 0;
  for (const found of text.matchAll(ESCAPE)) {
    parts.push(Buffer.from(text.slice(last, found.index), 'utf8'));
    const byte = found[2] !== undefined ? parseInt(found[2], 16) : found[5] !== undefined ? parseInt(found[5], 8) : undefined;
    parts.push(byte === undefined ? Buffer.from(unescaped(source, at, found[0]), 'utf8') : Buffer.from([byte]));
    last = found.index + found[0].length;
  }
  parts.push(Buffer.from(text.slice(last), 'utf8'));
  return Buffer.concat(parts);
}
