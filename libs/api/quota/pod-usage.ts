import type { Container, PodSpec, ResourceList } from '#lib/api/core/pod/pod-types';
import { isExtendedResource, isHugePages, isPodLevelResource } from '#lib/api/core/pod/pod-resources';
import type { Quantity } from '#lib/api/quantity';
import { addTo, amountsOf, raiseTo, type Amounts } from './amounts';

/**
 * The most that the containers of a pod ever ask for, or may use, together; amounts that the pod itself names take the place of theirs.
 * Mirrors PodRequests and PodLimits of component-helpers/resource.
 */
export function podTotal(spec: PodSpec, part: 'requests' | 'limits'): Map<string, Quantity> {
  const total = new Map<string, Quantity>();
  const sidecars = new Map<string, Quantity>();
  const peak = new Map<string, Quantity>();
  const own = (container: Container): Map<string, Quantity> => amountsOf(container.resources?.[part]);
  for (const container of spec.containers) addTo(total, own(container));
  for (const container of spec.initContainers ?? []) {
    const amounts = own(container);
    if (container.restartPolicy === 'Always') {
      addTo(total, amounts);
      addTo(sidecars, amounts);
      raiseTo(peak, sidecars);
    } else {
      addTo(amounts, sidecars);
      raiseTo(peak, amounts);
    }
  }
  raiseTo(total, peak);
  for (const [name, amount] of amountsOf(spec.resources?.[part])) if (isPodLevelResource(name)) total.set(name, amount);
  if (part === 'requests' || total.size > 0) addTo(total, overheadOf(spec, part, total));
  return total;
}

/** What a RuntimeClass adds; to limits only where there is one. */
function overheadOf({ overhead }: PodSpec, part: 'requests' | 'limits', total: Amounts): Amounts {
  const amounts = amountsOf(overhead as ResourceList | undefined);
  return part === 'requests' ? amounts : new Map([...amounts].filter(([name]) => total.has(name)));
}

const PLAIN = ['cpu', 'memory', 'ephemeral-storage'];

/** What a quota calls the amounts of a pod or container. Mirrors podComputeUsageHelper of pkg/quota/v1/evaluator/core. */
export function computeUsage(requests: Amounts, limits: Amounts): Map<string, Quantity> {
  const usage = new Map<string, Quantity>();
  for (const [name, amount] of requests) {
    const isPlain = PLAIN.includes(name);
    if (isPlain || isHugePages(name)) usage.set(name, amount);
    if (isPlain || isHugePages(name) || isExtendedResource(name)) usage.set(`requests.${name}`, amount);
  }
  for (const [name, amount] of limits) if (PLAIN.includes(name)) usage.set(`limits.${name}`, amount);
  return usage;
}

/** Where one of these is limited, every container must name it. It was a mistake, upstream says, and stays for that. */
const DEMANDED = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);

/**
 * What containers must name because a quota counts it: `must specify limits.cpu for: web; memory for: web`; undefined when they do.
 * Mirrors podEvaluator.Constraints.
 */
export function missingDemands(spec: PodSpec, hard: readonly string[]): string | undefined {
  const whole = computeUsage(amountsOf(spec.resources?.requests), amountsOf(spec.resources?.limits));
  const demanded = hard.filter((name) => DEMANDED.has(name) && !whole.has(name)).sort();
  const missing = demanded.flatMap((name) => {
    const without = [...spec.containers, ...(spec.initContainers ?? [])].filter(
      ({ resources }) => !computeUsage(amountsOf(resources?.requests), amountsOf(resources?.limits)).has(name),
    );
    return without.length === 0 ? [] : [`${name} for: ${[...new Set(without.map((container) => container.name))].sort().join(',')}`];
  });
  return missing.length === 0 ? undefined : `must specify ${missing.join('; ')}`;
}
