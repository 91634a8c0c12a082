import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { basename, dirname, resolve } from 'node:path';

const here = resolve(__dirname, '../..');

/** The folder with package.json; also for programs of test/ that were built. */
export const ROOT = basename(here) === 'dist' ? dirname(here) : here;

/** A program of the build (dist/) that a test has started, with everything it has printed. */
export class Program {
  output = '';
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;

  /**
   * `path` is below dist/: `apps/cli/main.js`. Nothing of our own environment but PATH and HOME goes in, so that a test says what it needs.
   */
  constructor(path: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    const { PATH = '', HOME = '' } = process.env;
    this.child = spawn(process.execPath, [resolve(ROOT, 'dist', path), ...args], { cwd: ROOT, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.closed = once(this.child, 'close');
  }

  get pid(): number {
    return this.child.pid!;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves once the text was printed. @throws when the program ends before, or it takes too long. */
  async prints(text: string, withinMs = 60_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!this.output.includes(text)) {
      if (!this.running) throw new Error(`the program ended before it printed "${text}":\n${this.output}`);
      if (Date.now() > deadline) throw new Error(`the program has not printed "${text}" within ${withinMs} ms:\n${this.output}`);
      await new Promise((next) => setTimeout(next, 20));
    }
  }

  /** Sends the signal and returns the exit code (or the signal that ended it). */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string | null> {
    if (this.running) this.child.kill(signal);
    return this.exit();
  }

  /** Waits for the end. */
  async exit(): Promise<number | string | null> {
    await this.closed;
    return this.child.exitCode ?? this.child.signalCode;
  }
}

/** Processes that a process has started, by what they are called; all of them without a name. */
export function childrenOf(pid: number, name = ''): number[] {
  const every = process.platform === 'linux' ? everyProcess() : execFileSync('ps', ['-axo', 'pid=,ppid=,comm='], { encoding: 'utf8' }).split('\n');
  const rows = every.map((line) => line.trim().split(/\s+/, 3));
  return rows.filter(([, parent, program = '']) => Number(parent) === pid && program.includes(name)).map(([child]) => Number(child));
}

/** `pid ppid name` of each, from /proc: slim containers have no `ps`. */
function everyProcess(): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        return [`${pid} ${rest.split(' ')[1]} ${name}`];
      } catch {
        return []; // it has just ended
      }
    });
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Asks until `check` gives something or throws no more. @throws its last error, or that it gave nothing. */
export async function eventually<T>(what: string, check: () => Promise<T | undefined | false>, withinMs = 60_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const result = await check().catch((error: Error) => error);
    if (result !== undefined && result !== false && !(result instanceof Error)) return result;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms${result instanceof Error ? ` (${result.message})` : ''}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}
