import { Pod } from '#lib/api/core/pod/pod';
import { isPodFinished } from '#lib/api/core/pod/pod-conditions';
import type { PodSpec } from '#lib/api/core/pod/pod-types';
import type { ResourceQuota } from '#lib/api/core/resourcequota';
import { Service } from '#lib/api/core/service';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { parseQuantity, type Quantity } from '#lib/api/quantity';
import { addTo, amountsOf, pick, type Amounts } from './amounts';
import { computeUsage, podTotal } from './pod-usage';
import { isInScope } from './scopes';

const quantity = (count: number): Quantity => parseQuantity(count);
const ONE = quantity(1);

/** Kinds that a quota may also name without `count/`, as it did before that was there. */
const LEGACY = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets', 'services', 'persistentvolumeclaims']);

const CLAIMS = 'persistentvolumeclaims';
const BY_CLASS = '.storageclass.storage.k8s.io/';

/** Objects are never changed, so what they use is worked out once. */
const known = new WeakMap<KubeObject, Amounts>();

/** Everything that an object counts as, by the names that quotas use. Mirrors the evaluators of pkg/quota/v1/evaluator/core. */
export function usageOf(kind: AnyKind, object: KubeObject): Amounts {
  let usage = known.get(object);
  if (!usage) known.set(object, (usage = computed(kind, object)));
  return usage;
}

function computed(kind: AnyKind, object: KubeObject): Amounts {
  const usage = new Map<string, Quantity>([[`count/${kind.resource}`, ONE]]);
  if (LEGACY.has(kind.resource)) usage.set(kind.resource, ONE);
  if (kind.resource === Pod.resource) addPod(usage, object as Pod);
  else if (kind.resource === Service.resource) addService(usage, object as Service);
  else if (kind.resource === CLAIMS) addClaim(usage, object as Claim);
  return usage;
}

/** A pod that will not run again holds nothing any more. */
function addPod(usage: Map<string, Quantity>, pod: Pod): void {
  if (isPodFinished(pod)) return;
  usage.set('pods', ONE);
  const spec = pod.spec as PodSpec;
  addTo(usage, computeUsage(podTotal(spec, 'requests'), podTotal(spec, 'limits')));
}

function addService(usage: Map<string, Quantity>, { spec }: Service): void {
  const ports = spec.ports ?? [];
  if (spec.type === 'NodePort') usage.set('services.nodeports', quantity(ports.length));
  if (spec.type !== 'LoadBalancer') return;
  usage.set('services.loadbalancers', ONE);
  const taken = spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort).length : ports.length;
  usage.set('services.nodeports', quantity(taken));
}

type Claim = KubeObject & {
  spec?: { storageClassName?: string; resources?: { requests?: Record<string, string> } };
  status?: { allocatedResources?: Record<string, string> };
};

function addClaim(usage: Map<string, Quantity>, { metadata, spec, status }: Claim): void {
  const className = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName;
  const asked = amountsOf(spec?.resources?.requests).get('storage');
  const allocated = amountsOf(status?.allocatedResources).get('storage');
  const storage = asked && allocated && allocated.nano > asked.nano ? allocated : asked;
  if (className) usage.set(`${className}${BY_CLASS}${CLAIMS}`, ONE);
  if (!storage) return;
  usage.set('requests.storage', storage);
  if (className) usage.set(`${className}${BY_CLASS}requests.storage`, storage);
}

/** What the object takes of a quota: of the amounts that it limits, those that the object has. Nothing when it is out of its scope. */
export function usageFor(quota: ResourceQuota, kind: AnyKind, object: KubeObject): Amounts {
  const usage = usageOf(kind, object);
  const names = Object.keys(quota.spec.hard ?? {}).filter((name) => usage.has(name));
  return names.length > 0 && isInScope(quota, object) ? pick(usage, names) : new Map();
}

/** The names (`plural.group`) of the kinds that a quota counts objects of. */
export function countedResources({ spec }: ResourceQuota): string[] {
  return [...new Set(Object.keys(spec.hard ?? {}).map(resourceCounted))];
}

function resourceCounted(name: string): string {
  if (name.startsWith('count/')) return name.slice('count/'.length);
  if (name.startsWith('services')) return Service.resource;
  if (name === 'requests.storage' || name.includes(BY_CLASS) || name === CLAIMS) return CLAIMS;
  return LEGACY.has(name) ? name : Pod.resource;
}

/** All that a quota limits, used by nobody. */
export const nothingUsed = ({ spec }: ResourceQuota): Map<string, Quantity> =>
  new Map(Object.entries(spec.hard ?? {}).map(([name]) => [name, quantity(0)]));
