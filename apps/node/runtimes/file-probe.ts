import type { Probe } from 'kubernetes-types/core/v1';
import { words, type Outcome } from './shell-script';

const SHELL = /^(.*\/)?(sh|bash|ash)$/;

/**
 * When a probe that looks for a file has failed too often, because the container's own script has removed that file: the usual example
 * of a liveness probe. Undefined for all other probes: they succeed.
 */
export function fileProbeFailure(probe: Probe | undefined, { removes = {} }: Outcome): { afterMs: number; message: string } | undefined {
  const command = probe?.exec?.command ?? [];
  const [program = '', ...args] = SHELL.test(command[0] ?? '') && command[1] === '-c' ? words(command[2] ?? '') : command;
  const path = args.at(-1) ?? '';
  const removedMs = removes[path];
  if (!probe || removedMs === undefined || !/^(cat|ls|stat|test)$/.test(program)) return undefined;
  const [delay, period] = [(probe.initialDelaySeconds ?? 0) * 1000, (probe.periodSeconds ?? 10) * 1000];
  const firstMs = delay + Math.max(0, Math.ceil((removedMs - delay) / period)) * period;
  const afterMs = firstMs + ((probe.failureThreshold ?? 3) - 1) * period;
  return { afterMs, message: program === 'test' ? '' : `${program}: can't open '${path}': No such file or directory` };
}
