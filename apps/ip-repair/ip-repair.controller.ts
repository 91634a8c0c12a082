import { Service } from '#lib/api/core/service';
import { clusterIPsOf } from '#lib/api/core/service-defaults';
import type { AnyKind } from '#lib/api/kind';
import { addressOfService, belongsTo, hasAllocatorLabels, IPAddress, isOfAllocator, serviceOf } from '#lib/api/networking/ipaddress';
import { blocksOf, ServiceCIDR } from '#lib/api/networking/servicecidr';
import { isUsableIn, parseIP } from '#lib/api/validation/ip';
import { create, remove, reportOn, wake, type Command, type Report } from '#lib/reconcile/command';
import { defineKeyedController } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';

/** A Service and its IPAddress are two entries of one transaction: the second is here a moment later. */
const SETTLE_MS = 5_000;
/** An address without its Service is kept so long after it was made. Upstream's grace for a Service that is still being created. */
const ORPHAN_MS = 60_000;

/**
 * Keeps Services and the IPAddresses of their cluster IPs in step, whatever was done to the latter. The API server writes both in one
 * transaction; this mends what is older than that, or what somebody took away. Keys are addresses.
 * Mirrors pkg/registry/core/service/ipallocator/controller/repairip.go.
 */
export const ipRepair = defineKeyedController({
  name: 'ip-repair',
  component: 'ipallocator-repair-controller',
  keys: addressesIn,

  decideOn(ip, world, now) {
    const address = world.get(IPAddress, '', ip);
    const services = world.indexed(Service, 'clusterIP', ip);
    if (services.length === 0) return address && isOfAllocator(address) ? orphan(address, world, now) : [];
    return services.flatMap((service) => repaired(service, ip, address, world, now));
  },
});

function addressesIn({ type, kind, object, previous }: Change): readonly string[] {
  if (kind === (IPAddress as AnyKind)) return [object.metadata.name];
  if (kind !== (Service as AnyKind) || type === 'DELETED') return []; // its addresses go in the same transaction
  const [has, had] = [clusterIPsOf(object as Service), clusterIPsOf(previous as Service | undefined)];
  return has.join() === had.join() ? [] : [...new Set([...has, ...had])];
}

function repaired(service: Service, ip: string, address: IPAddress | undefined, world: World, now: Date): Command[] {
  const { namespace, name, creationTimestamp } = service.metadata;
  const place = `[${parseIP(ip)?.family ?? 'IPv4'}]: ${ip}`;
  if (!isInRange(ip, world))
    return [tell(service, 'ClusterIPOutOfRange', `Cluster IP ${place} is not within any configured Service CIDR; please recreate service`)];
  if (!address) {
    const settled = Date.parse(creationTimestamp) + SETTLE_MS;
    if (now.getTime() < settled) return [wake(new Date(settled))];
    return [
      create(addressOfService(ip, service), {
        report: warning(service, 'ClusterIPNotAllocated', `Cluster IP ${place} is not allocated; repairing`),
      }),
    ];
  }
  if (belongsTo(address, service)) return hasAllocatorLabels(address) ? [] : again(address, service);
  if (isUsedBy(address, world)) {
    return [
      tell(
        service,
        'ClusterIPAlreadyAllocated',
        `Cluster IP ${place.replace(': ', ':')} was assigned to multiple services; please recreate service`,
      ),
    ];
  }
  return again(
    address,
    service,
    warning(service, 'ClusterIPNotAllocated', `the ClusterIP ${place} for Service ${namespace}/${name} has a wrong reference; repairing`),
  );
}

/** What an address belongs to cannot be changed: it is made anew. */
const again = (address: IPAddress, service: Service, report?: Report): Command[] => [
  remove(address),
  create(addressOfService(address.metadata.name, service), { ...(report && { report }) }),
];

const isInRange = (ip: string, world: World): boolean => {
  const parsed = parseIP(ip);
  return parsed !== undefined && world.list(ServiceCIDR).some((range) => blocksOf(range).some((block) => isUsableIn(block, parsed)));
};

/** Whether the Service that the address belongs to has it. */
function isUsedBy(address: IPAddress, world: World): boolean {
  const of = serviceOf(address);
  return of !== undefined && clusterIPsOf(world.get(Service, of.namespace, of.name)).includes(address.metadata.name);
}

/** An address that the allocator made, and no Service has. */
function orphan(address: IPAddress, world: World, now: Date): Command[] {
  const { name, creationTimestamp } = address.metadata;
  const of = serviceOf(address);
  if (!of) {
    const { group = '', resource = '', namespace = '', name: parent = '' } = address.spec.parentRef ?? {};
    const reference = `&ParentReference{Group:${group},Resource:${resource},Namespace:${namespace},Name:${parent},}`;
    return cleaned(
      address,
      'IPAddressNotAllocated',
      `IPAddress ${name} appears to have been modified, not referencing a Service ${reference}: cleaning up`,
    );
  }
  const service = `Service ${of.namespace}/${of.name}`;
  if (world.get(Service, of.namespace, of.name))
    return cleaned(address, 'IPAddressWrongReference', `IPAddress: ${name} for ${service} has a wrong reference; cleaning up`);
  const until = Date.parse(creationTimestamp) + ORPHAN_MS;
  if (now.getTime() < until) return [wake(new Date(until))];
  return cleaned(address, 'IPAddressNotAllocated', `IPAddress: ${name} for ${service} appears to have leaked: cleaning up`);
}

/** Told only when it is done: what goes with its Service is no leak. */
const cleaned = (address: IPAddress, reason: string, message: string): Command[] => [
  remove(address),
  { do: 'report', report: reportOn(address, 'Warning', reason, message, 'IPAddressAllocation') },
];

const warning = (service: Service, reason: string, message: string): Report =>
  reportOn(service, 'Warning', reason, message, 'ClusterIPAllocation');
const tell = (service: Service, reason: string, message: string): Command => ({ do: 'report', report: warning(service, reason, message) });
