import { QUICK, REALISTIC, type Timings } from './runtimes/behaviour';

/** Settings of an agent process, read from the environment besides those of every controller. */
export interface NodeConfig {
  readonly nodes: readonly string[];
  readonly timings: Timings;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * `NODE_NAMES` (`a,b`), or `NODES`, how many called `node-1` and so on (default 2); `NODE_TIMINGS`, `quick` (default) or `realistic`;
 * `NODE_LABELS`, `key=value` pairs with commas between.
 * @throws Error with one line about what is wrong.
 */
export function readNodeConfig(env: NodeJS.ProcessEnv): NodeConfig {
  const count = Number(env.NODES ?? 2);
  if (!Number.isInteger(count) || count < 1) throw new Error(`NODES must be a whole number above 0, not "${env.NODES}"`);
  const names = env.NODE_NAMES?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const timings = { quick: QUICK, realistic: REALISTIC }[env.NODE_TIMINGS ?? 'quick'];
  if (!timings) throw new Error(`NODE_TIMINGS must be quick or realistic, not "${env.NODE_TIMINGS}"`);
  const nodes = names && names.length > 0 ? names : Array.from({ length: count }, (_, i) => `node-${i + 1}`);
  return { nodes, timings, labels: Object.fromEntries((env.NODE_LABELS ?? '').split(',').flatMap(pair)) };
}

function pair(text: string): [string, string][] {
  const [key = '', value = ''] = text.split('=').map((part) => part.trim());
  return key === '' ? [] : [[key, value]];
}
