import type { ContainerFacts } from './runtimes/runtime';

const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;
/** How long a container's end shows before what follows it: about what kubelet takes to notice and to decide again. */
const SHOW_END_MS = 1_000;
/** A container that ran for this long starts over with a short back-off. */
const FORGET_AFTER_MS = 600_000;

/**
 * When a container that has ended may start again, and what its next end will have to wait. Mirrors flowcontrol.Backoff as kubelet uses it.
 */
export function restartOf(run: ContainerFacts, now: number): { at: number; nextBackOffMs: number } {
  const ended = run.finishedAt ?? now;
  const hasRunWell = ended - (run.startedAt ?? ended) > FORGET_AFTER_MS;
  const backOffMs = hasRunWell ? 0 : run.backOffMs;
  return { at: ended + Math.max(backOffMs, shownMs(run)), nextBackOffMs: backOffMs === 0 ? FIRST_MS : Math.min(2 * backOffMs, LONGEST_MS) };
}

/** Whom kubelet itself has stopped it starts again in the same breath. */
export const shownMs = ({ stoppedAt }: ContainerFacts): number => (stoppedAt === undefined ? SHOW_END_MS : 0);

/** Tries to pull an image: ten seconds after the first, then twice as long each time, up to five minutes. */
export const RETRY_PULL = {
  after: (attempt: number): number => Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_MS),
  /** How long ErrImagePull shows before it becomes ImagePullBackOff. */
  showErrorMs: 2_000,
};
