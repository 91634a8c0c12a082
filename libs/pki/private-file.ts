import { randomBytes } from 'node:crypto';
import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes the whole file or nothing, readable for its owner only unless `mode` says otherwise; replaces what was there. */
export function replaceFile(path: string, text: string, mode = 0o600): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { mode, flag: 'wx' });
  renameSync(draft, path);
}

/**
 * Writes the whole file, but only when there is none yet: of several processes that start at once exactly one gets true.
 * A link, unlike an exclusive open, never shows the others a half-written file.
 */
export function createFile(path: string, text: string, mode = 0o600): boolean {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { mode, flag: 'wx' });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
