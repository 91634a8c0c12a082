import { logClock } from '#lib/log/log-clock';

/** Time as the runtime sees it, so that everything also runs on virtual time. */
export interface Clock {
  now(): Date;
  /** Calls `run` after `delayMs`; the returned function takes it back. */
  setTimeout(run: () => void, delayMs: number): () => void;
}

/** Node's timers cannot wait longer than this (24.8 days); longer ones are taken in steps by their users. */
const LONGEST_MS = 2 ** 31 - 1;

/** The log's clock: the machine's, never set back. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  now: () => logClock.date(),
  setTimeout(run, delayMs) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), LONGEST_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs` of the clock. */
export const pause = (clock: Clock, delayMs: number): Promise<void> => new Promise((resolve) => void clock.setTimeout(resolve, delayMs));
