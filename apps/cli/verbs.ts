import type { AnyVerb } from './verb';
import { health } from './verbs/health';
import { kubeconfig } from './verbs/kubeconfig';
import { log } from './verbs/log';
import { replay } from './verbs/replay';
import { up } from './verbs/up';
import { verify } from './verbs/verify';
import { why } from './verbs/why';

/** THE REGISTRY of the command line: one line per verb, in the order of `decklog help`. */
export const verbs: readonly AnyVerb[] = [up, log, why, replay, verify, kubeconfig, health];
