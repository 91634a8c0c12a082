import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFile } from '#lib/pki/private-file';

/** Longer than it takes to get from reading a dead lock to replacing it. */
const SETTLE_MS = 100;

/** Held while a process uses the folder. */
export interface Lock {
  release(): void;
}

/** The holder of a lock that cannot be had. */
export class Locked extends Error {
  constructor(readonly pid: number) {
    super(`process ${pid} holds the lock`);
    this.name = 'Locked';
  }
}

/**
 * Takes the lock file, or takes it over when its holder is gone: after a crash nobody has to clean up. A holder is its pid and
 * the moment that process began, because pids are used again, in containers at once.
 * @throws Locked when the holder lives.
 */
export async function takeLock(path: string): Promise<Lock> {
  const mine = JSON.stringify({ pid: process.pid, began: beganAt(process.pid) });
  const release = (): void => {
    if (read(path) === mine) rmSync(path, { force: true });
  };
  if (createFile(path, mine)) return { release };
  refuseIfAlive(path);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  renameSync(draft, path);
  await sleep(SETTLE_MS); // two that found the same dead lock: the later rename has it
  if (read(path) !== mine) refuseIfAlive(path);
  return { release };
}

function refuseIfAlive(path: string): void {
  const holder = parseHolder(read(path));
  if (holder && holder.began !== '' && beganAt(holder.pid) === holder.began) throw new Locked(holder.pid);
}

function parseHolder(text: string): { pid: number; began: string } | undefined {
  try {
    const { pid, began } = JSON.parse(text) as { pid: number; began: string };
    return { pid, began };
  } catch {
    return undefined;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** When the process began, in whatever form this system tells it; '' when there is none. */
function beganAt(pid: number): string {
  try {
    // Field 22, counted behind the name, which may hold spaces and brackets.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return fields[0] === 'Z' ? '' : `${fields[19]} ${bootId()}`;
  } catch {
    return process.platform === 'linux' ? '' : startedByPs(pid);
  }
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

function startedByPs(pid: number): string {
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', 'lstart='], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
