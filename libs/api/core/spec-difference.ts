import { sameValue } from '#lib/api/equality';

type Members = Record<string, unknown>;

/**
 * What changed between two values, for the end of an error text: lines with `-` were, lines with `+` are wanted.
 * Has the looks of go-cmp's Diff, which upstream appends there; Go's type names are left out where JSON does not know them.
 */
export function difference(typeName: string, before: unknown, after: unknown): string {
  if (sameValue(before, after)) return '';
  return `  ${typeName}{\n${membersDifference(before as Members, after as Members, 1)}  }\n`;
}

function membersDifference(before: Members, after: Members, depth: number): string {
  const isThere = (key: string): boolean => before[key] !== undefined || after[key] !== undefined;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(isThere).sort();
  let same = 0;
  let text = '';
  for (const key of keys) {
    if (sameValue(before[key], after[key])) same++;
    else text += memberDifference(`${goName(key)}: `, before[key], after[key], depth);
  }
  return text + skipped(same, 'field', depth);
}

function memberDifference(prefix: string, before: unknown, after: unknown, depth: number): string {
  if (isMembers(before) && isMembers(after)) {
    return `${line(' ', depth, `${prefix}{`)}${membersDifference(before, after, depth + 1)}${line(' ', depth, '},')}`;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return `${line(' ', depth, `${prefix}{`)}${itemsDifference(before, after, depth + 1)}${line(' ', depth, '},')}`;
  }
  return line('-', depth, `${prefix}${print(before)},`) + line('+', depth, `${prefix}${print(after)},`);
}

function itemsDifference(before: readonly unknown[], after: readonly unknown[], depth: number): string {
  let same = 0;
  let text = '';
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    if (i >= after.length) text += line('-', depth, `${print(before[i])},`);
    else if (i >= before.length) text += line('+', depth, `${print(after[i])},`);
    else if (sameValue(before[i], after[i])) same++;
    else text += memberDifference('', before[i], after[i], depth);
  }
  return text + skipped(same, 'element', depth);
}

const line = (mark: ' ' | '-' | '+', depth: number, text: string): string => `${mark} ${'\t'.repeat(depth)}${text}\n`;

const skipped = (count: number, what: string, depth: number): string =>
  count === 0 ? '' : line(' ', depth, `... // ${count} identical ${what}${count === 1 ? '' : 's'}`);

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

const print = (value: unknown): string => (value === undefined || value === null ? 'nil' : JSON.stringify(value));

/** Names as Go has them: `hostIP` → `HostIP`, `uid` → `UID`. */
const goName = (key: string): string => (key === 'uid' ? 'UID' : key.charAt(0).toUpperCase() + key.slice(1));
