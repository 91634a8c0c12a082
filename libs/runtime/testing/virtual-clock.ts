import type { Clock } from '#lib/runtime/clock';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that stands still until it is told to move: for tests and simulations. */
export class VirtualClock implements Clock {
  private readonly timers = new Set<Timer>();
  private order = 0;
  private time: number;

  constructor(start = new Date('2030-01-01T12:00:00.000Z')) {
    this.time = start.getTime();
  }

  now(): Date {
    return new Date(this.time);
  }

  setTimeout(run: () => void, delayMs: number): () => void {
    const timer = { at: this.time + Math.max(0, delayMs), order: this.order++, run };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  /** When the next timer is due. */
  get nextTimer(): Date | undefined {
    const next = this.earliest();
    return next && new Date(next.at);
  }

  /** Moves on and runs what becomes due, in order. */
  advance(ms: number): void {
    const until = this.time + ms;
    for (let next = this.earliest(); next && next.at <= until; next = this.earliest()) {
      this.time = Math.max(this.time, next.at);
      this.timers.delete(next);
      next.run();
    }
    this.time = until;
  }

  /** Moves on like `advance`, but lets promises settle after every timer. */
  async run(ms: number): Promise<void> {
    const until = this.time + ms;
    await settled();
    for (let next = this.earliest(); next && next.at <= until; next = this.earliest()) {
      this.advance(Math.max(0, next.at - this.time));
      await settled();
    }
    this.advance(Math.max(0, until - this.time));
    await settled();
  }

  private earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.timers) {
      if (!earliest || timer.at < earliest.at || (timer.at === earliest.at && timer.order < earliest.order)) earliest = timer;
    }
    return earliest;
  }
}

/** Resolves when everything has run that only waited for other promises. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
