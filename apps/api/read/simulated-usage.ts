import type { Pod } from '#lib/api/core/pod/pod';
import { amountsOf, sumOf, usageOf, type Amounts } from '#lib/api/metrics/usage';
import type { PodMetrics } from '#lib/api/metrics/podmetrics';
import { quantityProblem } from '#lib/api/quantity';
import { fnv1a } from '#lib/reconcile/hash';

/** Annotations of a pod that say what a container uses: `simulated.decklog.io/cpu`, or `…/cpu.<container>`. */
const SIMULATED = 'simulated.decklog.io/';

/** What containers use of what they ask for; 0.3 to 0.8, and always the same. */
const [LEAST_SHARE, SHARES] = [0.3, 0.5];

const MIB = 1024 * 1024;

/** What a container uses that asks for nothing. */
const IDLE = (draw: number): Amounts => ({ cpu: 1 + Math.floor(draw * 5), memory: (8 + Math.floor(draw * 16)) * MIB });

/** What a node needs for itself. */
const OF_NODE: Amounts = { cpu: 80, memory: 320 * MIB };

type Container = Pod['spec']['containers'][number];

/**
 * What the containers of a pod use, as a simulated node measures it; undefined for pods that do not run. It follows from the pod alone, so
 * that who scales by it, or looks at the past, finds what he expects.
 */
export function usageOfPod(pod: Pod): PodMetrics['containers'] | undefined {
  if (pod.status?.phase !== 'Running') return undefined;
  const running = new Set((pod.status.containerStatuses ?? []).filter(({ state }) => state?.running).map(({ name }) => name));
  const containers = pod.spec.containers.filter(({ name }) => running.has(name));
  return containers.length === 0
    ? undefined
    : containers.map((container) => ({ name: container.name, usage: usageOf(amountsOfContainer(pod, container)) }));
}

/** With what the node needs itself. */
export const usageOfNode = (pods: readonly Pod[]): PodMetrics['containers'][number]['usage'] =>
  usageOf(sumOf([OF_NODE, ...pods.flatMap((pod) => usageOfPod(pod) ?? []).map(({ usage }) => amountsOf(usage))]));

function amountsOfContainer(pod: Pod, { name, resources }: Container): Amounts {
  const draw = fnv1a(`${pod.metadata.uid}/${name}`) / 2 ** 32;
  const share = LEAST_SHARE + SHARES * draw;
  const asked = amountsOf((resources?.requests ?? {}) as { cpu?: string; memory?: string });
  const limit = amountsOf((resources?.limits ?? {}) as { cpu?: string; memory?: string });
  const idle = IDLE(draw);
  const said = { cpu: annotated(pod, 'cpu', name), memory: annotated(pod, 'memory', name) };
  const used = (key: 'cpu' | 'memory'): number => {
    if (said[key] !== undefined) return amountsOf({ [key]: said[key] })[key];
    return atMost(asked[key] > 0 ? asked[key] * share : idle[key], limit[key]);
  };
  return { cpu: used('cpu'), memory: used('memory') };
}

const atMost = (amount: number, limit: number): number => (limit > 0 ? Math.min(amount, limit) : amount);

function annotated({ metadata }: Pod, key: string, container: string): string | undefined {
  const { annotations = {} } = metadata;
  const text = annotations[`${SIMULATED}${key}.${container}`] ?? annotations[SIMULATED + key];
  return text === undefined || quantityProblem(text) !== undefined ? undefined : text;
}
