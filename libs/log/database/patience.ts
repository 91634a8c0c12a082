import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailable } from '#lib/log/log';

/**
 * A database that is restarted is back within seconds; whoever waits longer should be told. Requests over the bus wait three times as long.
 */
export const PATIENCE_MS = 10_000;

const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 500;

/**
 * Does something that may be done twice, again and again as long as another attempt may succeed.
 * @param isClosed when nobody waits for the result any more
 * @param forMs Default 10,000
 * @throws LogUnavailable after that time, and what is not worth another attempt at once
 */
export async function patiently<T>(action: () => Promise<T>, isClosed: () => boolean = () => false, forMs = PATIENCE_MS): Promise<T> {
  const deadline = performance.now() + forMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
    try {
      return await action();
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (isClosed() || performance.now() > deadline) throw new LogUnavailable(error as Error);
      await sleep(pause);
    }
  }
}

/** Another attempt may succeed: the connection was lost, or the server is starting, stopping, full, a standby, or chose us as a victim. */
export function isPassing(error: unknown): boolean {
  if (error instanceof LogUnavailable) return true;
  const code = codeOf(error);
  if (code === '') return /connect|terminat|timeout/i.test((error as Error).message);
  const isSqlState = /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E'); // EPIPE is not one
  return !isSqlState || code.startsWith('08') || code.startsWith('57P') || ['53300', '25006', '40001', '40P01'].includes(code);
}

/** SQLSTATE, or Node's code of a system error; '' when there is none. */
export const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? '');
