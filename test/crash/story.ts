import type { RecordingWatcher } from '../support/crash/recording-watcher';
import type { Strike } from './faults';
import type { LogRow, Operation } from './history';

/** All that is known when a campaign is over. */
export interface Known {
  readonly findings: readonly string[];
  readonly rounds: readonly Strike[];
  readonly operations: readonly Operation[];
  readonly rows: readonly LogRow[];
  readonly watches: readonly { readonly server: number; readonly watcher: Pick<RecordingWatcher, 'from' | 'turns' | 'revision'> }[];
  /** What the processes have printed. */
  readonly output: string;
}

/** More findings than that mostly have one reason. */
const TOLD = 10;
/** Operations on the same object so long before and after the one in question. */
const AROUND_MS = 1_000;
const LINES = 24;
/** Only when somebody gave up waiting do the programs' own words matter. */
const PROCESSES = 40;
const LAST_WORDS = 400;

/**
 * What was found, what was struck when, and what happened around it: all that somebody needs who has nothing but this text. '' without
 * findings.
 */
export function storyOf(known: Known): string {
  if (known.findings.length === 0) return '';
  const { findings, rounds, output } = known;
  const start = Math.min(...known.operations.map(({ invoked }) => invoked), ...rounds.flatMap(({ acts }) => acts.map(({ at }) => at)));
  const time = (at: number): string => (Number.isFinite(at) ? `${((at - start) / 1000).toFixed(3)} s` : 'never');
  return [
    ...findings.slice(0, TOLD).flatMap((finding) => [`FINDING ${finding}`, ...around(finding, known, time)]),
    ...(findings.length > TOLD ? [`… and ${findings.length - TOLD} more`] : []),
    'STRUCK',
    ...rounds.flatMap(({ acts }, round) => acts.map(({ what, at, over }) => `  round ${round + 1}: ${what} at ${time(at)}, over at ${time(over)}`)),
    ...(findings.some((one) => one.startsWith('round ')) ? ['THE LAST WORDS OF THE PROCESSES', ...lastWords(output)] : []),
  ].join('\n');
}

/** Of each process: their outputs follow one another, each headed by `--- name`. */
const lastWords = (output: string): string[] =>
  output
    .split(/^(?=--- )/m)
    .slice(-PROCESSES)
    .map((text) => (text.length > 2 * LAST_WORDS ? `${text.slice(0, LAST_WORDS)} … ${text.slice(-LAST_WORDS)}` : text).trimEnd());

type Time = (at: number) => string;

function around(finding: string, known: Known, time: Time): string[] {
  const watch = /^the watch from (\d+)/.exec(finding);
  if (watch) return ofWatch(Number(watch[1]), known, time);
  const id = /crash-\d+-\d+/.exec(finding)?.[0];
  const one = known.operations.find((operation) => operation.id === id);
  if (!one) return [];
  const until = Number.isFinite(one.returned) ? one.returned : one.invoked;
  const isNear = ({ invoked, returned, name }: Operation): boolean =>
    (name === one.name || name === '' || one.name === '') && returned > one.invoked - AROUND_MS && invoked < until + AROUND_MS;
  const near = known.operations.filter(isNear).sort((a, b) => a.invoked - b.invoked);
  const at = near.indexOf(one);
  return near.slice(Math.max(0, at - LINES / 2), at + LINES / 2).map((operation) => `  ${operation === one ? '>' : ' '} ${told(operation, known.rows, time)}`);
}

function told(operation: Operation, rows: readonly LogRow[], time: Time): string {
  const { id, verb, name, server = 0, invoked, returned, outcome, expected, revision, found, why } = operation;
  const written = rows.filter((row) => row.id === id).map((row) => ` · in the log at ${row.revision}`);
  const seen = found && (verb === 'get' ? ` at ${found[0]?.revision}` : ` of ${found.length} at ${revision}`);
  return `${time(invoked)} to ${time(returned)} api-${server + 1} ${verb} ${name} (${id})${expected === undefined ? '' : ` if at ${expected}`}: ${outcome}${seen ?? (revision ? ` at ${revision}` : '')}${why ? ` (${why})` : ''}${written.join('')}`;
}

function ofWatch(from: number, { watches, rows }: Known, time: Time): string[] {
  return watches
    .filter(({ watcher }) => watcher.from === from)
    .flatMap(({ server, watcher }) => [
      `    on api-${server + 1}, which it has followed up to ${watcher.revision}; the log ends at ${rows.at(-1)?.revision ?? 0}`,
      ...watcher.turns.slice(-LINES).map(({ at, what }) => `    ${time(at)} ${what}`),
    ]);
}
