import type { Service as WireService, ServiceSpec } from 'kubernetes-types/core/v1';
import { internalError, invalidObject } from '#lib/api/errors';
import { invalid, type FieldError } from '#lib/api/field-error';
import type { Stored } from '#lib/api/meta';
import { addressAt, contains, parseCIDR, parseIP, sizeOf, type Block } from '#lib/api/validation/ip';
import { validateClusterIPs } from './service-addresses';
import { isHeadless } from './service-defaults';
import { settleFamilies } from './service-families';
import { draw, settleNodePorts, type Taken } from './service-node-ports';

export type { Taken };

type Service = Stored<WireService>;

/** Addresses of Services. The first belongs to the Service `kubernetes`. */
export const SERVICE_RANGE = '10.96.0.0/16';

/**
 * The spec of the Service with families, cluster IP and node ports filled in. `random` gives numbers in [0, 1) and decides
 * which of the free ones it gets; what an update gives up is free at once, since nothing but Services themselves keeps the books.
 * Throws ApiError 422 when an address or port that the client asked for cannot be had, 500 when none is left.
 * Mirrors pkg/registry/core/service/storage/alloc.go with its upper band for draws and lower band for wishes.
 */
export function allocateService(service: Service, previous: Service | undefined, taken: Taken, random: () => number): ServiceSpec {
  const spec: ServiceSpec = { ...service.spec };
  if (service.spec.ports) spec.ports = service.spec.ports.map((port) => ({ ...port }));
  if (spec.type !== 'ExternalName') {
    refuse(service, settleFamilies(spec, previous?.spec));
    refuse(service, validateClusterIPs({ ...service, spec }));
    settleClusterIP(service, spec, previous?.spec, taken, random);
  }
  refuse(service, settleNodePorts(spec, previous?.spec, taken, random));
  return spec;
}

function refuse({ metadata }: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject('', 'Service', metadata.name, errors);
}

function settleClusterIP(service: Service, spec: ServiceSpec, previous: ServiceSpec | undefined, taken: Taken, random: () => number): void {
  if (isHeadless(spec)) return;
  const range = parseCIDR(SERVICE_RANGE) as Block;
  const asked = spec.clusterIPs?.[0];
  if (asked === undefined || asked === '') {
    const drawn = drawAddress(range, taken, random);
    spec.clusterIP = drawn;
    spec.clusterIPs = [drawn];
    return;
  }
  if (previous?.clusterIPs?.includes(asked)) return;
  const complaint = complaintAbout(asked, range, taken);
  if (complaint) refuse(service, [invalid('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${asked}: ${complaint}`)]);
}

function complaintAbout(text: string, range: Block, taken: Taken): string | undefined {
  const address = parseIP(text);
  const isUsable = address && contains(range, address) && text !== addressAt(range, 0) && text !== addressAt(range, sizeOf(range) - 1);
  if (!isUsable) return `the provided IP (${text}) is not in the valid range. The range of valid IPs is ${SERVICE_RANGE}`;
  return taken.ip(address.text) ? 'provided IP is already allocated' : undefined;
}

/** Of the addresses after the network's own and before the broadcast; the lower band is left to those who ask by number. */
function drawAddress(range: Block, taken: Taken, random: () => number): string {
  const size = sizeOf(range);
  const band = Math.min(Math.max(16, Math.floor(size / 16)), 256);
  const isFree = (offset: number): boolean => !taken.ip(addressAt(range, offset));
  const offset = draw(band, size - 2, isFree, random) ?? draw(2, band - 1, isFree, random);
  if (offset === undefined) throw internalError('failed to allocate a serviceIP: range is full');
  return addressAt(range, offset);
}
