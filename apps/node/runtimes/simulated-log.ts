import { parseTime } from '#lib/api/time';
import type { LogOptions } from '#lib/runtime/container-logs';
import { endOf, type SimulatedRun } from './simulated-pod';

/** What the container has printed: all of it in the moment of its start. */
export function printLog(run: SimulatedRun, options: LogOptions, now: number): string {
  const from =
    options.sinceSeconds !== undefined ? now - options.sinceSeconds * 1000 : (parseTime(options.sinceTime)?.getTime() ?? -Infinity);
  if (run.startsAt < from || (endOf(run)?.at ?? Infinity) < run.startsAt) return '';
  const stamp = options.timestamps ? `${new Date(run.startsAt).toISOString().replace('Z', '000000Z')} ` : '';
  const lines = run.behaviour.output.map((line) => `${stamp}${line}\n`);
  const text = (options.tailLines === undefined ? lines : lines.slice(lines.length - Math.min(lines.length, options.tailLines))).join('');
  return options.limitBytes === undefined ? text : text.slice(0, options.limitBytes);
}
