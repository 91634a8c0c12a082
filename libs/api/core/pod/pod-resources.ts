import { addQuantities, compareQuantities, formatQuantity, parseQuantity, type Quantity } from '#lib/api/quantity';
import type { Container, PodSpec, ResourceList } from '#lib/api/core/pod/pod-types';

/** Quality of service: who is evicted last. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

type Amounts = Map<string, Quantity>;

/** Only these decide the quality of service. */
const QOS_RESOURCES = ['cpu', 'memory'];

/** Mirrors qos.ComputePodQOS: a pod with its own `resources` is judged by those, others by all their containers. */
export function qosClassOf(spec: PodSpec): QosClass {
  const lists = spec.resources?.requests || spec.resources?.limits ? [spec.resources] : resourcesOf(spec);
  const requests: Amounts = new Map();
  const limits: Amounts = new Map();
  let isGuaranteed = true;
  for (const resources of lists) {
    add(requests, positive(resources?.requests));
    const own = positive(resources?.limits);
    add(limits, own);
    if (own.size < QOS_RESOURCES.length) isGuaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const isEqual = requests.size === limits.size && [...requests].every(([name, amount]) => amount.nano === limits.get(name)?.nano);
  return isGuaranteed && isEqual ? 'Guaranteed' : 'Burstable';
}

const resourcesOf = (spec: PodSpec): Container['resources'][] =>
  [...spec.containers, ...(spec.initContainers ?? [])].map((container) => container.resources);

function positive(list: ResourceList | undefined): Amounts {
  const amounts: Amounts = new Map();
  for (const name of QOS_RESOURCES) {
    const text = list?.[name];
    const amount = text === undefined ? undefined : readable(text);
    if (amount !== undefined && amount.nano > 0n) amounts.set(name, amount);
  }
  return amounts;
}

/** Quantities that cannot be read are left out: validation speaks of them. */
function readable(text: string): Quantity | undefined {
  try {
    return parseQuantity(text);
  } catch {
    return undefined;
  }
}

/** The most that the containers ever request together. Mirrors resourcehelper.AggregateContainerRequests. */
export function aggregateRequests(spec: PodSpec): ResourceList {
  const total: Amounts = new Map();
  for (const container of spec.containers) add(total, amountsOf(container.resources?.requests));
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = amountsOf(container.resources?.requests);
    if (container.restartPolicy === 'Always') {
      add(total, own);
      add(sidecars, own);
      raise(peak, sidecars);
    } else {
      add(own, sidecars);
      raise(peak, own);
    }
  }
  raise(total, peak);
  return Object.fromEntries([...total].map(([name, amount]) => [name, formatQuantity(amount)]));
}

function amountsOf(list: ResourceList | undefined): Amounts {
  const amounts: Amounts = new Map();
  for (const [name, text] of Object.entries(list ?? {})) {
    const amount = readable(text);
    if (amount !== undefined) amounts.set(name, amount);
  }
  return amounts;
}

function add(target: Amounts, more: Amounts): void {
  for (const [name, amount] of more) {
    const old = target.get(name);
    target.set(name, old === undefined ? amount : addQuantities(old, amount));
  }
}

function raise(target: Amounts, floor: Amounts): void {
  for (const [name, amount] of floor) {
    const old = target.get(name);
    if (old === undefined || compareQuantities(amount, old) > 0) target.set(name, amount);
  }
}

/** Names that Kubernetes itself gives a meaning: without a domain, or below kubernetes.io. */
export const isNativeResource = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

/** `hugepages-2Mi`. */
export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');

/** Devices and the like: `example.com/gpu`. Mirrors helper.IsExtendedResourceName. */
export const isExtendedResource = (name: string): boolean => !isNativeResource(name) && !name.startsWith('requests.');

/** Whether a request may be lower than its limit. Mirrors helper.IsOvercommitAllowed. */
export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePages(name);

/** What may stand in `spec.resources` of a pod. */
export const isPodLevelResource = (name: string): boolean => name === 'cpu' || name === 'memory' || isHugePages(name);
