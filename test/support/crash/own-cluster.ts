import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '#lib/client/client';
import { accessFrom } from '#lib/client/kubeconfig';
import { freePort, Program, ROOT } from '../program';
import { cleanUpAfterUs } from './janitor';
import { SmallDisk } from './small-disk';

/** More than a suite writes; only what is written takes memory. */
const DISK_BYTES = 2 ** 30;

const READY = 'The cluster is ready';

/** `decklog up` as a user starts it: a process with PostgreSQL and NATS of its own, in a folder that is thrown away. */
export class OwnCluster {
  private up: Program | undefined;
  private readonly disks = new Map<'postgres' | 'nats', SmallDisk>();

  private constructor(
    readonly home: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async create(nodes = 2): Promise<OwnCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'decklog-crash-'));
    chmodSync(folder, 0o711); // PostgreSQL may have to run as another user than we do
    cleanUpAfterUs(folder);
    const home = join(folder, 'home');
    const clock = { DECKLOG_TEST_CLOCK: join(folder, 'clock'), NODE_OPTIONS: `--require ${join(ROOT, 'dist/test/crash/stepped-clock.js')}` };
    return new OwnCluster(home, { DECKLOG_HOME: home, DECKLOG_PORT: String(await freePort()), DECKLOG_NODES: String(nodes), ...clock });
  }

  get program(): Program {
    if (!this.up) throw new Error('the cluster was not started');
    return this.up;
  }

  async start(): Promise<void> {
    this.up = new Program('apps/cli/main.js', ['up'], this.env);
    await this.up.prints(READY);
  }

  /** Before the first start: the data of these servers lie on disks that can be filled. */
  mountDisks(): void {
    for (const server of ['postgres', 'nats'] as const) this.disks.set(server, new SmallDisk(join(this.home, server), DISK_BYTES));
  }

  /** @throws when there was no `mountDisks` */
  disk(server: 'postgres' | 'nats'): SmallDisk {
    const disk = this.disks.get(server);
    if (!disk) throw new Error(`${server} has no disk of its own`);
    return disk;
  }

  /** Sets the clock of `up` to that of the machine and so much; timers go on as they were. */
  stepClock(offsetMs: number): void {
    writeFileSync(join(this.home, '..', 'clock'), String(offsetMs));
  }

  /** A client with connections of its own; close it. */
  client(): Client {
    return new Client(accessFrom(join(this.home, 'kubeconfig')));
  }

  /** Runs a verb of the command line against this cluster. */
  async verb(...args: string[]): Promise<{ readonly code: unknown; readonly output: string }> {
    const program = new Program('apps/cli/main.js', args, { KUBECONFIG: join(this.home, 'kubeconfig') });
    return { code: await program.exit(), output: program.output };
  }

  /** The server of that name that this process started. @throws when there is none. */
  serverPid(name: 'postgres' | 'nats-server'): number {
    const [found] = this.children(name);
    if (!found) throw new Error(`no ${name} below process ${this.program.pid}`);
    return found.pid;
  }

  /** Straight to PostgreSQL, past everything that is ours. */
  get databaseUrl(): string {
    const [postgres] = this.children('postgres');
    const port = /port=(\d+)/.exec(postgres?.command ?? '')?.[1];
    if (!port) throw new Error('PostgreSQL does not run');
    const password = readFileSync(join(this.home, 'postgres', 'password'), 'utf8').trim();
    return `postgres://decklog:${password}@127.0.0.1:${port}/decklog`;
  }

  get natsUrl(): string {
    const folder = join(this.home, 'nats');
    const password = /password: "([^"]+)"/.exec(readFileSync(join(folder, 'nats.conf'), 'utf8'))?.[1];
    const ports = JSON.parse(readFileSync(join(folder, `nats-server_${this.serverPid('nats-server')}.ports`), 'utf8')) as { nats: string[] };
    return `nats://decklog:${password}@${new URL(ports.nats[0] as string).host}`;
  }

  async dispose(): Promise<void> {
    for (const disk of this.disks.values()) disk.free();
    await this.up?.end('SIGTERM');
    for (const disk of this.disks.values()) disk.remove();
    rmSync(join(this.home, '..'), { recursive: true, force: true });
  }

  private children(name: string): { readonly pid: number; readonly command: string }[] {
    const lines = execFileSync('ps', ['-o', 'pid=,comm=,args=', '--ppid', String(this.program.pid)], { encoding: 'utf8' }).split('\n');
    return lines.flatMap((line) => {
      const [, pid, comm, command = ''] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      return pid && comm?.startsWith(name) ? [{ pid: Number(pid), command }] : [];
    });
  }
}
