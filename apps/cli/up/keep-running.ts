import { setTimeout as sleep } from 'node:timers/promises';

/** A first restart follows at once; further ones wait 2, 4, 8 … times this. */
const LOOK_EVERY_MS = 250;

/** What keeps it down has nothing to do with it, so it is tried this often, for ever. */
const EXCUSED_EVERY_MS = 1_000;

const ASK_EVERY_MS = 3_000;

/** Longer than a machine is busy or a process sleeps. */
const DEAF_AFTER_MS = 10_000;

/** So many restarts within so long are bad luck; one more is a fault that restarting does not cure. */
const RESTARTS = 5;
const WITHIN_MS = 60_000;

/** A process that can be ended; `pid` tells whether it still lives. */
export interface Server {
  readonly pid: number;
  stop(): Promise<void>;
}

/** What `keepRunning` needs to know. */
export interface Kept<S extends Server> {
  /** For people: `PostgreSQL`. */
  readonly name: string;
  readonly first: S;
  /** Starts it anew, reachable as before. */
  restart(): Promise<S>;
  say(line: string): void;
  /**
   * Asked when it is down: why that is not its own fault, and passes without a restart of everything. Undefined: it is. Default: always.
   */
  excuse?(): string | undefined;
  /** Whether it does its work, besides being alive. One that has not for ten seconds is started again. Default: nobody asks. */
  answers?(): Promise<boolean>;
  /** Called once, when it has died too often. */
  giveUp(reason: string): void;
  /** Default 250. */
  readonly lookEveryMs?: number;
}

/** Watches a server of ours and starts it again when it dies, at most five times a minute. `stop` ends the watch and the server. */
export function keepRunning<S extends Server>(kept: Kept<S>): { stop(): Promise<void> } {
  const ending = new AbortController();
  const interval = kept.lookEveryMs ?? LOOK_EVERY_MS;
  let server: S | undefined = kept.first;
  const watching = watch();

  async function watch(): Promise<void> {
    const restarts: number[] = [];
    let excused = false;
    const deaf = new Deafness(kept);
    while (await pause(interval)) {
      if (server && isAlive(server.pid)) {
        if (await deaf.lasts()) await server.stop();
        continue;
      }
      server = undefined;
      const excuse = kept.excuse?.();
      if (excuse !== undefined) {
        if (!excused) kept.say(`${kept.name} cannot run: ${excuse}; it is started again as soon as it can`);
        excused = true;
        if (!(await pause(Math.min(EXCUSED_EVERY_MS, 4 * interval)))) return;
        server = await kept.restart().catch(() => undefined);
        if (server) kept.say(`${kept.name} runs again`);
        continue;
      }
      excused = false;
      const recent = restarts.filter((at) => at > performance.now() - WITHIN_MS).length;
      if (recent >= RESTARTS) return kept.giveUp(`${kept.name} died ${recent + 1} times within a minute`);
      kept.say(`${kept.name} died; starting it again`);
      if (recent > 0 && !(await pause(interval * 2 ** recent))) return;
      restarts.push(performance.now());
      server = await kept.restart().catch((error: Error) => {
        kept.say(`${kept.name} did not start: ${error.message.split('\n')[0]}`);
        return undefined;
      });
      if (server) kept.say(`${kept.name} runs again`);
    }
  }

  /** False when we are ending. */
  function pause(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: ending.signal }).catch(() => false);
  }

  return {
    async stop() {
      ending.abort();
      await watching;
      await server?.stop();
    },
  };
}

/** For how long it has not answered, while nothing excuses that. */
class Deafness {
  private heard = performance.now();
  private asked = performance.now();

  constructor(private readonly kept: Pick<Kept<Server>, 'name' | 'answers' | 'excuse' | 'say'>) {}

  /** Asks when it is time to. */
  async lasts(): Promise<boolean> {
    const { name, answers, excuse, say } = this.kept;
    if (!answers || performance.now() - this.asked < ASK_EVERY_MS) return false;
    const answered = await answers().catch(() => false);
    this.asked = performance.now();
    if (answered || excuse?.() !== undefined) this.heard = this.asked;
    if (this.asked - this.heard < DEAF_AFTER_MS) return false;
    this.heard = this.asked;
    say(`${name} does not answer any more`);
    return true;
  }
}

/** Signal 0 only asks. A child of ours is never a zombie for long: Node collects it. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it lives, as another user
  }
}
