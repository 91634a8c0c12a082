import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Locked, takeLock } from './lock';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'decklog-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the lock of a data folder', () => {
  test('is refused while its holder lives, and names it', async () => {
    const lock = await takeLock(path);
    await expect(takeLock(path)).rejects.toMatchObject({ constructor: Locked, pid: process.pid });
    lock.release();
    expect(existsSync(path)).toBe(false);
  });

  test('is taken over from a process that is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    writeFileSync(path, JSON.stringify({ pid: child.pid, began: 'any' }));
    await takeLock(path);
    expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid);
  });

  test('is taken over when another process has got the pid of its holder', async () => {
    writeFileSync(path, JSON.stringify({ pid: process.ppid, began: 'another time' }));
    await takeLock(path);
    expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid);
  });

  test('is taken over when a crash left it unreadable', async () => {
    writeFileSync(path, '{"pi');
    await takeLock(path);
    expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid);
  });

  test('is not removed by somebody who has lost it', async () => {
    const lock = await takeLock(path);
    writeFileSync(path, JSON.stringify({ pid: 1, began: 'another' }));
    lock.release();
    expect(existsSync(path)).toBe(true);
  });
});
