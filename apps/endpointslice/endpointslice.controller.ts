import { Service } from '#lib/api/core/service';
import { isHeadless } from '#lib/api/core/service-defaults';
import { EndpointSlice, SERVICE_NAME } from '#lib/api/discovery/endpointslice';
import { sameValue } from '#lib/api/equality';
import { isBeingDeleted, ownerReferenceTo } from '#lib/api/meta';
import { create, remove, update, wake, type Command, type NewObject } from '#lib/reconcile/command';
import { defineController } from '#lib/reconcile/controller';
import { childPrefix } from '#lib/reconcile/names';
import { HEADLESS, LAST_CHANGE, nextWriteAt, selectsPods, servicesTouchedBy } from '#lib/reconcile/service-pods';
import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import type { World } from '#lib/reconcile/world';
import { desiredGroups, familiesOf, type Family } from './desired';
import { place, type Content } from './placement';

const COMPONENT = 'endpointslice-controller';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const OURS = `${COMPONENT}.k8s.io`;

/**
 * Keeps the EndpointSlices of every service that selects pods; they go with the service. Mirrors kubernetes/pkg/controller/endpointslice.
 */
export const endpointSlice = defineController<Service>({
  name: 'endpointslice',
  component: COMPONENT,
  for: Service,
  owns: [EndpointSlice],
  watches: [
    { kind: Pod, keys: servicesTouchedBy },
    { kind: Node, keys: servicesTouchedBy },
  ],

  reconcile(service, world, now) {
    if (!selectsPods(service) || isBeingDeleted(service)) return [];
    const slices = slicesOf(service, world);
    const later = lastWritten(slices) && nextWriteAt(lastWritten(slices), now);
    if (later) return [wake(later)];
    const families = familiesOf(service);
    return [
      ...families.flatMap((family) =>
        sync(
          service,
          family,
          slices.filter((slice) => slice.addressType === family),
          world,
          now,
        ),
      ),
      ...slices.filter((slice) => !families.includes(slice.addressType as Family)).map((slice) => remove(slice)),
    ];
  },
});

const slicesOf = ({ metadata: { namespace, name } }: Service, world: World): EndpointSlice[] =>
  world
    .indexed(EndpointSlice, 'service', `${namespace}/${name}`)
    .filter((slice) => slice.metadata.labels?.[MANAGED_BY] === OURS && !isBeingDeleted(slice));

/** ISO times in UTC compare as texts. */
const lastWritten = (slices: readonly EndpointSlice[]): string | undefined =>
  slices
    .map((slice) => slice.metadata.annotations?.[LAST_CHANGE] ?? '')
    .sort()
    .at(-1);

function sync(service: Service, family: Family, slices: readonly EndpointSlice[], world: World, now: Date): Command[] {
  const { make, rewrite, drop } = place(family, desiredGroups(service, family, world), slices);
  const labels = labelsFor(service);
  const touched = new Set([...rewrite.map(({ slice }) => slice), ...drop]);
  const relabelled = slices.filter((slice) => !touched.has(slice) && !sameValue(slice.metadata.labels, labels));
  return [
    ...make.map((content) => create(newSlice(service, content, labels, now))),
    ...rewrite.map(({ slice, content }) => update(rewritten(slice, content, labels, now))),
    ...relabelled.map((slice) => update({ ...slice, metadata: { ...slice.metadata, labels } })),
    ...drop.map((slice) => remove(slice)),
  ];
}

function newSlice(service: Service, content: Content, labels: Record<string, string>, now: Date): NewObject & Content {
  return {
    apiVersion: EndpointSlice.apiVersion,
    kind: EndpointSlice.kind,
    metadata: {
      generateName: childPrefix(service),
      namespace: service.metadata.namespace,
      labels,
      annotations: { [LAST_CHANGE]: now.toISOString() },
      ownerReferences: [ownerReferenceTo(service)],
    },
    ...content,
  };
}

function rewritten(slice: EndpointSlice, { ports, endpoints }: Content, labels: Record<string, string>, now: Date): EndpointSlice {
  const annotations = { ...slice.metadata.annotations, [LAST_CHANGE]: now.toISOString() };
  return { ...slice, metadata: { ...slice.metadata, labels, annotations }, ports: [...ports], endpoints: [...endpoints] };
}

/** The service's own labels, ours on top. Mirrors setEndpointSliceLabels. */
function labelsFor(service: Service): Record<string, string> {
  const { [HEADLESS]: _, ...labels } = service.metadata.labels ?? {};
  return { ...labels, ...(isHeadless(service.spec) && { [HEADLESS]: '' }), [SERVICE_NAME]: service.metadata.name, [MANAGED_BY]: OURS };
}
