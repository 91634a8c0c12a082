import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from './parts';

const DIST = join(__dirname, '../../..');
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;
/** Whoever lived so long is started again at once. */
const LIVED_MS = 10_000;

/** A process of our own programs. */
export interface Child {
  readonly name: string;
  /** Below dist/. */
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** It is ready when it has printed this. */
  readonly until: string;
}

/**
 * Starts processes of the build, and starts each again when it ends by itself: at once, or, when it does not stay, after ever longer
 * pauses.
 */
export class Offspring {
  constructor(private readonly say: (line: string) => void) {}

  /** Resolves when it is ready for the first time. */
  async start(child: Child): Promise<Running> {
    const ending = new AbortController();
    let current = this.spawn(child);
    const ready = this.prints(current, child);
    const keeping = this.keep(
      child,
      ending.signal,
      () => current,
      (next) => (current = next),
    );
    await ready;
    const stop = async (): Promise<void> => {
      ending.abort();
      current.kill('SIGTERM');
      await keeping;
    };
    return { stop };
  }

  private async keep(child: Child, signal: AbortSignal, current: () => ChildProcess, replace: (next: ChildProcess) => void): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; ;) {
      const began = performance.now();
      if (current().exitCode === null && current().signalCode === null) await once(current(), 'exit');
      if (signal.aborted) return;
      pause = performance.now() - began > LIVED_MS ? FIRST_PAUSE_MS : Math.min(pause * 2, MAX_PAUSE_MS);
      this.say(`${child.name} ended; starting it again`);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      replace(this.spawn(child));
    }
  }

  private spawn({ name, path, args, env }: Child): ChildProcess {
    // Detached, so that Ctrl-C in a terminal reaches us and not them: we stop them in order.
    const child = spawn(process.execPath, [...process.execArgv, join(DIST, path), ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => this.tell(name, chunk.toString()));
    return child;
  }

  /** What goes wrong, not what goes well. */
  private tell(name: string, text: string): void {
    for (const line of text.split('\n'))
      if (/WARN|ERROR|died|stopping|takes over|primary|everything|alone/.test(line)) this.say(`${name}: ${line}`);
  }

  private async prints(process: ChildProcess, { name, until }: Child): Promise<void> {
    let output = '';
    await new Promise<void>((resolve, reject) => {
      for (const stream of [process.stdout, process.stderr]) {
        stream?.on('data', (chunk: Buffer) => {
          output = (output + chunk.toString()).slice(-4_000);
          if (output.includes(until)) resolve();
        });
      }
      process.once('exit', () => reject(new Error(`${name} ended: ${output}`)));
    });
  }
}
