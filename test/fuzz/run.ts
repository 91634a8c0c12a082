import { seeded } from '#lib/reconcile/seeded';
import { Fault, type Target } from './target';
import { shrunk } from './shrink';

/** What came of a run. */
export interface Outcome {
  readonly target: string;
  readonly inputs: number;
  readonly taken: number;
  readonly perSecond: number;
  readonly faults: readonly string[];
}

/** No input may take so much CPU. */
const HANGS_AFTER_MS = 2_000;
const MAX_FAULTS = 10;

/** `target` with `count` inputs that follow from the seed. Stops after some faults. */
export async function fuzz(target: Target, count: number, seed: number): Promise<Outcome> {
  const faults = new Map<string, string>();
  const start = performance.now();
  let [inputs, taken] = [0, 0];
  for (; inputs < count && faults.size < MAX_FAULTS; inputs++) {
    const input = target.make(seeded(seed * 1_000_003 + inputs));
    const found = await attempt(target, input);
    if (found === true) taken++;
    if (typeof found === 'string' && !faults.has(kindOf(found))) faults.set(kindOf(found), await reportOf(target, input, found, `${seed}/${inputs}`));
    if (inputs % 500 === 499) await new Promise((resolve) => setImmediate(resolve));
  }
  return { target: target.name, inputs, taken, perSecond: (1000 * inputs) / (performance.now() - start), faults: [...faults.values()] };
}

/** The first line: faults that differ in more are told once. */
const kindOf = (fault: string): string => (fault.split('\n')[0] as string).replace(/\d+/g, 'N').slice(0, 120);

/** Whether the input was taken; or what was wrong. */
async function attempt(target: Target, input: unknown): Promise<boolean | string> {
  const { user, system } = process.cpuUsage();
  try {
    const taken = await target.run(input);
    const used = process.cpuUsage({ user, system });
    const ms = (used.user + used.system) / 1000;
    return ms > HANGS_AFTER_MS ? `takes ${ms.toFixed(0)} ms of CPU` : taken;
  } catch (error) {
    return error instanceof Fault ? error.message : `${(error as Error).stack ?? String(error)}`;
  }
}

async function reportOf(target: Target, input: unknown, fault: string, number: string): Promise<string> {
  const isSame = async (smaller: unknown): Promise<boolean> => {
    const found = await attempt(target, smaller);
    return typeof found === 'string' && kindOf(found) === kindOf(fault);
  };
  return `${target.name} ${number}: ${fault.slice(0, 1500)}\nwith ${JSON.stringify(await shrunk(input, isSame)).slice(0, 3000)}`;
}
