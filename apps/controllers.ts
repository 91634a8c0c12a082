import type { Controller } from '#lib/reconcile/controller';
import { deployment } from './deployment/deployment.controller';
import { garbageCollector } from './garbage-collector/garbage-collector.controller';
import { namespace } from './namespace/namespace.controller';
import { replicaSet } from './replicaset/replicaset.controller';
import { readCa } from './root-ca/read-ca';
import { rootCa } from './root-ca/root-ca.controller';
import { scheduler } from './scheduler/scheduler.controller';
import { serviceAccount } from './service-account/service-account.controller';

/** THE REGISTRY: every controller of the cluster. One line adds one: `decklog up`, the simulation and replay run it. */
export const controllers: readonly Controller[] = [
  deployment,
  garbageCollector,
  namespace,
  replicaSet,
  rootCa(readCa),
  scheduler,
  serviceAccount,
];
