import { Endpoints } from '#lib/api/core/endpoints';
import { Service } from '#lib/api/core/service';
import { EndpointSlice, SERVICE_NAME } from '#lib/api/discovery/endpointslice';
import { sameValue } from '#lib/api/equality';
import { isBeingDeleted, ownerReferenceTo } from '#lib/api/meta';
import { create, remove, update, warn, type Command, type NewObject } from '#lib/reconcile/command';
import { defineKeyedController, keyOf } from '#lib/reconcile/controller';
import { childPrefix } from '#lib/reconcile/names';
import { LAST_CHANGE, LEADER } from '#lib/reconcile/service-pods';
import type { Change, World } from '#lib/reconcile/world';
import { desiredSlices, MAX_ENDPOINTS, portsKey, sameEndpoints, type Desired } from './desired';

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const OURS = 'endpointslicemirroring-controller.k8s.io';
const SKIP = 'endpointslice.kubernetes.io/skip-mirror';
/** Objects with this annotation are old-style locks, not addresses. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Shows Endpoints that somebody wrote by hand as EndpointSlices. A key is `namespace/name` of Endpoints. Mirrors
 * kubernetes/pkg/controller/endpointslicemirroring.
 */
export const endpointSliceMirroring = defineKeyedController({
  name: 'endpointslice-mirroring',
  component: 'endpointslicemirroring-controller',
  keys,

  decideOn(key, world) {
    const [namespace = '', name = ''] = key.split('/');
    const endpoints = world.get(Endpoints, namespace, name);
    const slices = world.indexed(EndpointSlice, 'service', key).filter((slice) => isOurs(slice) && !isBeingDeleted(slice));
    if (!endpoints || !isMirrored(endpoints, world.get(Service, namespace, name))) return slices.map((slice) => remove(slice));
    return mirror(endpoints, slices);
  },
});

const isOurs = (object: { metadata: EndpointSlice['metadata'] }): boolean => object.metadata.labels?.[MANAGED_BY] === OURS;

function keys({ kind, object, previous }: Change, world: World): Iterable<string> {
  if (kind.resource === Endpoints.resource) return [keyOf(object)];
  if (kind.resource === Service.resource)
    return previous &&
      sameValue((previous as Service).spec.selector, (object as Service).spec.selector) &&
      world.get(Service, object.metadata.namespace ?? '', object.metadata.name)
      ? []
      : [keyOf(object)];
  if (kind.resource !== EndpointSlice.resource) return [];
  return [object, ...(previous ? [previous] : [])]
    .filter((slice) => isOurs(slice) && slice.metadata.labels?.[SERVICE_NAME])
    .map(({ metadata }) => `${metadata.namespace}/${metadata.labels?.[SERVICE_NAME]}`);
}

/** Those of a service that selects pods are written by the controllers of both kinds. */
const isMirrored = ({ metadata: { labels, annotations } }: Endpoints, service: Service | undefined): boolean =>
  service !== undefined && !service.spec.selector && labels?.[SKIP] !== 'true' && annotations?.[LEADER] === undefined;

/** One slice for each set of ports and family. Mirrors reconciler.reconcile. */
function mirror(endpoints: Endpoints, slices: readonly EndpointSlice[]): Command[] {
  const { groups, skipped } = desiredSlices(endpoints.subsets ?? []);
  const [labels, annotations] = [labelsFor(endpoints), annotationsFor(endpoints)];
  const spare = slices.filter((slice) => !groups.has(keyFor(slice)));
  const written: Command[] = [];
  for (const [key, group] of groups) {
    const [first, ...others] = slices.filter((slice) => keyFor(slice) === key);
    spare.push(...others);
    const isSame =
      first &&
      sameEndpoints(first.endpoints, group.endpoints) &&
      sameValue(first.metadata.labels, labels) &&
      sameValue(first.metadata.annotations ?? {}, annotations);
    if (isSame) continue;
    // A slice that would go is used again where one of the same family is to be made.
    const slice =
      first ??
      spare.splice(
        spare.findIndex(({ addressType }) => addressType === group.addressType),
        spare.some(({ addressType }) => addressType === group.addressType) ? 1 : 0,
      )[0];
    if (slice)
      written.push(
        update({
          ...slice,
          metadata: { ...slice.metadata, labels, annotations },
          ports: [...group.ports],
          endpoints: [...group.endpoints],
        } as EndpointSlice),
      );
    else if (!isBeingDeleted(endpoints)) written.push(create(newSlice(endpoints, group, labels, annotations)));
  }
  const told = skipped > 0 && written.length > 0;
  return [
    ...(told
      ? [
          warn(
            endpoints,
            'TooManyAddressesToMirror',
            `A max of ${MAX_ENDPOINTS} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`,
          ),
        ]
      : []),
    ...written,
    ...spare.map((slice) => remove(slice)),
  ];
}

const keyFor = ({ addressType, ports = [] }: EndpointSlice): string => portsKey(addressType, ports);

const newSlice = (
  endpoints: Endpoints,
  { addressType, ports, endpoints: list }: Desired,
  labels: Record<string, string>,
  annotations: Record<string, string>,
): NewObject & Desired => ({
  apiVersion: EndpointSlice.apiVersion,
  kind: EndpointSlice.kind,
  metadata: {
    generateName: childPrefix(endpoints),
    namespace: endpoints.metadata.namespace,
    labels,
    annotations,
    ownerReferences: [ownerReferenceTo(endpoints)],
  },
  addressType,
  ports,
  endpoints: list,
});

const labelsFor = ({ metadata: { name, labels } }: Endpoints): Record<string, string> => ({
  ...labels,
  [SERVICE_NAME]: name,
  [MANAGED_BY]: OURS,
});

function annotationsFor({ metadata }: Endpoints): Record<string, string> {
  const { [LAST_CHANGE]: _, [LAST_APPLIED]: __, ...others } = metadata.annotations ?? {};
  return others;
}
