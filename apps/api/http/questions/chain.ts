import { verifyChain } from '#lib/log/verify';
import type { Question } from './question';

/** Where the log ends. */
export const head: Question = {
  method: 'GET',
  answer: async (asked) => asked.send(await asked.log.head()),
};

/** Whether the hash chain holds. */
export const verify: Question = {
  method: 'GET',
  answer: async (asked) => asked.send(await verifyChain(asked.log)),
};
