import { Service } from '#lib/api/core/service';
import { clusterIPsOf } from '#lib/api/core/service-defaults';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { addressOfService, belongsTo, IPAddress } from '#lib/api/networking/ipaddress';
import { rfc3339 } from '#lib/api/time';
import { ownNew } from './ownership';
import { stampNew, type WriteRequest } from './request';
import type { View } from './view';
import type { OriginatedWish } from './writer';

type Write = (wish: OriginatedWish) => void;

/** What becomes of an object: no `previous` when it is made, no `next` when it goes. */
interface Step<T extends KubeObject = KubeObject> {
  readonly previous?: T;
  readonly next?: T;
}

/** Writes what goes with a change of an object that was just written, in the same transaction. To add a pair: a line here. */
export function writeCompanions(request: WriteRequest, step: Step, view: View, write: Write): void {
  if (request.kind === (Service as AnyKind)) keepBooks(request, step as Step<Service>, view, write);
}

/** An IPAddress for each cluster IP. Upstream's allocator makes and deletes them in requests of its own, which admission is asked about. */
function keepBooks(request: WriteRequest, { previous, next }: Step<Service>, view: View, write: Write): void {
  const [had, has] = [clusterIPsOf(previous), clusterIPsOf(next)];
  for (const ip of has) if (!had.includes(ip) && !view.get(IPAddress, '', ip)) makeAddress(request, ip, next as Service, write);
  for (const ip of had) {
    const address = has.includes(ip) ? undefined : view.get(IPAddress, '', ip);
    if (address && belongsTo(address, previous as Service)) removeAddress(request, address, (next ?? previous) as Service, write);
  }
}

/** The server does it, in the name of whoever wrote the Service. */
const MANAGER = 'kube-apiserver';

function makeAddress({ origin, now, dryRun }: WriteRequest, ip: string, service: Service, write: Write): void {
  const asked = {
    kind: IPAddress,
    namespace: '',
    name: '',
    origin: { ...origin, request: { ...origin.request, fieldManager: MANAGER } },
    now,
    dryRun,
    warnings: [],
  };
  const address = addressOfService(ip, service) as unknown as IPAddress;
  stampNew(asked, address);
  ownNew(asked, address);
  write({ kind: IPAddress, type: 'ADDED', object: address, ...because(service, 'create') });
}

function removeAddress({ now }: WriteRequest, address: IPAddress, service: Service, write: Write): void {
  const { finalizers = [], deletionTimestamp = rfc3339(now) } = address.metadata;
  const object = { ...address, metadata: { ...address.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 } };
  write({ kind: IPAddress, type: finalizers.length > 0 ? 'MODIFIED' : 'DELETED', object, ...because(service, 'delete') });
}

/** The entry before it, of the same transaction. */
const because = ({ metadata }: KubeObject, verb: string): Omit<OriginatedWish, 'kind' | 'type' | 'object'> => ({
  cause: [Number(metadata.resourceVersion)],
  request: { verb, fieldManager: MANAGER },
});
