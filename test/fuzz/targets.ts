import { applies } from './targets/applies';
import { bodies } from './targets/bodies';
import { definitions } from './targets/definitions';
import { expressions } from './targets/expressions';
import { patches } from './targets/patches';
import { rules } from './targets/rules';
import { heads, selections } from './targets/selections';
import type { Target } from './target';

/** Parts of the server that can be asked without it. Those that need one: `targets/whole.ts`. */
export const pureTargets: readonly Target[] = [bodies, rules, patches, applies, expressions, definitions, selections, heads];
