import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { capture, tail } from './run.mjs';
import { Failure, say, took } from './say.mjs';

const SOURCES = ['apps', 'libs', 'migrations', 'test'];
const CONFIGS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];
const STAMP = join(ROOT, 'dist', '.decklog-build');

/** What `npm run build` does, without npm. */
const STEPS = [
  [join('node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build', 'api'],
  [join('libs', 'schema', 'build-descriptions.mjs')],
  [join('dist', 'apps', 'cli', 'module-cache.js')],
];

/** Builds, when a source or a setting has changed since the last one that succeeded. */
export function buildIfChanged() {
  const now = fingerprint();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === now) return;
  const start = Date.now();
  say('building …');
  rmSync(STAMP, { force: true });
  removeOrphans();
  for (const step of STEPS) {
    const result = capture(process.execPath, step);
    if (!result.ok) throw new Failure(`the build failed:\n${tail(result.output, 30)}`);
  }
  writeFileSync(STAMP, now);
  say(`built in ${took(start)}`);
}

/** Names, sizes and times of everything that is compiled or copied. */
function fingerprint() {
  const hash = createHash('sha256');
  const sources = SOURCES.flatMap((folder) => filesBelow(join(ROOT, folder))).filter((path) => !path.endsWith('.spec.ts'));
  for (const path of [...sources, ...CONFIGS.map((name) => join(ROOT, name))]) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** The compiler never deletes: what was built from a source that is gone must not be found by a registry or a migration run. */
function removeOrphans() {
  for (const folder of SOURCES) {
    for (const built of filesBelow(join(ROOT, 'dist', folder)).filter((path) => path.endsWith('.js'))) {
      const source = join(ROOT, built.slice(join(ROOT, 'dist').length)).replace(/\.js$/, '.ts');
      if (!existsSync(source)) [built, `${built}.map`].forEach((path) => rmSync(path, { force: true }));
    }
  }
  // The compiler's memory would say that what was removed by hand is still there.
  if (!existsSync(join(ROOT, 'dist', 'apps'))) rmSync(join(ROOT, 'dist', '.build.tsbuildinfo'), { force: true });
}

const filesBelow = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
        .sort()
    : [];
