import type { Clock } from './clock';

/** Causes kept per key, the latest. More would only repeat that a storm was going on; the log has them all. */
export const MAX_CAUSES = 64;

/** One key to work on, with the revisions that woke it, ascending. */
export interface Work {
  readonly key: string;
  readonly causes: readonly number[];
}

/** A timer that ends so much too early tells that the clock was set back. */
const SET_BACK_MS = 1_000;

interface Timer {
  readonly at: number;
  readonly cancel: () => void;
}

/**
 * Keys in the order they were added. A key is never worked on twice at once; one that is added while it is worked on is worked
 * on again afterwards; one that waits already is not added a second time. Mirrors client-go's util/workqueue/queue.go.
 */
export class WorkQueue {
  /** Keys that need work, with the revisions that woke them. */
  private readonly dirty = new Map<string, Set<number>>();
  private readonly processing = new Set<string>();
  private readonly queue = new Set<string>();
  private readonly timers = new Map<string, Timer>();

  /** `onReady` is called whenever there is something to take. */
  constructor(
    private readonly clock: Clock,
    private readonly onReady: () => void,
  ) {}

  /** Keys that wait to be taken. */
  get depth(): number {
    return this.queue.size;
  }

  /** Keys that are being worked on. */
  get inWork(): number {
    return this.processing.size;
  }

  /** True when nothing waits, nothing is worked on and no timer runs. */
  get idle(): boolean {
    return this.queue.size === 0 && this.processing.size === 0 && this.timers.size === 0;
  }

  /** `cause` is the revision that woke the key; none for timers and starts. */
  add(key: string, cause?: number): void {
    let causes = this.dirty.get(key);
    if (!causes) this.dirty.set(key, (causes = new Set()));
    if (cause !== undefined) {
      causes.add(cause);
      if (causes.size > MAX_CAUSES) for (const oldest of causes) if (causes.delete(oldest)) break;
    }
    if (this.processing.has(key) || this.queue.has(key)) return;
    this.queue.add(key);
    this.onReady();
  }

  /** Adds the key at that time. Of several times the earliest wins; adding it before does not take the timer back. */
  addAt(key: string, at: Date): void {
    const time = at.getTime();
    const waiting = this.timers.get(key);
    if (waiting && waiting.at <= time) return;
    waiting?.cancel();
    const cancel = this.clock.setTimeout(() => this.due(key, time), Math.max(0, time - this.clock.now().getTime()));
    this.timers.set(key, { at: time, cancel });
  }

  /** Adds the key after a delay. */
  addAfter(key: string, delayMs: number): void {
    this.addAt(key, new Date(this.clock.now().getTime() + delayMs));
  }

  /** The longest waiting key; it is worked on until `done`. */
  take(): Work | undefined {
    for (const key of this.queue) {
      this.queue.delete(key);
      this.processing.add(key);
      const causes = [...(this.dirty.get(key) ?? [])].sort((a, b) => a - b);
      this.dirty.delete(key);
      return { key, causes };
    }
    return undefined;
  }

  /** What woke a key since it was taken; it need not be given out again for that, because the work on it only begins now. */
  absorb(key: string): readonly number[] {
    const causes = this.dirty.get(key);
    if (!causes || !this.processing.has(key)) return [];
    this.dirty.delete(key);
    return [...causes];
  }

  /** Ends the work on a key. It goes to the back of the queue when it was added meanwhile. */
  done(key: string): void {
    this.processing.delete(key);
    if (!this.dirty.has(key)) return;
    this.queue.add(key);
    this.onReady();
  }

  /** Forgets everything that waits, and all timers. */
  clear(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
    this.queue.clear();
    this.dirty.clear();
  }

  private due(key: string, time: number): void {
    this.timers.delete(key);
    // A clock may wake a little early. One that was set back would have the key wait as long again: who works on it looks for himself.
    const early = time - this.clock.now().getTime();
    if (early > 0 && early < SET_BACK_MS) return this.addAt(key, new Date(time));
    this.add(key);
  }
}
