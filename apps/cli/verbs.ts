import type { AnyVerb } from './verb';
import { health } from './verbs/health';
import { kubeconfig } from './verbs/kubeconfig';
import { up } from './verbs/up';

/** THE REGISTRY of the command line: one line per verb, in the order of `decklog help`. */
export const verbs: readonly AnyVerb[] = [up, kubeconfig, health];
