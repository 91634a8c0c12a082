import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, readFileSync, readlinkSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where the programs go that PostgreSQL's user must reach when node_modules is closed to it. Only used as root. */
export const PRIVATE_ROOT = '/var/lib/decklog';

/** The user a program runs as; empty means: as we do. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root: then it runs as the system user `postgres`, which is made when it is missing. */
export function runAs(): RunAs {
  if (process.getuid?.() !== 0) return {};
  const found = idOf('postgres');
  if (found) return found;
  execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'postgres'], { stdio: 'pipe' });
  const made = idOf('postgres');
  if (!made)
    throw new Error('PostgreSQL cannot run as root, and the user `postgres` could not be made: make it, or start Decklog as another user.');
  return made;
}

function idOf(name: string): RunAs | undefined {
  try {
    const number = (flag: string): number => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }).toString());
    return { uid: number('-u'), gid: number('-g') };
  } catch {
    return undefined;
  }
}

/** Gives a file or folder to the user. */
export function ownBy(path: string, user: RunAs): void {
  if (user.uid !== undefined && user.gid !== undefined) chownSync(path, user.uid, user.gid);
}

/** Whether the user may pass through every folder on the way to `path`. */
export function reachable(path: string, user: RunAs): boolean {
  if (user.uid === undefined) return true;
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid } = statSync(folder);
    if (uid === user.uid ? (mode & 0o100) === 0 : (mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** A folder as a program of another user may name it that is started inside. */
export interface Inside {
  readonly cwd: string;
  readonly name: string;
}

/**
 * How PostgreSQL's user gets at a folder of its own to which the way is barred (it is below /root, where only root may pass): it is put
 * inside by us, and calls the place "where I am". So nothing has to be opened, and the data lies where everything else of the cluster is,
 * moves with it and goes with it.
 * @throws where the system does not offer that.
 */
export function inside(folder: string, user: RunAs): Inside {
  if (reachable(folder, user)) return { cwd: folder, name: folder };
  if (platform() === 'linux') return { cwd: folder, name: '/proc/self/cwd' };
  throw new Error(
    `PostgreSQL cannot run as root, and the user \`postgres\` cannot reach ${folder}: choose another folder, or start Decklog as another user.`,
  );
}

/**
 * Shuts down a server that still runs on `data` although the process that started it is gone.
 * @throws when that process lives: two masters would fight over one folder.
 */
export async function endOrphan(data: string, withinMs: number): Promise<void> {
  const lock = join(data, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const [pidLine, , , port] = readFileSync(lock, 'utf8').split('\n');
  const pid = Number(pidLine);
  const parent = parentOf(pid, data);
  if (parent === undefined) return disownLock(lock);
  if (parent > 1 && commandOf(parent).includes('node')) {
    throw new Error(
      `A PostgreSQL (pid ${pid}, port ${port}) already runs on ${data}; process ${parent} started it. Stop that first, or use another folder.`,
    );
  }
  signal(pid, 'SIGINT');
  for (const deadline = performance.now() + withinMs; existsSync(lock); await sleep(20)) {
    if (!runsOn(pid, data)) return disownLock(lock); // it was killed meanwhile and took nothing away
    if (performance.now() > deadline) throw new Error(`The PostgreSQL (pid ${pid}) that an earlier process left on ${data} does not stop.`);
  }
}

/** It may be gone by now. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Above every pid there can be. */
const NOBODY = 2 ** 31 - 1;

/**
 * PostgreSQL refuses to start when the pid in a lock left by a crash lives, whoever that is now: in a container, where numbers are few, it
 * often is our own nats-server. The rest of the file stays, for it names the shared memory that must be free.
 */
function disownLock(lock: string): void {
  if (!existsSync(lock)) return;
  const [, ...rest] = readFileSync(lock, 'utf8').split('\n');
  writeFileSync(lock, [NOBODY, ...rest].join('\n'));
}

/** The parent of the server on `data`, or undefined when process `pid` is not that server (the number was used again since). */
function parentOf(pid: number, data: string): number | undefined {
  if (!runsOn(pid, data)) return undefined;
  if (platform() === 'linux') return linuxParentOf(pid);
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { stdio: 'pipe' }).toString());
}

function linuxParentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined; // it has just ended
  }
}

/** A server works inside its data, whatever it calls the place. */
function runsOn(pid: number, data: string): boolean {
  if (platform() !== 'linux') return commandOf(pid).includes(data);
  try {
    return basename(commandOf(pid).split(' ')[0] ?? '') === 'postgres' && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data);
  } catch {
    return false;
  }
}

function commandOf(pid: number): string {
  try {
    if (platform() === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { stdio: 'pipe' }).toString();
  } catch {
    return '';
  }
}

/** Runs a program in a folder, with an open file as /dev/fd/3, and resolves when it has ended well. */
export async function runToEnd(program: string, args: readonly string[], user: RunAs, cwd: string, file: number): Promise<void> {
  const child = spawn(program, args, { ...user, stdio: ['ignore', 'pipe', 'pipe', file], cwd });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
  if (code !== 0) throw new Error(`${program} failed (${code}):\n${output}`);
}
