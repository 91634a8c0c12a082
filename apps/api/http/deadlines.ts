/**
 * Deadlines of one length. They pass in the order in which they were set, so one timer serves them all: a timer for each request, which is
 * nearly always cleared within the same millisecond, was 1 % of all CPU under load.
 */
export class Deadlines {
  /** What is to be done, and when: milliseconds of the process's own clock. */
  private readonly pending = new Map<() => void, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ms: number) {}

  /** Calls `expire` once the time has passed, unless the returned function is called before. */
  set(expire: () => void): () => void {
    this.pending.set(expire, performance.now() + this.ms);
    this.timer ??= setTimeout(() => this.pass(), this.ms).unref();
    return () => void this.pending.delete(expire);
  }

  private pass(): void {
    this.timer = undefined;
    const now = performance.now();
    for (const [expire, at] of this.pending) {
      if (at > now) {
        this.timer = setTimeout(() => this.pass(), Math.ceil(at - now)).unref();
        return;
      }
      this.pending.delete(expire);
      expire();
    }
  }
}
