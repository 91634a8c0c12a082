import { writeFileSync } from 'node:fs';

/** A jest reporter that writes how many tests passed, failed and were skipped to the file named in DECKLOG_TEST_COUNTS. */
export default class CountReporter {
  onRunComplete(_contexts, results) {
    const passed = results.numPassedTests;
    // A suite that could not start has no tests to count.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    writeFileSync(process.env.DECKLOG_TEST_COUNTS, JSON.stringify({ passed, failed, skipped }));
  }
}
