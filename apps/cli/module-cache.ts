import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { heapFlags } from './up/heap-flags';

/**
 * Files that import, together, nearly all that any program of the build imports. Programs themselves are not among them: they would start.
 */
const LOADED = [
  'apps/cli/verbs',
  'apps/cli/up/cluster',
  'apps/cli/up/several',
  'apps/api/config',
  'apps/keeper/keeper',
  'apps/keeper/config',
  'libs/runtime/run',
  'libs/log/secret/open-sealer',
  'libs/log/write/presence',
];

// What the build does last: compiled code for programs that start without flags, and for those that start with ours.
const built = resolve(__dirname, '../..');
const files = LOADED.map((name) => resolve(built, `${name}.js`));
for (const old of readdirSync(built).filter((name) => name.startsWith('.modules-'))) rmSync(resolve(built, old));
for (const flags of [[], heapFlags()])
  execFileSync(process.execPath, [...flags, resolve(built, 'libs/loading/build.js'), ...files], { stdio: 'inherit' });
