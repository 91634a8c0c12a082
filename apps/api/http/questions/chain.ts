import type { Question } from './question';

/** Where the log ends. */
export const head: Question = {
  method: 'GET',
  answer: async (asked) => asked.send(await asked.log.head()),
};
