import type { EventLog } from '#lib/log/log';

/** As long as upstream waits for etcd in its readiness check. */
const WITHIN_MS = 2_000;

/** Whether the log answers; one question at a time, however many ask. */
export class LogProbe {
  private asking: Promise<string | undefined> | undefined;

  constructor(
    private readonly log: Pick<EventLog, 'head'>,
    private readonly withinMs = WITHIN_MS,
  ) {}

  /** What is wrong; undefined when all is well. */
  check(): Promise<string | undefined> {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private ask(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(`the log does not answer within ${this.withinMs / 1000} s`), this.withinMs);
      this.log
        .head()
        .then(
          () => resolve(undefined),
          (error: Error) => resolve(error.message),
        )
        .finally(() => clearTimeout(timer));
    });
  }
}
