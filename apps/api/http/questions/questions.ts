import { blame } from './blame';
import { head } from './chain';
import { history } from './history';
import { keeping } from './keeping';
import { log } from './log';
import type { Question } from './question';
import { why } from './why';

/** THE REGISTRY of what Decklog can be asked besides Kubernetes' own API, by its name under `/decklog/v1/`. */
export const questions: Readonly<Record<string, Question>> = { blame, head, history, log, why, ...keeping };
