import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fullDisk } from './disk-space';

const folder = mkdtempSync(join(tmpdir(), 'decklog-disk-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a disk is full when less is left than is needed, and is not when that cannot be told', () => {
  expect(fullDisk(folder, 0)).toBeUndefined();
  expect(fullDisk(folder, Number.MAX_SAFE_INTEGER)).toMatch(/^the disk of .* is full, \d+ MB are left$/);
  expect(fullDisk(join(folder, 'missing'), Number.MAX_SAFE_INTEGER)).toBeUndefined();
});
