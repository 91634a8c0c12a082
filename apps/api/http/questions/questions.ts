import { bisect } from './bisect';
import { blame } from './blame';
import { head } from './chain';
import { diff } from './diff';
import { history } from './history';
import { keeping } from './keeping';
import { impact } from './impact';
import { log } from './log';
import type { Question } from './question';
import { undelete, undo } from './undo';
import { whoCould } from './who-could';
import { why } from './why';

/** THE REGISTRY of what Decklog can be asked besides Kubernetes' own API, by its name under `/decklog/v1/`. */
export const questions: Readonly<Record<string, Question>> = {
  bisect,
  blame,
  diff,
  head,
  history,
  impact,
  log,
  undelete,
  undo,
  'who-could': whoCould,
  why,
  ...keeping,
};
