import type { AnyVerb } from './verb';
import { audit } from './verbs/audit';
import { consistency } from './verbs/consistency';
import { head } from './verbs/head';
import { bisect } from './verbs/bisect';
import { blame } from './verbs/blame';
import { diff } from './verbs/diff';
import { exportVerb } from './verbs/export';
import { fsck } from './verbs/fsck';
import { health } from './verbs/health';
import { history } from './verbs/history';
import { impact } from './verbs/impact';
import { importVerb } from './verbs/import';
import { kubeconfig } from './verbs/kubeconfig';
import { log } from './verbs/log';
import { prove } from './verbs/prove';
import { rebuild } from './verbs/rebuild';
import { replay } from './verbs/replay';
import { retention } from './verbs/retention';
import { serve } from './verbs/serve';
import { shred } from './verbs/shred';
import { undelete } from './verbs/undelete';
import { undo } from './verbs/undo';
import { up } from './verbs/up';
import { verify } from './verbs/verify';
import { verifyProof } from './verbs/verify-proof';
import { whoCould } from './verbs/who-could';
import { why, whyDeleted } from './verbs/why';

/** THE REGISTRY of the command line: one line per verb, in the order of `decklog help`. */
export const verbs: readonly AnyVerb[] = [
  up,
  log,
  why,
  whyDeleted,
  history,
  blame,
  diff,
  impact,
  whoCould,
  bisect,
  undo,
  undelete,
  replay,
  audit,
  verify,
  head,
  prove,
  consistency,
  verifyProof,
  fsck,
  rebuild,
  shred,
  retention,
  exportVerb,
  importVerb,
  serve,
  kubeconfig,
  health,
];
