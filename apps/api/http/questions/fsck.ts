import { fsck as check, rebuild as make } from '../../keep/fsck';
import type { Question } from './question';

/** Whether every view is what the log folds to. */
export const fsck: Question = {
  method: 'GET',
  ofWhole: true,
  answer: async (asked) => asked.send(await check(asked.kernel)),
};

/** Makes the stored views anew from the log. */
export const rebuild: Question = {
  method: 'POST',
  ofWhole: true,
  answer: async (asked) => asked.send(await make(asked.kernel)),
};
