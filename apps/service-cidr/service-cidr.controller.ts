import type { Condition } from 'kubernetes-types/meta/v1';
import type { AnyKind } from '#lib/api/kind';
import { isOfAllocator, IPAddress } from '#lib/api/networking/ipaddress';
import { blocksOf, ServiceCIDR } from '#lib/api/networking/servicecidr';
import { rfc3339 } from '#lib/api/time';
import { containsBlock, isUsableIn, parseIP } from '#lib/api/validation/ip';
import { setStatus, type Command } from '#lib/reconcile/command';
import { defineController } from '#lib/reconcile/controller';
import { concernsProtection, protect } from '#lib/reconcile/protection';
import type { Change, World } from '#lib/reconcile/world';

const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';
const READY = { status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' } as const;
const IN_USE = {
  status: 'False',
  reason: 'Terminating',
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
} as const;

/**
 * Says that ranges of cluster IPs are ready, and keeps those that are asked to go while Services have addresses of them. Mirrors
 * kubernetes/pkg/controller/servicecidrs.
 */
export const serviceCidr = defineController<ServiceCIDR>({
  name: 'service-cidr',
  component: 'service-cidrs-controller',
  for: ServiceCIDR,
  watches: [
    { kind: IPAddress, keys: leaving },
    { kind: ServiceCIDR, keys: leaving },
  ],

  reconcile(range, world, now) {
    if (range.metadata.deletionTimestamp === undefined)
      return concernsProtection(range, FINALIZER) ? protect(range, FINALIZER, () => false) : say(range, READY, now);
    return isInUse(range, world) ? say(range, IN_USE, now) : protect(range, FINALIZER, () => false);
  },
});

/** Ranges on their way out: an address or a range that comes or goes may hold them or let them go. There is rarely one. */
function leaving({ type, kind, object }: Change, world: World): string[] {
  if (type === 'MODIFIED' || (kind === (IPAddress as AnyKind) && !isOfAllocator(object as IPAddress))) return [];
  return world
    .list(ServiceCIDR)
    .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
    .map(({ metadata }) => metadata.name);
}

/** Whether an address would be left without a range. Upstream lets another range count that is going itself. Mirrors canDeleteCIDR. */
function isInUse(range: ServiceCIDR, world: World): boolean {
  const blocks = blocksOf(range);
  const others = world
    .list(ServiceCIDR)
    .filter(({ metadata }) => metadata.name !== range.metadata.name && metadata.deletionTimestamp === undefined)
    .flatMap(blocksOf);
  if (blocks.every((block) => others.some((other) => containsBlock(other, block)))) return false;
  return world.list(IPAddress).some((address) => {
    const ip = isOfAllocator(address) ? parseIP(address.metadata.name) : undefined;
    return ip !== undefined && blocks.some((block) => isUsableIn(block, ip)) && !others.some((other) => isUsableIn(other, ip));
  });
}

function say(range: ServiceCIDR, said: Pick<Condition, 'status' | 'reason' | 'message'>, now: Date): Command[] {
  const conditions = range.status?.conditions ?? [];
  const known = conditions.find(({ type }) => type === 'Ready');
  const lastTransitionTime = known?.status === said.status ? known.lastTransitionTime : rfc3339(now);
  const condition = { type: 'Ready', ...said, lastTransitionTime };
  return setStatus(range, { ...range.status, conditions: [...conditions.filter(({ type }) => type !== 'Ready'), condition] });
}
