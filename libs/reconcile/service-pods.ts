import type { ContainerPort, ServicePort } from 'kubernetes-types/core/v1';
import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { isPodReady } from '#lib/api/core/pod/pod-conditions';
import { Service } from '#lib/api/core/service';
import { sameValue } from '#lib/api/equality';
import { isBeingDeleted } from '#lib/api/meta';
import { keyOf } from './controller';
import type { Change, World } from './world';

/** When the endpoints changed for the last time: RFC 3339. */
export const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';

/**
 * Endpoints with it are the lock of a leader election: nobody writes into them, or copies them. Upstream's
 * resourcelock.LeaderElectionRecordAnnotationKey.
 */
export const LEADER = 'control-plane.alpha.kubernetes.io/leader';

/** Marks what belongs to a service without a cluster IP. */
export const HEADLESS = 'service.kubernetes.io/headless';

/**
 * Changes that come within this time of the last write are written together: a service of 800 pods would otherwise be
 * written 800 times over, 100 kB each time.
 */
const BATCH_MS = 200;

/** When an object that was written at `lastChange` (the annotation's value) may be written again; undefined when it may be now. */
export function nextWriteAt(lastChange: string | undefined, now: Date): Date | undefined {
  const next = Date.parse(lastChange ?? '') + BATCH_MS;
  // A clock that was set back must not stop the writing.
  return next > now.getTime() && next <= now.getTime() + BATCH_MS ? new Date(next) : undefined;
}

/** A service has endpoints made from pods when it selects some and is no mere alias. */
export const selectsPods = ({ spec }: Service): boolean =>
  spec.selector !== undefined && spec.selector !== null && spec.type !== 'ExternalName';

const selects = ({ spec }: Service, labels: Readonly<Record<string, string>> | undefined): boolean => {
  for (const key in spec.selector) if (labels?.[key] !== spec.selector[key]) return false;
  return true;
};

/** The pods that a service selects, in key order. */
export function podsOf(service: Service, world: World): readonly Pod[] {
  const namespace = service.metadata.namespace ?? '';
  const [first] = Object.entries(service.spec.selector ?? {});
  const candidates = first ? world.labelled(Pod, namespace, first[0], first[1]) : world.list(Pod, namespace);
  return candidates.filter((pod) => selects(service, pod.metadata.labels));
}

/** Whether a pod has an address to offer and is not done. Mirrors endpoint.ShouldPodBeInEndpoints. */
export function hasEndpoint(pod: Pod, includeTerminating: boolean): boolean {
  const { phase, podIP, podIPs } = pod.status;
  if (phase === 'Failed' || phase === 'Succeeded') return false;
  return Boolean(podIP || podIPs?.length) && (includeTerminating || !isBeingDeleted(pod));
}

/** The pod's address of that family. */
export function addressOf(pod: Pod, family: 'IPv4' | 'IPv6'): string | undefined {
  const ips = pod.status.podIPs?.map(({ ip }) => ip ?? '') ?? (pod.status.podIP ? [pod.status.podIP] : []);
  return ips.find((ip) => ip.includes(':') === (family === 'IPv6'));
}

/** The pod's own port behind a port of the service; named ones are looked up in its containers. Mirrors podutil.FindPort. */
export function portOf(pod: Pod, { port, targetPort, protocol }: ServicePort): number | undefined {
  if (targetPort === undefined) return port;
  if (typeof targetPort === 'number') return targetPort;
  const sidecars = pod.spec.initContainers?.filter((container) => container.restartPolicy === 'Always') ?? [];
  const isIt = (own: ContainerPort): boolean => own.name === targetPort && (own.protocol ?? 'TCP') === (protocol ?? 'TCP');
  return [...pod.spec.containers, ...sidecars].flatMap(({ ports = [] }) => ports).find(isIt)?.containerPort;
}

/** The pod's name inside a headless service that it asked to be named in. */
export function hostnameOf(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec;
  return hostname && subdomain === service.metadata.name && pod.metadata.namespace === service.metadata.namespace ? hostname : undefined;
}

/** The keys of services whose endpoints this change of a pod or a node concerns. Mirrors endpoint.GetServicesToUpdateOnPodChange. */
export function servicesTouchedBy({ type, kind, object, previous }: Change, world: World): Set<string> {
  const keys = new Set<string>();
  if (kind.resource === Pod.resource) {
    if (type === 'DELETED' || !previous || endpointChanged(previous as Pod, object as Pod))
      addServices(keys, [object as Pod, ...(previous ? [previous as Pod] : [])], world);
  } else if (kind.resource === Node.resource && (!previous || zoneOf(previous as Node) !== zoneOf(object as Node))) {
    addServices(keys, world.indexed(Pod, 'node', object.metadata.name), world);
  }
  return keys;
}

/** The zone a node stands in, by its label. */
export const zoneOf = (node: Node): string | undefined => node.metadata.labels?.['topology.kubernetes.io/zone'] || undefined;

function addServices(keys: Set<string>, pods: readonly Pod[], world: World): void {
  for (const pod of pods) {
    for (const service of world.list(Service, pod.metadata.namespace)) {
      if (selectsPods(service) && selects(service, pod.metadata.labels)) keys.add(keyOf(service));
    }
  }
}

/** What endpoints show of a pod. Mirrors endpoint.podEndpointsChanged. */
function endpointChanged(before: Pod, after: Pod): boolean {
  return (
    isBeingDeleted(before) !== isBeingDeleted(after) ||
    isPodReady(before) !== isPodReady(after) ||
    before.metadata.uid !== after.metadata.uid ||
    before.spec.nodeName !== after.spec.nodeName ||
    before.status.phase !== after.status.phase ||
    !sameValue(before.metadata.labels, after.metadata.labels) ||
    !sameValue(before.status.podIPs ?? before.status.podIP, after.status.podIPs ?? after.status.podIP)
  );
}
