import {
  APIService,
  availableCondition,
  LOCAL,
  type APIServiceCondition,
  type ExtensionService,
} from '#lib/api/apiregistration/apiservice';
import { Service } from '#lib/api/core/service';
import { EndpointSlice, SERVICE_NAME } from '#lib/api/discovery/endpointslice';
import { rfc3339 } from '#lib/api/time';
import { setStatus, wake, type Command } from '#lib/reconcile/command';
import { defineController, type ObjectController } from '#lib/reconcile/controller';
import { slicesOf } from '#lib/reconcile/service-endpoints';
import type { Change, World } from '#lib/reconcile/world';

/** What came of asking the extension server; `failure` is absent when it answered. */
export interface Checked {
  readonly failure?: string;
}

/** Asks the extension server for what it must serve. */
export type Check = (service: APIService, world: World) => Promise<Checked>;

type Finding = Pick<APIServiceCondition, 'status' | 'reason' | 'message'>;

/** One that answers is asked again after upstream's time; nobody tells when it stops. */
const ASK_AGAIN_MS = 30_000;
/** One that does not is asked soon, and then ever more seldom. */
const FIRST_RETRY_MS = 500;

/** Says of each APIService whether it can be served. Mirrors kube-aggregator/pkg/controllers/status/{local,remote}. */
export const apiServiceAvailability = (check: Check): ObjectController<APIService, Checked> =>
  defineController<APIService, Checked>({
    name: 'apiservice-availability',
    for: APIService,
    watches: [
      { kind: Service, keys: servedBy(({ object }) => object.metadata.name) },
      { kind: EndpointSlice, keys: servedBy(({ object }) => object.metadata.labels?.[SERVICE_NAME]) },
    ],
    gather: (service, world) => (service.spec.service && !obstacle(service.spec.service, world) ? check(service, world) : {}),

    reconcile(service, world, now, facts = {}) {
      if (!service.spec.service) return told(service, LOCAL as Finding, now);
      const found = obstacle(service.spec.service, world);
      if (found) return told(service, found, now);
      const { failure } = facts;
      if (failure === undefined) return [...told(service, PASSED, now), wake(new Date(now.getTime() + ASK_AGAIN_MS))];
      return [
        ...told(service, finding('False', 'FailedDiscoveryCheck', failure), now),
        wake(new Date(now.getTime() + patience(service, now))),
      ];
    },
  });

const finding = (status: string, reason: string, message: string): Finding => ({ status, reason, message });

const PASSED = finding('True', 'Passed', 'all checks passed');

/** The APIServices of a service that changed. */
const servedBy =
  (nameOf: (change: Change) => string | undefined) =>
  (change: Change, world: World): string[] => {
    const [name, namespace] = [nameOf(change), change.object.metadata.namespace];
    if (name === undefined) return [];
    return world
      .list(APIService)
      .filter(({ spec: { service } }) => service && service.name === name && service.namespace === namespace)
      .map(({ metadata }) => metadata.name);
  };

/** What stands in the way before anybody is asked. */
function obstacle({ namespace, name, port }: ExtensionService, world: World): Finding | undefined {
  const at = `service/${name} in ${JSON.stringify(namespace)}`;
  const service = world.get(Service, namespace, name);
  if (!service) return finding('False', 'ServiceNotFound', `${at} is not present`);
  if ((service.spec.type ?? 'ClusterIP') !== 'ClusterIP') return undefined;
  const served = service.spec.ports?.find((one) => one.port === port);
  if (!served) return finding('False', 'ServicePortError', `${at} is not listening on port ${port}`);
  const slices = slicesOf(world, namespace, name);
  if (slices.length === 0) return finding('False', 'EndpointsNotFound', `cannot find endpointslices for ${at}`);
  const portName = served.name ?? '';
  const offers = ({ endpoints, ports }: EndpointSlice): boolean =>
    (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false) &&
    (ports ?? []).some((one) => (one.name ?? '') === portName && one.port !== undefined);
  return slices.some(offers)
    ? undefined
    : finding('False', 'MissingEndpoints', `endpointslices for ${at} have no addresses with port name ${JSON.stringify(portName)}`);
}

/** The time of a condition moves with its status alone. */
function told(service: APIService, { status, reason, message }: Finding, now: Date): Command[] {
  const known = availableCondition(service);
  const since = known?.status === status && known.lastTransitionTime ? known.lastTransitionTime : rfc3339(now);
  const next = { type: 'Available', status, lastTransitionTime: since, reason, message };
  const others = (service.status?.conditions ?? []).filter(({ type }) => type !== 'Available');
  return setStatus(service, { ...service.status, conditions: [...others, next] });
}

/** A quarter of the time that it is away already. */
function patience(service: APIService, now: Date): number {
  const known = availableCondition(service);
  const since = known?.status === 'False' ? Date.parse(known.lastTransitionTime ?? '') : now.getTime();
  return Math.min(ASK_AGAIN_MS, Math.max(FIRST_RETRY_MS, (now.getTime() - since) / 4 || 0));
}
