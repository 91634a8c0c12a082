import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { parseIP } from '#lib/api/validation/ip';
import { validateIPAddress, validateIPAddressStep } from './address-validation';

/** Who an address belongs to; the address is the name. */
export interface IPAddress extends KubeObject {
  spec: { parentRef?: { group?: string; resource?: string; namespace?: string; name?: string } };
}

/** Mirrors pkg/registry/networking/ipaddress/strategy.go. */
export const IPAddress = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  scope: 'Cluster',
  nameRule: 'path',
  validate: validateIPAddress,
  validateUpdate: validateIPAddressStep,
  columns: [NAME, { name: 'ParentRef', type: 'string', value: parentText }, AGE],
});

const FAMILY = 'ipaddress.kubernetes.io/ip-family';
const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
const ALLOCATOR = 'ipallocator.k8s.io';

/** The books on the cluster IP of a Service, still to be created. Mirrors newIPAddress of pkg/registry/core/service/ipallocator. */
export function addressOfService(
  ip: string,
  { metadata: { name, namespace } }: Pick<KubeObject, 'metadata'>,
): Pick<IPAddress, 'apiVersion' | 'kind' | 'spec'> & { metadata: { name: string; labels: Record<string, string> } } {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { name: ip, labels: { [FAMILY]: familyOf(ip), [MANAGED_BY]: ALLOCATOR } },
    spec: { parentRef: { group: '', resource: 'services', namespace, name } },
  };
}

/** Whether it was made for a cluster IP, and not by somebody who wants the address for something else. */
export const isOfAllocator = ({ metadata }: IPAddress): boolean => metadata.labels?.[MANAGED_BY] === ALLOCATOR;

/** Whether its labels say what it is. */
export const hasAllocatorLabels = (address: IPAddress): boolean =>
  isOfAllocator(address) && address.metadata.labels?.[FAMILY] === familyOf(address.metadata.name);

/** The Service that it belongs to; undefined when it belongs to something else. */
export function serviceOf({ spec: { parentRef } }: IPAddress): { namespace: string; name: string } | undefined {
  if (parentRef?.group || parentRef?.resource !== 'services') return undefined;
  return { namespace: parentRef.namespace ?? '', name: parentRef.name ?? '' };
}

/** Whether it belongs to this Service. */
export function belongsTo(address: IPAddress, { metadata }: Pick<KubeObject, 'metadata'>): boolean {
  const service = serviceOf(address);
  return service?.namespace === metadata.namespace && service?.name === metadata.name;
}

const familyOf = (ip: string): string => parseIP(ip)?.family ?? 'IPv4';

/** `services/default/kubernetes`. */
function parentText({ spec }: IPAddress): string {
  if (!spec?.parentRef) return '<none>';
  const { group, resource = '', namespace = '', name = '' } = spec.parentRef;
  return `${(group ? `${resource}.${group}` : resource).toLowerCase()}/${namespace}/${name}`;
}
