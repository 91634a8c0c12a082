import { Service } from '#lib/api/core/service';
import { EndpointSlice, SERVICE_NAME } from '#lib/api/discovery/endpointslice';
import type { World } from './world';

/** An address that a connection can be made to. */
export interface ServiceEndpoint {
  readonly host: string;
  readonly port: number;
}

/** Why a service cannot be reached; the text is upstream's. */
export class NoEndpoint extends Error {}

/** The slices that say where the pods of a service are. */
export const slicesOf = (world: World, namespace: string, name: string): readonly EndpointSlice[] =>
  world.labelled(EndpointSlice, namespace, SERVICE_NAME, name);

/**
 * Where a service can be reached past its cluster IP, which leads nowhere without a kube-proxy: its ready endpoints behind that port, or
 * its external name. @throws NoEndpoint when there is none. Mirrors proxy.ResolveEndpoint of apiserver/pkg/util/proxy.
 */
export function endpointsOf(world: World, namespace: string, name: string, port: number): readonly ServiceEndpoint[] {
  const service = world.get(Service, namespace, name);
  if (!service) throw new NoEndpoint(`service ${JSON.stringify(name)} not found`);
  const { type, externalName, ports = [] } = service.spec;
  if (type === 'ExternalName') return [{ host: externalName ?? '', port }];
  const served = ports.find((one) => one.port === port);
  if (!served) throw new NoEndpoint(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const found = slicesOf(world, namespace, name).flatMap((slice) => {
    const to = slice.ports?.find((one) => (one.name ?? '') === (served.name ?? ''))?.port;
    const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return to === undefined ? [] : ready.flatMap(({ addresses }) => addresses.map((host) => ({ host, port: to })));
  });
  if (found.length === 0) throw new NoEndpoint(`no endpoints available for service ${JSON.stringify(name)}`);
  return found;
}
