import type { EndpointSlice as WireEndpointSlice } from 'kubernetes-types/discovery/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

export type EndpointSlice = Stored<WireEndpointSlice>;

export const EndpointSlice = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  scope: 'Namespaced',
  indexes: { service: (slice) => serviceOf(slice) },
});

/** `namespace/service` of the Service that the slice belongs to, by its label. */
function serviceOf(slice: EndpointSlice): string | undefined {
  const service = slice.metadata.labels?.['kubernetes.io/service-name'];
  return service === undefined ? undefined : `${slice.metadata.namespace}/${service}`;
}
