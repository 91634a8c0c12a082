import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** It may have been written to between looking and shrinking. */
const ATTEMPTS = 50;
const PAGE = 4096;

const mount = (...args: string[]): void => void execFileSync('mount', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** A file system of its own, in memory, whose end can be moved to where it is written to: then it is full without having to be filled. */
export class SmallDisk {
  /** `folder` is made. @throws when this machine forbids it: `whyNoDisks` says so before */
  constructor(
    private readonly folder: string,
    private readonly bytes: number,
  ) {
    mkdirSync(folder, { recursive: true });
    mount('-t', 'tmpfs', '-o', `size=${bytes},mode=711`, 'tmpfs', folder);
  }

  /** From now on there is no space left. */
  fill(): void {
    for (let left = ATTEMPTS; ; left--) {
      const { blocks, bfree, bsize } = statfsSync(this.folder);
      try {
        return this.resize(Math.max(PAGE, (blocks - bfree) * bsize));
      } catch (error) {
        if (left === 0) throw error;
      }
    }
  }

  /** As large as it was. */
  free(): void {
    this.resize(this.bytes);
  }

  remove(): void {
    execFileSync('umount', ['-l', this.folder], { stdio: 'ignore' });
  }

  private resize(bytes: number): void {
    mount('-o', `remount,size=${bytes}`, this.folder);
  }
}

/** Why this machine lets us mount nothing; undefined when it does. */
export function whyNoDisks(): string | undefined {
  if (process.platform !== 'linux') return 'it takes Linux';
  if (process.getuid?.() !== 0) return 'it takes root';
  const folder = mkdtempSync(join(tmpdir(), 'decklog-disk-'));
  try {
    const disk = new SmallDisk(folder, 1024 * 1024);
    disk.fill();
    disk.remove();
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n').at(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
