/** Lines around a change that stay the same. */
const CONTEXT = 3;

/** Texts further apart than this are shown as one replaced by the other: the search takes the square of it in time and memory. */
const MAX_EDITS = 1_000;

interface Edit {
  readonly op: ' ' | '-' | '+';
  readonly line: string;
}

/** Two texts as a unified diff, as `diff -u` prints it; '' when they are the same. Both texts end with a newline, or are empty. */
export function unifiedDiff(before: string, after: string, from: string, to: string): string {
  if (before === after) return '';
  const edits = editsBetween(linesOf(before), linesOf(after));
  const out = [`--- ${from}`, `+++ ${to}`];
  for (const { start, end } of hunks(edits)) out.push(...hunk(edits, start, end));
  return `${out.join('\n')}\n`;
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** Stretches of edits with their context; those that touch are one. */
function hunks(edits: readonly Edit[]): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  edits.forEach(({ op }, i) => {
    if (op === ' ') return;
    const last = found.at(-1);
    const start = Math.max(0, i - CONTEXT);
    const end = Math.min(edits.length, i + CONTEXT + 1);
    if (last && start <= last.end) last.end = end;
    else found.push({ start, end });
  });
  return found;
}

function hunk(edits: readonly Edit[], start: number, end: number): string[] {
  const lines = edits.slice(start, end);
  const count = (list: readonly Edit[], other: '-' | '+'): number => list.filter(({ op }) => op !== other).length;
  const range = (other: '-' | '+'): string => {
    const length = count(lines, other);
    const first = count(edits.slice(0, start), other) + (length === 0 ? 0 : 1);
    return length === 1 ? String(first) : `${first},${length}`;
  };
  return [`@@ -${range('+')} +${range('-')} @@`, ...lines.map(({ op, line }) => op + line)];
}

/** The shortest edits from one list of lines to another: Myers' algorithm, after what both ends have in common. */
function editsBetween(a: readonly string[], b: readonly string[]): Edit[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const same = (line: string): Edit => ({ op: ' ', line });
  const middle = shortest(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return [...a.slice(0, head).map(same), ...middle, ...a.slice(a.length - tail).map(same)];
}

function shortest(a: readonly string[], b: readonly string[]): Edit[] {
  const trace = a.length === 0 || b.length === 0 ? undefined : furthest(a, b);
  if (trace) return wayBack(a, b, trace);
  return [...a.map((line): Edit => ({ op: '-', line })), ...b.map((line): Edit => ({ op: '+', line }))];
}

/** For each number of edits, how far along `a` every diagonal gets. */
function furthest(a: readonly string[], b: readonly string[]): Map<number, number>[] | undefined {
  const trace: Map<number, number>[] = [];
  let reach = new Map<number, number>([[1, 0]]);
  for (let edits = 0; edits <= MAX_EDITS; edits++) {
    trace.push(reach);
    reach = new Map(reach);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down = goesDown(reach, diagonal, edits);
      let x = down ? (reach.get(diagonal + 1) ?? 0) : (reach.get(diagonal - 1) ?? 0) + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      reach.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return trace;
    }
  }
  return undefined;
}

const goesDown = (reach: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean =>
  diagonal === -edits || (diagonal !== edits && (reach.get(diagonal - 1) ?? -1) < (reach.get(diagonal + 1) ?? -1));

function wayBack(a: readonly string[], b: readonly string[], trace: readonly Map<number, number>[]): Edit[] {
  const out: Edit[] = [];
  let x = a.length;
  let y = b.length;
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const reach = trace[edits] as Map<number, number>;
    const diagonal = x - y;
    const from = goesDown(reach, diagonal, edits) ? diagonal + 1 : diagonal - 1;
    const fromX = edits === 0 ? 0 : (reach.get(from) ?? 0);
    const fromY = edits === 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY) (out.push({ op: ' ', line: a[--x] as string }), y--);
    if (edits === 0) break;
    if (x === fromX) out.push({ op: '+', line: b[--y] as string });
    else out.push({ op: '-', line: a[--x] as string });
  }
  return out.reverse();
}
