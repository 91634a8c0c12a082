import type { EndpointAddress, EndpointPort, EndpointSubset } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import { isPodReady } from '#lib/api/core/pod/pod-conditions';
import type { Service } from '#lib/api/core/service';
import type { World } from '#lib/reconcile/world';
import { addressOf, hasEndpoint, hostnameOf, podsOf, portOf } from '#lib/reconcile/service-pods';

/** More addresses do not fit into one object; slices carry them all. */
const CAPACITY = 1000;

/** The addresses of a service, and whether some were left out. */
export interface Subsets {
  readonly subsets: EndpointSubset[];
  readonly truncated: boolean;
}

interface Entry {
  readonly ports: EndpointPort[];
  readonly address: EndpointAddress;
  readonly ready: boolean;
}

/** Addresses with the same ports stand together, in the order of their text. Mirrors syncService and RepackSubsets. */
export function subsetsOf(service: Service, world: World): Subsets {
  const entries = podsOf(service, world).flatMap((pod) => entryOf(pod, service));
  entries.sort((a, b) => order(a.address.ip, b.address.ip) || order(a.address.targetRef?.uid ?? '', b.address.targetRef?.uid ?? ''));
  const kept =
    entries.length <= CAPACITY
      ? entries
      : [...entries.filter(({ ready }) => ready), ...entries.filter(({ ready }) => !ready)].slice(0, CAPACITY);
  const groups = new Map<string, Entry[]>();
  for (const entry of kept) {
    const key = JSON.stringify(entry.ports);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  const subsets = [...groups].sort(([a], [b]) => order(a, b)).map(([, group]) => subsetOf(group));
  return { subsets, truncated: entries.length > CAPACITY };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function subsetOf(group: readonly Entry[]): EndpointSubset {
  const addresses = group.filter(({ ready }) => ready).map(({ address }) => address);
  const notReadyAddresses = group.filter(({ ready }) => !ready).map(({ address }) => address);
  const ports = group[0]?.ports ?? [];
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
    ...(ports.length > 0 && { ports }),
  };
}

/** A pod that has none of the named ports offers nothing, unless the service asks for none. */
function entryOf(pod: Pod, service: Service): Entry[] {
  const anyway = service.spec.publishNotReadyAddresses ?? false;
  const family = service.spec.ipFamilies?.[0] === 'IPv6' ? 'IPv6' : 'IPv4';
  const ip = addressOf(pod, family);
  if (ip === undefined || !hasEndpoint(pod, anyway)) return [];
  const wanted = service.spec.ports ?? [];
  const ports = wanted.flatMap((asked) => {
    const port = portOf(pod, asked);
    if (port === undefined) return [];
    const { name, protocol = 'TCP', appProtocol } = asked;
    return [{ ...(name && { name }), port, protocol, ...(appProtocol && { appProtocol }) }];
  });
  if (wanted.length > 0 && ports.length === 0) return [];
  ports.sort((a, b) => order(JSON.stringify(a), JSON.stringify(b)));
  return [{ ports, address: addressEntry(pod, ip, service), ready: anyway || isPodReady(pod) }];
}

function addressEntry(pod: Pod, ip: string, service: Service): EndpointAddress {
  const { namespace, name, uid } = pod.metadata;
  const hostname = hostnameOf(pod, service);
  return {
    ip,
    ...(hostname && { hostname }),
    ...(pod.spec.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}
