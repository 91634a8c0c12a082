import type { LogRow, Observed, Operation } from './history';
import { Timeline } from './timeline';

/** A stretch of an object's life: from the entry that began it to the one that ended it. */
interface Span {
  readonly from: number;
  readonly until: number;
  /** Undefined: there was no such object. */
  readonly row?: LogRow;
}

const isWrite = ({ verb }: Operation): boolean => verb !== 'get' && verb !== 'list';

/**
 * Compares what clients were told with the log, and returns what does not fit, in words. The log's order is taken as the one in which
 * everything happened: then histories are linearizable when every acknowledged write is one entry, what was refused is none, no
 * entry comes before one that was over when it began, preconditions held there, and every read shows a state of the time while it ran.
 */
export function findings(operations: readonly Operation[], rows: readonly LogRow[]): string[] {
  const spans = spansOf(rows);
  const timeline = new Timeline(operations, rows);
  return [
    ...entriesOf(operations, rows),
    ...strangers(operations, rows),
    ...outOfOrder(operations, rows),
    ...brokenPreconditions(operations, rows, spans),
    ...operations.flatMap((operation) => misseen(operation, spans, rows, timeline)),
  ];
}

function spansOf(rows: readonly LogRow[]): Map<string, Span[]> {
  const lives = new Map<string, Span[]>();
  for (const row of rows) {
    const spans = lives.get(row.name) ?? [{ from: 0, until: Infinity }];
    const before = spans.pop() as Span;
    spans.push({ ...before, until: row.revision }, { from: row.revision, until: Infinity, ...(row.type !== 'DELETED' && { row }) });
    lives.set(row.name, spans);
  }
  return lives;
}

/** Acknowledged writes that are not exactly one entry, and refused or unanswered ones that are what they must not be. */
function entriesOf(operations: readonly Operation[], rows: readonly LogRow[]): string[] {
  const byId = new Map<string, LogRow[]>();
  for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
  return operations.flatMap((operation) => {
    const written = byId.get(operation.id) ?? [];
    const label = labelOf(operation);
    if (written.length > 1) return [`${label} was written ${written.length} times: ${written.map((row) => row.revision).join(', ')}`];
    const [row] = written;
    if (operation.outcome === 'ok' && isWrite(operation)) return row ? differs(operation, row) : [`${label} was acknowledged and is not in the log`];
    return row && operation.outcome !== 'unknown'
      ? [`${label} was answered with "${operation.outcome}" (${operation.why ?? ''}) and is in the log at ${row.revision}`]
      : [];
  });
}

const TYPES = { create: ['ADDED'], update: ['MODIFIED'], patch: ['MODIFIED'], delete: ['DELETED'], get: [], list: [] } as const;

function differs(operation: Operation, row: LogRow): string[] {
  const isSame =
    row.name === operation.name &&
    (TYPES[operation.verb] as readonly string[]).includes(row.type) &&
    (operation.revision === 0 || operation.revision === row.revision) &&
    (operation.uid === undefined || operation.uid === row.uid) &&
    (operation.verb === 'delete' || row.value === operation.id);
  return isSame ? [] : [`${labelOf(operation)} was acknowledged at ${operation.revision} as ${operation.uid}, the log has ${JSON.stringify(row)}`];
}

function strangers(operations: readonly Operation[], rows: readonly LogRow[]): string[] {
  const ids = new Set(operations.map(({ id }) => id));
  return rows.filter(({ id }) => !ids.has(id)).map((row) => `nobody asked for ${row.type} of ${row.name} at ${row.revision}`);
}

/** Entries that stand behind one which was only asked for after they had been acknowledged. */
function outOfOrder(operations: readonly Operation[], rows: readonly LogRow[]): string[] {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  let latest = { invoked: -Infinity, revision: 0 };
  return rows.flatMap(({ id, revision }) => {
    const by = byId.get(id);
    if (!by) return [];
    const problem = by.returned < latest.invoked ? [`${labelOf(by)} is at ${revision}, behind ${latest.revision}, which was begun after it had ended`] : [];
    if (by.invoked > latest.invoked) latest = { invoked: by.invoked, revision };
    return problem;
  });
}

function brokenPreconditions(operations: readonly Operation[], rows: readonly LogRow[], spans: ReadonlyMap<string, Span[]>): string[] {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  return rows.flatMap((row) => {
    const by = byId.get(row.id);
    const before = spans.get(row.name)?.find((span) => span.until === row.revision);
    if (!by || !before) return [];
    if ((by.verb === 'create') !== (before.row === undefined))
      return [`${labelOf(by)} at ${row.revision}: before it the object was ${before.row ? 'there' : 'not there'}`];
    if (by.expected !== undefined && by.expected !== before.from) return [`${labelOf(by)} at ${row.revision} expected ${by.expected} and found ${before.from}`];
    return before.row && before.row.uid !== row.uid ? [`${labelOf(by)} at ${row.revision} changed the uid`] : [];
  });
}

/** What an answer says of the world must have been so at some revision that its request may have seen. */
function misseen(operation: Operation, spans: ReadonlyMap<string, Span[]>, rows: readonly LogRow[], timeline: Timeline): string[] {
  const [from, until] = [timeline.knownBefore(operation.invoked), timeline.begunAfter(operation.returned)];
  if (operation.verb === 'list') return operation.outcome === 'ok' ? mislisted(operation, rows, from, until) : [];
  const holds = expectation(operation);
  if (!holds) return [];
  const life = spans.get(operation.name) ?? [{ from: 0, until: Infinity }];
  if (life.some((span) => span.until > from && span.from < until && holds(span))) return [];
  return [
    `${labelOf(operation)} answered ${operation.outcome} ${JSON.stringify(operation.found ?? operation.why ?? '')}, which was so at no revision from ${from} to ${until}`,
  ];
}

function expectation({ verb, outcome, expected, found }: Operation): ((span: Span) => boolean) | undefined {
  if (outcome === 'absent') return ({ row }) => row === undefined;
  if (outcome === 'present') return ({ row }) => row !== undefined;
  if (outcome === 'moved') return ({ row }) => row?.revision !== expected;
  if (outcome === 'ok' && verb === 'get') return ({ row }) => row !== undefined && isSame(row, found?.[0]);
  return undefined;
}

const isSame = (row: LogRow, seen: Observed | undefined): boolean => row.revision === seen?.revision && row.uid === seen.uid && row.value === seen.value;

function mislisted(operation: Operation, rows: readonly LogRow[], from: number, until: number): string[] {
  const { revision = 0, found = [] } = operation;
  if (revision < from) return [`${labelOf(operation)} shows ${revision}, and ${from} had been acknowledged before it was asked`];
  if (revision >= until) return [`${labelOf(operation)} shows ${revision}, and ${until} was only asked for after it was answered`];
  const world = new Map<string, LogRow>();
  for (const row of rows) {
    if (row.revision > revision) break;
    if (row.type === 'DELETED') world.delete(row.name);
    else world.set(row.name, row);
  }
  const wrong = found.filter((one) => {
    const row = world.get(one.name);
    return !row || !isSame(row, one);
  });
  return wrong.length === 0 && found.length === world.size
    ? []
    : [`${labelOf(operation)} at ${revision} shows ${found.length} objects instead of ${world.size}; wrong: ${JSON.stringify(wrong)}`];
}

const labelOf = ({ verb, name, id }: Operation): string => `${verb} ${name} (${id})`;
