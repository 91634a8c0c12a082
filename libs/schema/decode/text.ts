import { tooLargeBody } from '#lib/api/errors';
import { Composer, type CST, Document, isScalar, Lexer, LineCounter, Parser, type Tags, visit } from 'yaml';
import { DecodeError, MAX_STRICT_ERRORS } from './decoding';
import { countMembers, MAX_DEPTH, nestsTooDeep } from './depth';
import { scanJson } from './json-scan';
import { roundedIntegers } from './rounded';

/** A body as plain values, with the complaints about members that occur twice. */
export interface Parsed {
  readonly value: unknown;
  readonly duplicates: readonly string[];
  /** The text itself, of JSON with duplicates: in it they stand between other complaints. */
  readonly text?: string;
  /** Warnings about integers that lost digits. */
  readonly rounded: readonly string[];
}

/** `checking` also looks for members that occur twice, which JSON.parse hides. Throws DecodeError with Go's text. */
export function parseJson(text: string, checking: boolean): Parsed {
  if (nestsTooDeep(text)) throw new DecodeError('exceeded max depth');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DecodeError(scanJson(text).syntaxError ?? 'unexpected end of JSON input');
  }
  const rounded = roundedIntegers(text, value);
  if (!checking && text.length <= MAX_DEPTH) return { value, duplicates: [], rounded };
  // JSON.parse keeps one of two equal names: fewer members than names means that some were doubled.
  const members = countMembers(value);
  const doubled = members !== countColons(text) && members !== countNames(text);
  return checking && doubled ? { value, duplicates: scanJson(text).duplicates, text, rounded } : { value, duplicates: [], rounded };
}

/**
 * How often `":` stands in the text, which is as often as there are names when none has a space behind it and no string contains one;
 * -1 when there may be a space. Nothing but a search: strings need not be looked at one by one.
 */
function countColons(text: string): number {
  if (SPACED_COLON.test(text)) return -1;
  let count = 0;
  for (let at = text.indexOf('":'); at !== -1; at = text.indexOf('":', at + 2)) count++;
  return count;
}

const SPACED_COLON = /"\s+:/;

/** Names of members in correct JSON text: strings that a colon follows. Jumps from quote to quote. */
function countNames(text: string): number {
  let names = 0;
  for (let open = text.indexOf('"'); open !== -1;) {
    let close = text.indexOf('"', open + 1);
    while (isEscaped(text, close)) close = text.indexOf('"', close + 1);
    let next = close + 1;
    let code = text.charCodeAt(next);
    while (code === 32 || code === 10 || code === 13 || code === 9) code = text.charCodeAt(++next);
    if (code === 58) names++;
    open = text.indexOf('"', next);
  }
  return names;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 92) slashes++;
  return slashes % 2 === 1;
}

/** Tags of YAML 1.1 that Go's reader, or its conversion to JSON, does not know: 1:30 is a string and so is 2024-01-01. */
const NOT_IN_GO = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
  'tag:yaml.org,2002:set',
]);

function goTags(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || !(NOT_IN_GO.has(tag.tag) || ('format' in tag && tag.format === 'TIME')));
}

const YAML_OPTIONS = {
  version: '1.1',
  schema: 'yaml-1.1',
  customTags: goTags,
  uniqueKeys: false,
  merge: true,
  strict: false,
  logLevel: 'silent',
} as const;

/** A reader of YAML blocks everybody for about a second per 512 KiB. JSON, which is YAML too, may be longer. */
export const MAX_YAML_LENGTH = 512 * 1024;

/**
 * Reads the first document. Mirrors sigs.k8s.io/yaml: YAML 1.1 words for true and false, names always strings. Throws 413 and DecodeError.
 */
export function parseYaml(text: string, checking: boolean): Parsed {
  const json = text.startsWith('{') ? asJson(text) : undefined;
  if (json) return json;
  if (text.length > MAX_YAML_LENGTH) throw tooLargeBody(MAX_YAML_LENGTH);
  try {
    const { first, lineOf } = documentOf(text);
    const problem = first.errors[0];
    if (problem) throw new DecodeError(`yaml: line ${lineOf(problem.pos[0])}: ${firstLine(problem.message)}`);
    // Through JSON, as upstream does: names become strings, NaN and the like disappear, and nothing is shared.
    const value: unknown = JSON.parse(JSON.stringify(first.toJS({ maxAliasCount: 100 }) ?? null));
    countMembers(value);
    return { value, duplicates: checking ? yamlDuplicates(first, text, lineOf) : [], rounded: roundedIntegers(text, value) };
  } catch (error) {
    if (error instanceof RangeError) throw new DecodeError('yaml: exceeded max depth');
    throw error instanceof DecodeError ? error : new DecodeError(`yaml: ${firstLine((error as Error).message)}`);
  }
}

/** JSON without doubled names; what else there is to say of it YAML says in its own words. */
function asJson(text: string): Parsed | undefined {
  try {
    const parsed = parseJson(text, true);
    return parsed.duplicates.length === 0 ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** As with JSON, but the parser's own recursion ends sooner; past its end V8 does not throw but kill the process. */
const MAX_YAML_DEPTH = 200;

function documentOf(text: string): { first: Document; lineOf(at: number): number } {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const lineOf = (at: number): number => lines.linePos(at).line;
  const composer = new Composer(YAML_OPTIONS);
  for (const first of composer.compose(shallow(text, new Parser(lines.addNewLine)))) return { first, lineOf };
  return { first: new Document(null), lineOf };
}

/** The tokens as they come, up to one that is nested too deep: reading tokens needs no recursion, what comes after does. */
function* shallow(text: string, parser: Parser): Iterable<CST.Token> {
  let brackets = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === '[' || lexeme === '{') brackets++;
    else if (lexeme === ']' || lexeme === '}') brackets--;
    if (brackets > MAX_YAML_DEPTH) throw new DecodeError('yaml: exceeded max depth');
    yield* ofLimitedDepth(parser.next(lexeme));
  }
  yield* ofLimitedDepth(parser.end());
}

function* ofLimitedDepth(tokens: Iterable<CST.Token>): Iterable<CST.Token> {
  for (const token of tokens) {
    if (depthOf(token) > MAX_YAML_DEPTH) throw new DecodeError('yaml: exceeded max depth');
    yield token;
  }
}

function depthOf(token: CST.Token): number {
  let deepest = 0;
  const open: { token: CST.Token; depth: number }[] = [{ token, depth: 0 }];
  for (let next = open.pop(); next && deepest <= MAX_YAML_DEPTH; next = open.pop()) {
    const { depth } = next;
    deepest = Math.max(deepest, depth);
    if (next.token.type === 'document' && next.token.value) open.push({ token: next.token.value, depth });
    if (!('items' in next.token)) continue;
    for (const { key, value } of next.token.items) {
      if (key) open.push({ token: key, depth: depth + 1 });
      if (value) open.push({ token: value, depth: depth + 1 });
    }
  }
  return deepest;
}

/** Names that stand twice in a mapping. (The library's own search compares each with each: 11 s for 20,000.) */
function yamlDuplicates(document: Document, text: string, lineOf: (at: number) => number): string[] {
  const doubled: number[] = [];
  visit(document, {
    Map(_, { items }) {
      const names = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (names.has(key.value) && key.value !== '<<') doubled.push(key.range?.[0] ?? 0);
        names.add(key.value);
      }
    },
  });
  if (doubled.length === 0) return [];
  const lines = doubled
    .sort((a, b) => a - b)
    .slice(0, MAX_STRICT_ERRORS)
    .map((at) => `  line ${lineOf(at)}: key ${JSON.stringify(keyAt(text, at))} already set in map`);
  return [`yaml: unmarshal errors:\n${lines.join('\n')}`];
}

const keyAt = (text: string, at: number): string => (/^["']?([^"':\n]*)/.exec(text.slice(at))?.[1] ?? '').trim();

const firstLine = (text: string): string => text.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
