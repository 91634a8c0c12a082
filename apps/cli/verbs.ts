import type { AnyVerb } from './verb';
import { consistency } from './verbs/consistency';
import { head } from './verbs/head';
import { bisect } from './verbs/bisect';
import { blame } from './verbs/blame';
import { diff } from './verbs/diff';
import { fsck } from './verbs/fsck';
import { health } from './verbs/health';
import { history } from './verbs/history';
import { impact } from './verbs/impact';
import { kubeconfig } from './verbs/kubeconfig';
import { log } from './verbs/log';
import { prove } from './verbs/prove';
import { rebuild } from './verbs/rebuild';
import { replay } from './verbs/replay';
import { retention } from './verbs/retention';
import { shred } from './verbs/shred';
import { undelete } from './verbs/undelete';
import { undo } from './verbs/undo';
import { up } from './verbs/up';
import { verify } from './verbs/verify';
import { verifyProof } from './verbs/verify-proof';
import { whoCould } from './verbs/who-could';
import { why } from './verbs/why';

/** THE REGISTRY of the command line: one line per verb, in the order of `decklog help`. */
export const verbs: readonly AnyVerb[] = [up, log, why, history, blame, diff, impact, whoCould, bisect, undo, undelete, replay, verify, head, prove, consistency, verifyProof, fsck, rebuild, shred, retention, kubeconfig, health];
