import { stringify } from 'yaml';

/** How a verb answers: a table for people, the others for programs. */
export const FORMATS = ['table', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** Prints rows with aligned columns, as kubectl does: three spaces between them, none at the end. */
export function printTable(headers: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [headers, ...rows];
  const widths = headers.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  for (const row of all)
    process.stdout.write(`${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('   ')}\n`);
}

export function printDocument(format: 'json' | 'yaml', document: unknown): void {
  process.stdout.write(format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : stringify(document));
}

/** `pods/web`, or `shop/pods/web` with its namespace. */
export const nameOf = (entry: { readonly resource: string; readonly namespace: string; readonly name: string }): string =>
  `${entry.namespace === '' ? '' : `${entry.namespace}/`}${entry.resource}/${entry.name}`;

/** The time of day is enough for what happened today. */
export function timeOf(at: string, now = new Date()): string {
  return at.slice(0, 10) === now.toISOString().slice(0, 10) ? at.slice(11, 23) : at.slice(0, 19).replace('T', ' ');
}

/** Who made an entry, as the answers of `/decklog/v1/…` tell it. */
export interface Author {
  readonly user: string;
  readonly command?: string;
  readonly controller?: string;
}

/** `alice (kubectl scale)`, or the controller. */
export const authorOf = ({ user, command, controller }: Author): string => controller ?? (command ? `${user} (${command})` : user);

/** So many causes fit a line; the JSON has them all. */
const MAX_CAUSES = 3;

export function causesOf(cause: readonly number[]): string {
  if (cause.length === 0) return '-';
  const shown = cause.slice(-MAX_CAUSES).join(',');
  return cause.length > MAX_CAUSES ? `${shown},…` : shown;
}

/** Values longer than this are cut in tables. */
const MAX_VALUE = 80;

export function valueText(value: unknown): string {
  const text = typeof value === 'string' && !/\s/.test(value) && value !== '' ? value : JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
