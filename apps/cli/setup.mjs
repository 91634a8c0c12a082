#!/usr/bin/env node
// From a fresh clone with only Node and npm to a running or tested Decklog. Node's own modules only: node_modules may be absent.
import { buildIfChanged } from './setup/build.mjs';
import { requireNode } from './setup/node-version.mjs';
import { installPackages } from './setup/packages.mjs';
import { runToEnd } from './setup/run.mjs';
import { runTests } from './setup/tests.mjs';
import { explain, Failure } from './setup/say.mjs';
import { offerKubectl, requireNats } from './setup/tools.mjs';

const [verb = 'up', ...rest] = process.argv.slice(2);

/** Jobs of this file itself; any other word is a verb of the built program. */
const jobs = {
  test: async () => {
    requireNats();
    offerKubectl();
    buildIfChanged();
    return runTests(rest);
  },
  bench: async () => {
    requireNats();
    buildIfChanged();
    return runToEnd(process.execPath, ['dist/test/bench/main.js', ...rest]);
  },
  crash: async () => {
    requireNats();
    buildIfChanged();
    return runToEnd(process.execPath, ['dist/test/crash/main.js', ...rest]);
  },
  fuzz: async () => {
    buildIfChanged();
    return runToEnd(process.execPath, ['dist/test/fuzz/main.js', ...rest]);
  },
  house: async () => {
    buildIfChanged();
    return runToEnd(process.execPath, ['dist/test/house/write.js', ...rest]);
  },
  up: async () => {
    requireNats();
    buildIfChanged();
    const { heapFlags } = await import('../../dist/apps/cli/up/heap-flags.js');
    return runToEnd(process.execPath, [...heapFlags(), 'dist/apps/cli/main.js', 'up', ...rest]);
  },
};

try {
  requireNode();
  installPackages();
  const job = jobs[verb];
  if (!job) throw new Failure(`there is no "${verb}" here; there are: ${Object.keys(jobs).join(', ')}`);
  process.exitCode = await job();
} catch (error) {
  explain(error);
  process.exitCode = 1;
}
