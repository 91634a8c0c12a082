import { stringify } from 'yaml';

/** How a verb answers: a table for people, the others for programs. */
export const FORMATS = ['table', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** Prints rows with aligned columns, as kubectl does: three spaces between them, none at the end. */
export function printTable(headers: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [headers, ...rows];
  const widths = headers.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  for (const row of all) process.stdout.write(`${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('   ')}\n`);
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
