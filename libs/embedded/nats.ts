import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { platform } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Largest message the bus carries. An object of 1.5 MB (the API's limit) fits with its envelope; larger ones travel without their object.
 */
export const MAX_PAYLOAD = 8 * 1024 * 1024;

const READY_WITHIN_MS = 15_000;
const STOP_WITHIN_MS = 5_000;

/** What `startNats` needs to know. */
export interface NatsOptions {
  /** Folder of the server's files: JetStream's store, its configuration, its pid. Made when missing. */
  readonly storeDir: string;
  /** Default: a free one, chosen by the server. */
  readonly port?: number;
  /** Of the user `decklog`. Default: a new one. A server that is started again for clients that are connected keeps port and password. */
  readonly password?: string;
  /** File that receives the server's own log. Default: `nats.log` in storeDir. */
  readonly log?: string;
  /** Default: a server on its own. */
  readonly cluster?: NatsCluster;
  /** The server's program. Default: `findNats()`. */
  readonly binary?: string;
}

/** The cluster that a server is part of; all of them know the same password. */
export interface NatsCluster {
  /** Of this server; no other one has it. */
  readonly name: string;
  /** Where the others find it. */
  readonly port: number;
  /** Ports of all of them on this machine. */
  readonly ports: readonly number[];
}

/** A running server that belongs to this process. */
export interface RunningNats {
  /** With user and password: `nats://decklog:…@127.0.0.1:4222`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the server and resolves when it is gone. */
  stop(): Promise<void>;
}

/** There is no nats-server program on this machine. */
export class NatsMissing extends Error {
  constructor() {
    super(
      'nats-server is not installed. Install it (Debian/Ubuntu: `apt-get install nats-server`, macOS: `brew install nats-server`), ' +
        'or set NATS_URL to a server that runs already.',
    );
    this.name = 'NatsMissing';
  }
}

/** The path of nats-server: on PATH, or where Debian puts it (/usr/sbin, which is not on a user's PATH). */
export function findNats(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'nats-server'))
    .find(isExecutable);
}

/**
 * Starts a nats-server with JetStream for this machine only: on 127.0.0.1, with a password made at the first start on this
 * folder and kept, so that clients find back after a restart on the same port.
 * A server that an earlier, killed process left on the same folder is ended first: two on one store would destroy it.
 * @throws NatsMissing when there is no program to start.
 */
export async function startNats(options: NatsOptions): Promise<RunningNats> {
  const binary = options.binary ?? findNats();
  if (!binary || !isExecutable(binary)) throw new NatsMissing();
  const storeDir = resolve(options.storeDir);
  mkdirSync(storeDir, { recursive: true, mode: 0o700 });
  await endLeftover(storeDir);

  const logFile = options.log ?? join(storeDir, 'nats.log');
  const config = join(storeDir, 'nats.conf');
  const password = options.password ?? passwordIn(config) ?? randomBytes(18).toString('base64url');
  writeFileSync(config, configText(storeDir, options.port, password) + clusterText(options.cluster, password), { mode: 0o600 });
  const child = spawnServer(binary, config, logFile);
  const port = await waitReady(child, storeDir, logFile);
  return { url: `nats://decklog:${password}@127.0.0.1:${port}`, port, pid: child.pid as number, stop: () => end(child) };
}

const configText = (
  storeDir: string,
  port: number | undefined,
  password: string,
): string => `# Written at every start by libs/embedded/nats.ts.
host: "127.0.0.1"
port: ${port ?? -1}
max_payload: ${MAX_PAYLOAD}
max_pending: ${64 * 1024 * 1024}
pid_file: ${JSON.stringify(join(storeDir, 'nats.pid'))}
ports_file_dir: ${JSON.stringify(storeDir)}
authorization { user: decklog, password: ${JSON.stringify(password)} }
jetstream { store_dir: ${JSON.stringify(storeDir)}, max_memory_store: 64MB, max_file_store: 4GB }
`;

function clusterText(cluster: NatsCluster | undefined, password: string): string {
  if (!cluster) return '';
  const routes = cluster.ports
    .filter((port) => port !== cluster.port)
    .map((port) => JSON.stringify(`nats://decklog:${password}@127.0.0.1:${port}`));
  return `server_name: ${JSON.stringify(cluster.name)}
cluster {
  name: decklog
  host: "127.0.0.1"
  port: ${cluster.port}
  authorization { user: decklog, password: ${JSON.stringify(password)} }
  routes: [${routes.join(', ')}]
}
`;
}

const passwordIn = (config: string): string | undefined =>
  existsSync(config) ? /password: "([\w-]+)"/.exec(readFileSync(config, 'utf8'))?.[1] : undefined;

function spawnServer(binary: string, config: string, logFile: string): ChildProcess {
  const out = openSync(logFile, 'a', 0o600);
  try {
    // Detached, so that Ctrl-C in a terminal reaches us and not the server: we stop it when nobody needs it any more.
    return spawn(binary, ['-c', config], { stdio: ['ignore', out, out], detached: true });
  } finally {
    closeSync(out);
  }
}

/** The server writes its port to a file once it listens; asking it for a free port this way has no race. */
async function waitReady(child: ChildProcess, storeDir: string, logFile: string): Promise<number> {
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  const deadline = performance.now() + READY_WITHIN_MS;
  const portsFile = join(storeDir, `nats-server_${child.pid}.ports`);
  while (performance.now() < deadline) {
    if (failure) throw failure;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`nats-server ended at start:\n${tail(logFile)}`);
    const port = readPort(portsFile);
    if (port !== undefined && (await greets(port))) return port;
    await sleep(10);
  }
  await end(child);
  throw new Error(`nats-server was not ready after ${READY_WITHIN_MS / 1000} s:\n${tail(logFile)}`);
}

function readPort(portsFile: string): number | undefined {
  if (!existsSync(portsFile)) return undefined;
  try {
    const { nats } = JSON.parse(readFileSync(portsFile, 'utf8')) as { nats?: string[] };
    return nats?.[0] ? Number(new URL(nats[0]).port) : undefined;
  } catch {
    return undefined; // half written
  }
}

/** True when the server sends its INFO line and says that JetStream is on. */
const greets = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (ready: boolean): void => {
      socket.destroy();
      done(ready);
    };
    socket.setTimeout(1_000, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('data', (data) => answer(data.toString().includes('"jetstream":true')));
  });

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}

async function endLeftover(storeDir: string): Promise<void> {
  const pidFile = join(storeDir, 'nats.pid');
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
  if (pid > 1 && commandLine(pid).includes(join(storeDir, 'nats.conf'))) {
    process.kill(pid, 'SIGTERM');
    const deadline = performance.now() + STOP_WITHIN_MS;
    while (commandLine(pid) !== '' && performance.now() < deadline) await sleep(20);
    if (commandLine(pid) !== '') process.kill(pid, 'SIGKILL');
  }
  rmSync(pidFile, { force: true });
  if (pid > 1) rmSync(join(storeDir, `nats-server_${pid}.ports`), { force: true });
}

function commandLine(pid: number): string {
  try {
    // Slim containers have no `ps`.
    if (platform() === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const tail = (logFile: string): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8').split('\n').slice(-15).join('\n') : '');
