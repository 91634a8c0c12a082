import type { EndpointAddress, EndpointSubset } from 'kubernetes-types/core/v1';
import type { EndpointPort } from 'kubernetes-types/discovery/v1';
import type { Endpoint } from '#lib/api/discovery/endpointslice';
import { sameValue } from '#lib/api/equality';

/** So many addresses of a subset are shown: one slice is enough for each. */
export const MAX_ENDPOINTS = 1000;

/** What one slice shall hold. */
export interface Desired {
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** Slices by `portsKey`, and how many addresses are more than can be shown. Subsets with the same ports share slices. */
export function desiredSlices(subsets: readonly EndpointSubset[]): {
  readonly groups: ReadonlyMap<string, Desired>;
  readonly skipped: number;
} {
  const groups = new Map<string, Desired & { endpoints: Endpoint[] }>();
  let skipped = 0;
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const shown = [
      ...addresses.map((address) => endpointOf(address, true)),
      ...notReadyAddresses.map((address) => endpointOf(address, false)),
    ];
    skipped += Math.max(0, shown.length - MAX_ENDPOINTS);
    const slicePorts = ports.map(({ name = '', port, protocol = 'TCP', appProtocol }): EndpointPort => ({
      name,
      port,
      protocol,
      ...(appProtocol !== undefined && { appProtocol }),
    }));
    for (const endpoint of shown.slice(0, MAX_ENDPOINTS)) {
      const addressType = endpoint.addresses[0]?.includes(':') ? 'IPv6' : 'IPv4';
      const key = portsKey(addressType, slicePorts);
      const group = groups.get(key) ?? { addressType, ports: slicePorts, endpoints: [] };
      groups.set(key, group);
      if (!group.endpoints.some((other) => sameValue(other, endpoint))) group.endpoints.push(endpoint);
    }
  }
  return { groups, skipped };
}

/** The family and the ports, whatever their order. */
export const portsKey = (addressType: string, ports: readonly EndpointPort[]): string =>
  JSON.stringify([
    addressType,
    ...ports.map(({ name, port, protocol, appProtocol }) => JSON.stringify([name ?? '', port, protocol ?? 'TCP', appProtocol])).sort(),
  ]);

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    ...(targetRef && { targetRef }),
  };
}

/** The same endpoints, in whatever order. */
export const sameEndpoints = (some: readonly Endpoint[], others: readonly Endpoint[]): boolean =>
  some.length === others.length && some.every((one, i) => sameValue(one, others[i]) || others.some((other) => sameValue(one, other)));
