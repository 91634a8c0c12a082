/** Bounds of the delays, in milliseconds. */
export interface BackoffOptions {
  /** First delay. Default 5. */
  readonly baseMs?: number;
  /** Longest delay. Default 1,000,000 (16 minutes 40 seconds). */
  readonly maxMs?: number;
}

/** Delays per key that double with every failure, as client-go's ItemExponentialFailureRateLimiter with its defaults. */
export class Backoff {
  private readonly failures = new Map<string, number>();

  constructor(private readonly options: BackoffOptions = {}) {}

  /** Counts a failure and tells how long to wait. */
  next(key: string): number {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    const { baseMs = 5, maxMs = 1_000_000 } = this.options;
    return Math.min(baseMs * 2 ** failures, maxMs);
  }

  /** After a success the next failure starts small again. */
  reset(key: string): void {
    this.failures.delete(key);
  }
}
