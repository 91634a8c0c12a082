import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { runToEnd } from './run.mjs';
import { say, took } from './say.mjs';

const RESULTS = join(ROOT, 'dist', 'test-results');

/** The numbers of the last `npm test`, for machines: { passed, failed, skipped }. */
export const SUMMARY = join(RESULTS, 'summary.json');

/** Four times jest's limit for one test: a busy machine of 2 cores is slow, not wrong. */
const PATIENCE = '--testTimeout=20000';

/** End-to-end suites start whole clusters: one at a time, the others use both cores. */
const RUNS = [
  { name: 'unit and int', args: ['--selectProjects', 'unit', 'int'] },
  { name: 'e2e', args: ['--selectProjects', 'e2e', '--runInBand'] },
];

/** Ours writes the numbers. Jest's own --json writes the failures too, and dies of one that holds a circular object. */
const REPORTERS = ['--reporters=default', `--reporters=${join(ROOT, 'apps/cli/setup/count-reporter.mjs')}`];

/** Runs every jest project (or, with arguments, those of their files that match) and returns the exit code. */
export async function runTests(args) {
  const start = Date.now();
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS, { recursive: true });
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [index, run] of RUNS.entries()) {
    const file = join(RESULTS, `jest-${index}.json`);
    // What is asked for comes first: options with lists would take paths that follow them.
    const jest = [join('node_modules', 'jest', 'bin', 'jest.js'), ...args, ...run.args, '--passWithNoTests', PATIENCE, ...REPORTERS];
    const code = await runToEnd(process.execPath, jest, { NODE_ENV: 'test', DECKLOG_TEST_COUNTS: file });
    add(total, file, code);
    if (code > 128) break; // a signal: somebody wants us to stop
  }
  writeFileSync(SUMMARY, JSON.stringify(total));
  say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped in ${took(start)}`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/** A suite that could not even start, and a jest that died, count as one failed test each. */
function add(total, file, code) {
  if (!existsSync(file)) {
    total.failed += 1;
    return;
  }
  const result = JSON.parse(readFileSync(file, 'utf8'));
  total.passed += result.passed;
  total.failed += result.failed;
  total.skipped += result.skipped;
  if (code !== 0 && result.failed === 0) total.failed += 1;
}
