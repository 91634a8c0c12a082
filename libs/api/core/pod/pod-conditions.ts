import type { Container, PodCondition } from 'kubernetes-types/core/v1';
import { bytesOf, milliOf } from '#lib/api/quantity';
import { isBeingDeleted } from '#lib/api/meta';
import type { Pod } from '#lib/api/core/pod/pod';

/** Any condition: pods, nodes, deployments all write theirs in this shape. */
interface ConditionLike {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
}

/** The condition of that type, if the list has one. */
export const getCondition = <C extends ConditionLike>(conditions: readonly C[] | undefined, type: string): C | undefined =>
  conditions?.find((condition) => condition.type === type);

/**
 * The list with this condition replaced or added. `lastTransitionTime` is kept from the old one while `status` stays the same.
 * Mirrors podutil.UpdatePodCondition.
 */
export function setCondition<C extends ConditionLike>(conditions: readonly C[] | undefined, condition: C): C[] {
  const before = conditions ?? [];
  const old = getCondition(before, condition.type);
  if (old === undefined) return [...before, condition];
  const next = old.status === condition.status ? { ...condition, lastTransitionTime: old.lastTransitionTime } : condition;
  return before.map((item) => (item === old ? next : item));
}

/** The pod's condition of that type, if it has one. */
export const podCondition = (pod: Pod, type: string): PodCondition | undefined => getCondition(pod.status?.conditions, type);

/** Its Ready condition is True. Mirrors podutil.IsPodReady. */
export const isPodReady = (pod: Pod): boolean => podCondition(pod, 'Ready')?.status === 'True';

/** Succeeded or Failed: it will never run again. Mirrors podutil.IsPodTerminal. */
export const isPodFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** Neither finished nor being deleted: it counts as a replica. Mirrors controller.IsPodActive. */
export const isPodActive = (pod: Pod): boolean => !isPodFinished(pod) && !isBeingDeleted(pod);

/** Ready for at least that many seconds. Mirrors podutil.IsPodAvailable. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: Date): boolean {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return false;
  if (minReadySeconds === 0) return true;
  const since = ready.lastTransitionTime;
  return since !== undefined && Date.parse(since) + minReadySeconds * 1000 <= now.getTime();
}

/** What a pod asks of a node. `scalar` holds every other resource (devices, huge pages) in whole units. */
export interface PodRequests {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
  readonly scalar: Readonly<Record<string, number>>;
}

/** Amounts by resource name; cpu in thousandths, everything else in whole units. */
type Amounts = Map<string, number>;

/**
 * The most the pod ever holds at once: all containers and the sidecars together, or one init container with the sidecars started
 * before it, whichever is more; plus overhead. Requests made for the whole pod (`spec.resources`) win where they exist.
 * Mirrors component-helpers/resource.PodRequests.
 */
export function podRequests(pod: { readonly spec: Pod['spec'] }): PodRequests {
  const spec = pod.spec as Pod['spec'] & { resources?: Container['resources'] };
  const total: Amounts = new Map();
  for (const container of spec.containers) addTo(total, amountsOf(container.resources?.requests));

  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = amountsOf(container.resources?.requests);
    if (container.restartPolicy === 'Always') {
      addTo(total, own);
      addTo(sidecars, own);
      raiseTo(peak, sidecars);
    } else {
      addTo(own, sidecars);
      raiseTo(peak, own);
    }
  }
  raiseTo(total, peak);
  for (const [name, amount] of amountsOf(spec.resources?.requests)) total.set(name, amount);
  addTo(total, amountsOf(spec.overhead));
  return toRequests(total);
}

function toRequests(amounts: Amounts): PodRequests {
  const scalar = Object.fromEntries([...amounts].filter(([name]) => !['cpu', 'memory', 'ephemeral-storage'].includes(name)));
  return {
    cpuMilli: amounts.get('cpu') ?? 0,
    memoryBytes: amounts.get('memory') ?? 0,
    ephemeralStorageBytes: amounts.get('ephemeral-storage') ?? 0,
    scalar,
  };
}

const amountsOf = (list: Readonly<Record<string, string>> | undefined): Amounts =>
  new Map(Object.entries(list ?? {}).map(([name, text]) => [name, name === 'cpu' ? milliOf(text) : bytesOf(text)]));

function addTo(target: Amounts, more: Amounts): void {
  for (const [name, amount] of more) target.set(name, (target.get(name) ?? 0) + amount);
}

function raiseTo(target: Amounts, floor: Amounts): void {
  for (const [name, amount] of floor) target.set(name, Math.max(target.get(name) ?? 0, amount));
}
