import { Endpoints } from '#lib/api/core/endpoints';
import { Pod } from '#lib/api/core/pod/pod';
import { Service } from '#lib/api/core/service';
import { isHeadless } from '#lib/api/core/service-defaults';
import { sameValue } from '#lib/api/equality';
import { create, remove, update, wake, type Command, type NewObject } from '#lib/reconcile/command';
import { defineKeyedController, keyOf } from '#lib/reconcile/controller';
import { HEADLESS, LAST_CHANGE, LEADER, nextWriteAt, selectsPods, servicesTouchedBy } from '#lib/reconcile/service-pods';
import type { Change, World } from '#lib/reconcile/world';
import { subsetsOf, type Subsets } from './subsets';

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
/** Objects with this annotation are old-style locks, not addresses. */
const COMPONENT = 'endpoint-controller';

/**
 * Keeps the Endpoints of every service that selects pods. A key is `namespace/name` of a service. Mirrors
 * kubernetes/pkg/controller/endpoint.
 */
export const endpoints = defineKeyedController({
  name: 'endpoints',
  component: COMPONENT,
  keys,

  decideOn(key, world, now) {
    const [namespace = '', name = ''] = key.split('/');
    const service = world.get(Service, namespace, name);
    const current = world.get(Endpoints, namespace, name);
    if (!service) return current && !current.metadata.annotations?.[LEADER] ? [remove(current)] : [];
    if (!selectsPods(service)) return [];
    // Before the pods are looked at: while 800 of them come up, that costs more than all else here.
    const later = nextWriteAt(current?.metadata.annotations?.[LAST_CHANGE], now);
    return later ? [wake(later)] : sync(service, current, subsetsOf(service, world), now);
  },
});

function keys(change: Change, world: World): Iterable<string> {
  const { kind, object } = change;
  if (kind.resource === Service.resource) return [keyOf(object)];
  if (kind.resource === Pod.resource) return servicesTouchedBy(change, world);
  const isOurs = kind.resource === Endpoints.resource && object.metadata.labels?.[MANAGED_BY] === COMPONENT;
  return isOurs ? [keyOf(object)] : [];
}

function sync(service: Service, current: Endpoints | undefined, { subsets, truncated }: Subsets, now: Date): Command[] {
  const labels = labelsFor(service);
  const annotations = { ...(truncated && { [OVER_CAPACITY]: 'truncated' }), [LAST_CHANGE]: now.toISOString() };
  if (!current) {
    const { namespace, name } = service.metadata;
    const object: NewObject & Pick<Endpoints, 'subsets'> = {
      apiVersion: Endpoints.apiVersion,
      kind: Endpoints.kind,
      metadata: { namespace, name, labels, annotations },
      ...(subsets.length > 0 && { subsets }),
    };
    return [create(object)];
  }
  const before = current.metadata.annotations ?? {};
  if (
    sameValue(current.subsets ?? [], subsets) &&
    sameValue(current.metadata.labels ?? {}, labels) &&
    (before[OVER_CAPACITY] === 'truncated') === truncated
  )
    return [];
  const { [OVER_CAPACITY]: _, ...others } = before;
  return [update({ ...current, metadata: { ...current.metadata, labels, annotations: { ...others, ...annotations } }, ...{ subsets } })];
}

/** The service's own labels, ours on top. */
function labelsFor(service: Service): Record<string, string> {
  const { [HEADLESS]: _, ...labels } = service.metadata.labels ?? {};
  return { ...labels, ...(isHeadless(service.spec) && { [HEADLESS]: '' }), [MANAGED_BY]: COMPONENT };
}
