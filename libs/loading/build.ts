// node [flags of V8] build.js <file>…: loads these files and leaves what they consist of for programs that start with the same flags.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { writeModuleCache } from './module-cache';
import { record } from './module-hooks';

const recording = record((file) => readFileSync(file, 'utf8'));
const load = createRequire(__filename);
for (const file of process.argv.slice(2)) load(resolve(file));
writeModuleCache(recording.modules(), recording.found);
process.exit(); // what was loaded may have begun something
