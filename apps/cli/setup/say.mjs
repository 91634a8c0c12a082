/** Something a person can put right: shown as one line without a stack. */
export class Failure extends Error {}

/** One short line of progress; on stderr, so that what a verb prints can be piped. */
export const say = (line) => process.stderr.write(`decklog  ${line}\n`);

export function explain(error) {
  say(error instanceof Failure ? error.message : (error.stack ?? String(error)));
}

/** Seconds since `start` (from Date.now()), for people. */
export const took = (start) => `${((Date.now() - start) / 1000).toFixed(1)} s`;
