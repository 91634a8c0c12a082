import type { EndpointPort } from 'kubernetes-types/discovery/v1';
import type { Endpoint } from '#lib/api/discovery/endpointslice';
import { Node } from '#lib/api/core/node';
import type { Pod } from '#lib/api/core/pod/pod';
import { isPodReady } from '#lib/api/core/pod/pod-conditions';
import type { Service } from '#lib/api/core/service';
import { isBeingDeleted } from '#lib/api/meta';
import { addressOf, hasEndpoint, hostnameOf, podsOf, portOf, zoneOf } from '#lib/reconcile/service-pods';
import type { World } from '#lib/reconcile/world';

export type Family = 'IPv4' | 'IPv6';

/** Endpoints with the same ports, by `identityOf`: what one or more slices shall hold. */
export interface Group {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Map<string, Endpoint>;
}

/** One pod and address is one endpoint, whatever its conditions. */
export const identityOf = ({ addresses, targetRef }: Endpoint): string => `${targetRef?.uid ?? ''} ${addresses.join(' ')}`;

/** The groups are told apart by their ports. */
export const portsKey = (ports: readonly EndpointPort[] | undefined): string =>
  JSON.stringify((ports ?? []).map(({ name, port, protocol, appProtocol }) => [name ?? '', port, protocol, appProtocol]));

/** The address families that the service has; a service that was stored without has IPv4. */
export const familiesOf = ({ spec }: Service): readonly Family[] => (spec.ipFamilies?.length ? (spec.ipFamilies as Family[]) : ['IPv4']);

/** All endpoints of one family, by their ports. Mirrors reconcileByAddressType's first half. */
export function desiredGroups(service: Service, family: Family, world: World): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const pod of podsOf(service, world)) {
    const ip = addressOf(pod, family);
    if (ip === undefined || !hasEndpoint(pod, true)) continue;
    const node = pod.spec.nodeName ? world.get(Node, '', pod.spec.nodeName) : undefined;
    // A pod on a node that is not there cannot be reached; it counts again when the node appears.
    if (pod.spec.nodeName && !node && !service.spec.publishNotReadyAddresses) continue;
    const ports = portsFor(pod, service);
    const key = portsKey(ports);
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { ports, endpoints: new Map() }));
    const endpoint = endpointOf(pod, ip, service, node);
    group.endpoints.set(identityOf(endpoint), endpoint);
  }
  return groups;
}

function portsFor(pod: Pod, service: Service): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((asked) => {
    const port = portOf(pod, asked);
    if (port === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = asked;
    return [{ name, port, protocol, ...(appProtocol && { appProtocol }) }];
  });
}

/** Mirrors podToEndpoint. */
function endpointOf(pod: Pod, ip: string, service: Service, node: Node | undefined): Endpoint {
  const serving = isPodReady(pod);
  const terminating = isBeingDeleted(pod);
  const ready = (service.spec.publishNotReadyAddresses ?? false) || (serving && !terminating);
  const { namespace, name, uid } = pod.metadata;
  const hostname = hostnameOf(pod, service);
  const zone = node && zoneOf(node);
  const hints = ready ? hintsFor(service, zone, pod.spec.nodeName) : undefined;
  return {
    addresses: [ip],
    conditions: { ready, serving, terminating },
    ...(hostname && { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(pod.spec.nodeName && { nodeName: pod.spec.nodeName }),
    ...(zone && { zone }),
    ...(hints && { hints }),
  };
}

/** Whose traffic an endpoint would like: that of its own zone or node. Mirrors trafficdist.ReconcileHints. */
function hintsFor(service: Service, zone: string | undefined, node: string | undefined): Endpoint['hints'] {
  const wish = service.spec.trafficDistribution;
  if (!zone || (wish !== 'PreferClose' && wish !== 'PreferSameZone' && wish !== 'PreferSameNode')) return undefined;
  return { forZones: [{ name: zone }], ...(wish === 'PreferSameNode' && node && { forNodes: [{ name: node }] }) };
}
