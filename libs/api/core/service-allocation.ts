import type { Service as WireService, ServiceSpec } from 'kubernetes-types/core/v1';
import { internalError, invalidObject } from '#lib/api/errors';
import { invalid, type FieldError } from '#lib/api/field-error';
import type { Stored } from '#lib/api/meta';
import { addressAt, isUsableIn, parseIP, sizeOf, type Block } from '#lib/api/validation/ip';
import { validateClusterIPs } from './service-addresses';
import { isHeadless } from './service-defaults';
import { settleFamilies } from './service-families';
import { draw, settleNodePorts, type Taken } from './service-node-ports';

export type { Taken };

type Service = Stored<WireService>;

/** Addresses of Services, unless there are more ranges. The first belongs to the Service `kubernetes`. */
export const SERVICE_RANGE = '10.96.0.0/16';

/**
 * The spec of the Service with families, cluster IP and node ports filled in. `random` gives numbers in [0, 1) and decides
 * which of the free ones it gets; what an update gives up is free at once, since nothing but Services themselves keeps the books.
 * `blocks` are the ranges that addresses are taken from.
 * Throws ApiError 422 when an address or port that the client asked for cannot be had, 500 when none is left.
 * Mirrors pkg/registry/core/service/storage/alloc.go with its upper band for draws and lower band for wishes.
 */
export function allocateService(
  service: Service,
  previous: Service | undefined,
  taken: Taken,
  random: () => number,
  blocks: readonly Block[],
): ServiceSpec {
  const spec: ServiceSpec = { ...service.spec };
  if (service.spec.ports) spec.ports = service.spec.ports.map((port) => ({ ...port }));
  if (spec.type !== 'ExternalName') {
    refuse(service, settleFamilies(spec, previous?.spec));
    refuse(service, validateClusterIPs({ ...service, spec }));
    settleClusterIP(service, spec, previous?.spec, { taken, random, blocks });
  }
  refuse(service, settleNodePorts(spec, previous?.spec, taken, random));
  return spec;
}

function refuse({ metadata }: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject('', 'Service', metadata.name, errors);
}

interface Books {
  readonly taken: Taken;
  readonly random: () => number;
  readonly blocks: readonly Block[];
}

function settleClusterIP(service: Service, spec: ServiceSpec, previous: ServiceSpec | undefined, books: Books): void {
  if (isHeadless(spec)) return;
  const asked = spec.clusterIPs?.[0];
  if (asked === undefined || asked === '') {
    const drawn = drawAddress(books);
    spec.clusterIP = drawn;
    spec.clusterIPs = [drawn];
    return;
  }
  if (previous?.clusterIPs?.includes(asked)) return;
  const complaint = complaintAbout(asked, books);
  if (complaint) refuse(service, [invalid('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${asked}: ${complaint}`)]);
}

function complaintAbout(text: string, { taken, blocks }: Books): string | undefined {
  const address = parseIP(text);
  if (!address || !blocks.some((block) => isUsableIn(block, address))) return 'the provided network does not match the current range';
  return taken.ip(address.text) ? 'provided IP is already allocated' : undefined;
}

function drawAddress({ taken, random, blocks }: Books): string {
  for (const block of blocks) {
    const drawn = drawFrom(block, taken, random);
    if (drawn !== undefined) return drawn;
  }
  throw internalError('failed to allocate a serviceIP: range is full');
}

/** Of the addresses after the network's own and before the broadcast; the lower band is left to those who ask by number. */
function drawFrom(block: Block, taken: Taken, random: () => number): string | undefined {
  const size = sizeOf(block);
  const band = Math.min(Math.max(16, Math.floor(size / 16)), 256, size - 1);
  const isFree = (offset: number): boolean => !taken.ip(addressAt(block, offset));
  const offset = draw(band, size - 2, isFree, random) ?? draw(2, band - 1, isFree, random);
  return offset === undefined ? undefined : addressAt(block, offset);
}
