import { constants } from 'node:os';

/** When and why `up` ends: a signal, or a fault that restarting does not cure. */
export class Ending {
  /** The exit code, once it is time to stop. */
  readonly reached: Promise<number>;
  begun = false;
  private resolve!: (code: number) => void;

  constructor(private readonly say: (line: string) => void) {
    this.reached = new Promise((done) => (this.resolve = done));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.onSignal(signal));
    // A bug: end in order all the same, so that what is in flight is written and no server of ours is left behind.
    process.on('uncaughtException', (error) => this.fail(error.stack ?? String(error)));
  }

  /** Ends with exit code 1. */
  fail(reason: string): void {
    this.say(`${reason}; stopping`);
    this.end(1);
  }

  /** The first asks for an orderly end; the second, from somebody who does not want to wait, gets a hard one. */
  private onSignal(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
    if (this.begun) process.exit(128 + constants.signals[signal]);
    this.say('stopping …');
    this.end(0);
  }

  private end(code: number): void {
    this.begun = true;
    this.resolve(code);
  }
}
