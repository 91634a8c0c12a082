import { statfsSync } from 'node:fs';

const MB = 1024 * 1024;

/** PostgreSQL takes 16 MB at a time for its journal, and ends when it cannot have them. */
const NEEDED_BYTES = 24 * MB;

/** Why servers that write there cannot: too little space is left on its disk. Undefined: there is enough, or nobody can tell. */
export function fullDisk(folder: string, neededBytes = NEEDED_BYTES): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    return free < neededBytes ? `the disk of ${folder} is full, ${Math.floor(free / MB)} MB are left` : undefined;
  } catch {
    return undefined;
  }
}
