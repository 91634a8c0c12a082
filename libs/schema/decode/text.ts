import { Document, parseAllDocuments, parseDocument, type Tags } from 'yaml';
import { DecodeError } from './decoding';
import { countMembers, MAX_DEPTH } from './depth';
import { scanJson } from './json-scan';

/** A body as plain values, with the complaints about members that occur twice. */
export interface Parsed {
  readonly value: unknown;
  readonly duplicates: readonly string[];
}

/** `checking` also looks for members that occur twice, which JSON.parse hides. Throws DecodeError with Go's text. */
export function parseJson(text: string, checking: boolean): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DecodeError(scanJson(text).syntaxError ?? 'unexpected end of JSON input');
  }
  if (!checking && text.length <= MAX_DEPTH) return { value, duplicates: [] };
  // JSON.parse keeps one of two equal names: fewer members than names means that some were doubled.
  const doubled = countMembers(value) !== countNames(text);
  return { value, duplicates: checking && doubled ? scanJson(text).duplicates : [] };
}

/** Names of members in correct JSON text: strings that a colon follows. Jumps from quote to quote. */
function countNames(text: string): number {
  let names = 0;
  for (let open = text.indexOf('"'); open !== -1; ) {
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
const NOT_IN_GO = new Set(['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:binary', 'tag:yaml.org,2002:omap', 'tag:yaml.org,2002:pairs', 'tag:yaml.org,2002:set']);

function goTags(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || !(NOT_IN_GO.has(tag.tag) || ('format' in tag && tag.format === 'TIME')));
}

const YAML_OPTIONS = { version: '1.1', schema: 'yaml-1.1', customTags: goTags, uniqueKeys: false, merge: true, strict: false, logLevel: 'silent' } as const;

/** Reads the first document. Mirrors sigs.k8s.io/yaml: YAML 1.1 words for true and false, names always strings. */
export function parseYaml(text: string, checking: boolean): Parsed {
  try {
    const first = documentOf(text);
    const problem = first.errors[0];
    if (problem) throw new DecodeError(`yaml: line ${problem.linePos?.[0].line ?? 1}: ${firstLine(problem.message)}`);
    // Through JSON, as upstream does: names become strings, NaN and the like disappear, and nothing is shared.
    const value: unknown = JSON.parse(JSON.stringify(first.toJS({ maxAliasCount: 100 }) ?? null));
    countMembers(value);
    return { value, duplicates: checking ? yamlDuplicates(text) : [] };
  } catch (error) {
    if (error instanceof RangeError) throw new DecodeError('yaml: exceeded max depth');
    throw error instanceof DecodeError ? error : new DecodeError(`yaml: ${firstLine((error as Error).message)}`);
  }
}

function documentOf(text: string): Document {
  const all = parseAllDocuments(text, YAML_OPTIONS);
  return 'empty' in all ? new Document(null) : (all[0] as Document);
}

function yamlDuplicates(text: string): string[] {
  const strict = parseDocument(text, { ...YAML_OPTIONS, uniqueKeys: true });
  const doubled = strict.errors.filter((error) => error.code === 'DUPLICATE_KEY');
  if (doubled.length === 0) return [];
  const lines = doubled.map((error) => `  line ${error.linePos?.[0].line ?? 1}: key ${JSON.stringify(keyAt(text, error.pos[0]))} already set in map`);
  return [`yaml: unmarshal errors:\n${lines.join('\n')}`];
}

const keyAt = (text: string, at: number): string => (/^["']?([^"':\n]*)/.exec(text.slice(at))?.[1] ?? '').trim();

const firstLine = (text: string): string => text.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
