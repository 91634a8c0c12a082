/**
 * For every int suite: a limit is there for what hangs. On a machine that is busy with much else a database for one test has taken more
 * than five seconds to make.
 */
jest.setTimeout(60_000);
