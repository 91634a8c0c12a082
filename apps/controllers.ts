import type { Controller } from '#lib/reconcile/controller';
import { apiServiceAvailability } from './apiservice-availability/apiservice-availability.controller';
import { check } from './apiservice-availability/check';
import { apiServiceRegistration } from './apiservice-registration/apiservice-registration.controller';
import { certificateCleaner } from './certificate-cleaner/certificate-cleaner.controller';
import { certificateSigning } from './certificate-signing/certificate-signing.controller';
import { sign } from './certificate-signing/sign';
import { clusterRoleAggregation } from './clusterrole-aggregation/clusterrole-aggregation.controller';
import { customResources } from './custom-resources/custom-resources.controller';
import { deployment } from './deployment/deployment.controller';
import { disruption } from './disruption/disruption.controller';
import { endpoints } from './endpoints/endpoints.controller';
import { endpointSlice } from './endpointslice/endpointslice.controller';
import { endpointSliceMirroring } from './endpointslice-mirroring/endpointslice-mirroring.controller';
import { eventTtl } from './event-ttl/event-ttl.controller';
import { flowSchema } from './flow-schema/flow-schema.controller';
import { garbageCollector } from './garbage-collector/garbage-collector.controller';
import { ipRepair } from './ip-repair/ip-repair.controller';
import { emptyExtensions } from './namespace/empty-extensions';
import { namespace } from './namespace/namespace.controller';
import { nodeLifecycle } from './node-lifecycle/node-lifecycle.controller';
import { podGc } from './pod-gc/pod-gc.controller';
import { pvProtection } from './pv-protection/pv-protection.controller';
import { pvcProtection } from './pvc-protection/pvc-protection.controller';
import { replicaSet } from './replicaset/replicaset.controller';
import { resourceQuota } from './resource-quota/resource-quota.controller';
import { readCa } from './root-ca/read-ca';
import { rootCa } from './root-ca/root-ca.controller';
import { scheduler } from './scheduler/scheduler.controller';
import { serviceAccount } from './service-account/service-account.controller';
import { serviceAccountToken } from './service-account-token/service-account-token.controller';
import { serviceCidr } from './service-cidr/service-cidr.controller';
import { staleDisruption } from './stale-disruption/stale-disruption.controller';
import { taintEviction } from './taint-eviction/taint-eviction.controller';
import { vacProtection } from './vac-protection/vac-protection.controller';

/** THE REGISTRY: every controller of the cluster. One line adds one: `decklog up`, the simulation and replay run it. */
export const controllers: readonly Controller[] = [
  apiServiceAvailability(check),
  apiServiceRegistration,
  certificateCleaner,
  certificateSigning(sign),
  clusterRoleAggregation,
  customResources,
  deployment,
  disruption,
  endpoints,
  endpointSlice,
  endpointSliceMirroring,
  eventTtl,
  flowSchema,
  garbageCollector,
  ipRepair,
  namespace(emptyExtensions),
  nodeLifecycle,
  podGc,
  pvProtection,
  pvcProtection,
  replicaSet,
  resourceQuota,
  rootCa(readCa),
  scheduler,
  serviceAccount,
  serviceAccountToken,
  serviceCidr,
  staleDisruption,
  taintEviction,
  vacProtection,
];
