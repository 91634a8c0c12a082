import { isMembers } from './json-schema';

/** One step of a path: a member, an index, all items, or the items whose member has a value. */
type Step =
  | { readonly member: string }
  | { readonly index: number }
  | { readonly all: true }
  | { readonly where: readonly string[]; readonly is: unknown; readonly equal: boolean };

/** A path as CRDs use it, ready to be followed. */
export interface JsonPath {
  /** Everything it leads to. */
  find(object: unknown): readonly unknown[];
  /** The members it goes through, when it is nothing but members: `.spec.replicas`. */
  readonly members: readonly string[] | undefined;
}

const WORD = /\.((?:\\.|[^.[\\])+)/y;
const QUOTED = /\.?\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/y;
const INDEX = /\.?\[\s*(-?\d+)\s*\]/y;
const ALL = /\.?\[\s*\*\s*\]|\.\*/y;
const FILTER = /\.?\[\?\(\s*@((?:\.(?:\\.|[^.=!<>\s)\\])+)+)\s*(==|!=)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^)\s]+)\s*\)\]/y;

/**
 * Reads `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`, `.spec.ports[0].name`, `.a['b.c']`; undefined when it cannot be
 * read.
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    const found = stepAt(text, at);
    if (!found) return undefined;
    steps.push(found.step);
    at = found.end;
  }
  const isPlain = steps.every((step) => 'member' in step);
  return {
    find: (object) => steps.reduce<readonly unknown[]>((values, step) => values.flatMap((value) => follow(value, step)), [object]),
    members: isPlain ? steps.map((step) => (step as { member: string }).member) : undefined,
  };
}

function stepAt(text: string, at: number): { step: Step; end: number } | undefined {
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const all = match(ALL);
  if (all) return { step: { all: true }, end: at + all[0].length };
  const word = match(WORD);
  if (word) return { step: { member: plain(word[1] as string) }, end: at + word[0].length };
  const quoted = match(QUOTED);
  if (quoted) return { step: { member: plain(quoted[1] ?? quoted[2] ?? '') }, end: at + quoted[0].length };
  const index = match(INDEX);
  if (index) return { step: { index: Number(index[1]) }, end: at + index[0].length };
  const filter = match(FILTER);
  if (!filter) return undefined;
  const where = (filter[1] as string).slice(1).split('.').map(plain);
  return { step: { where, is: literal(filter[3] as string), equal: filter[2] === '==' }, end: at + filter[0].length };
}

const plain = (text: string): string => text.replace(/\\(.)/g, '$1');

function literal(text: string): unknown {
  if (/^['"]/.test(text)) return plain(text.slice(1, -1));
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function follow(value: unknown, step: Step): readonly unknown[] {
  if ('member' in step)
    return isMembers(value) && Object.hasOwn(value, step.member) && value[step.member] !== undefined ? [value[step.member]] : [];
  const items = Array.isArray(value) ? value : isMembers(value) && 'all' in step ? Object.values(value) : [];
  if ('all' in step) return items;
  if ('index' in step) {
    const item: unknown = items.at(step.index);
    return item === undefined ? [] : [item];
  }
  return items.filter((item) => {
    const found = step.where.reduce<unknown>((each, name) => (isMembers(each) ? each[name] : undefined), item);
    return found !== undefined && (found === step.is) === step.equal;
  });
}

/** The object with this value at the path of members; what is missing on the way is made. */
export function withValue<T extends object>(object: T, members: readonly string[], value: unknown): T {
  const [first, ...rest] = members;
  if (first === undefined) return object;
  const below = (object as Record<string, unknown>)[first];
  return { ...object, [first]: rest.length === 0 ? value : withValue(isMembers(below) ? below : {}, rest, value) };
}
