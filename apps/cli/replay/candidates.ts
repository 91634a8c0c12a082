import { resolve } from 'node:path';
import type { Controller } from '#lib/reconcile/controller';
import { controllers } from '../../controllers';
import { nodeAgent } from '../../node/agent';
import { QUICK } from '../../node/runtimes/behaviour';
import { SimulatedRuntime } from '../../node/runtimes/simulated';
import { UserError } from '../verb';

/**
 * A composition root: today's code of everything that ever decided, node agents included (their facts are recorded, so no container is
 * needed).
 */
export function builtIn(nodes: readonly string[]): Controller[] {
  return [...controllers, ...nodeAgent({ nodes, runtime: new SimulatedRuntime(QUICK) })];
}

/** The controllers that a JavaScript module exports, in place of the built-in ones of the same names. */
export async function withModule(file: string, known: readonly Controller[]): Promise<Controller[]> {
  const exported = Object.values((await import(resolve(file))) as Record<string, unknown>).filter(isController);
  if (exported.length === 0) throw new UserError(`${file} exports no controller`);
  const replaced = new Set(exported.map((controller) => controller.name));
  return [...known.filter((controller) => !replaced.has(controller.name)), ...exported];
}

function isController(value: unknown): value is Controller {
  const one = value as Partial<Record<string, unknown>> | null;
  return (
    typeof one === 'object' &&
    one !== null &&
    typeof one['name'] === 'string' &&
    ['reconcile', 'decide', 'decideOn'].some((f) => typeof one[f] === 'function')
  );
}
