import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where things go that PostgreSQL's user must reach when our own folder is closed to it. Only used as root. */
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
  if (!made) throw new Error('PostgreSQL cannot run as root, and the user `postgres` could not be made: make it, or start Decklog as another user.');
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

/**
 * The folder below which the data lives: `folder` itself, or, when PostgreSQL's user cannot reach that (it is below /root), one of our
 * own under /var/lib/decklog. Its name is drawn once and kept in the file `location`, so removing `folder` also means a new database.
 */
export function placeFor(folder: string, user: RunAs): string {
  const note = join(folder, 'location');
  if (existsSync(note)) return readFileSync(note, 'utf8').trim();
  if (reachable(folder, user)) return folder;
  const place = join(PRIVATE_ROOT, randomBytes(8).toString('hex'));
  mkdirSync(place, { recursive: true, mode: 0o711 });
  writeFileSync(note, `${place}\n`, { mode: 0o600, flag: 'wx' });
  return place;
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
  if (parent === undefined) return;
  if (parent > 1 && commandOf(parent).includes('node')) {
    throw new Error(`A PostgreSQL (pid ${pid}, port ${port}) already runs on ${data}; process ${parent} started it. Stop that first, or use another folder.`);
  }
  process.kill(pid, 'SIGINT');
  for (const deadline = Date.now() + withinMs; existsSync(lock); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`The PostgreSQL (pid ${pid}) that an earlier process left on ${data} does not stop.`);
  }
}

/** The parent of the server on `data`, or undefined when process `pid` is not that server (the number was used again since). */
function parentOf(pid: number, data: string): number | undefined {
  if (!commandOf(pid).includes(data)) return undefined;
  if (platform() === 'linux') return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { stdio: 'pipe' }).toString());
}

function commandOf(pid: number): string {
  try {
    if (platform() === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { stdio: 'pipe' }).toString();
  } catch {
    return '';
  }
}

/** Runs a program and resolves when it has ended well. */
export async function runToEnd(program: string, args: readonly string[], user: RunAs): Promise<void> {
  const child = spawn(program, args, { ...user, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
  if (code !== 0) throw new Error(`${program} failed (${code}):\n${output}`);
}
