import { MANDATORY_LEVELS, MANDATORY_SCHEMAS } from '#lib/api/flowcontrol/mandatory';
import type { Draft } from './objects';

const META = { annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } };
const FLOW = 'flowcontrol.apiserver.k8s.io/v1';

const priorityClass = (name: string, value: number, description: string): Draft => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  description,
});

/** Mirrors pkg/apis/scheduling SystemPriorityClasses. */
const priorityClasses: readonly Draft[] = [
  priorityClass('system-node-critical', 2_000_001_000, 'Used for system critical pods that must not be moved from their current node.'),
  priorityClass(
    'system-cluster-critical',
    2_000_000_000,
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ),
];

const level = (name: string, spec: object): Draft => ({
  apiVersion: FLOW,
  kind: 'PriorityLevelConfiguration',
  metadata: { name, ...META },
  spec,
});

const queueing = (name: string, nominalConcurrencyShares: number, lendablePercent: number, queues: number, handSize: number): Draft =>
  level(name, {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares,
      lendablePercent,
      limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } },
    },
  });

const levels: readonly Draft[] = [
  ...Object.entries(MANDATORY_LEVELS).map(([name, spec]) => level(name, spec)),
  queueing('system', 30, 33, 64, 6),
  queueing('node-high', 40, 25, 64, 6),
  queueing('leader-election', 10, 0, 16, 4),
  queueing('workload-high', 40, 50, 128, 6),
  queueing('workload-low', 100, 90, 128, 6),
  queueing('global-default', 20, 50, 128, 6),
];

type Subject = { kind: string; [name: string]: unknown };
const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
const user = (name: string): Subject => ({ kind: 'User', user: { name } });
const account = (name: string): Subject => ({ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name } });

const resources = (verbs: string[], apiGroups: string[], names: string[], clusterScope: boolean) => ({
  verbs,
  apiGroups,
  resources: names,
  namespaces: ['*'],
  ...(clusterScope && { clusterScope }),
});
const EVERYTHING = {
  resourceRules: [resources(['*'], ['*'], ['*'], true)],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};
const LEASES = { resourceRules: [resources(['get', 'create', 'update'], ['coordination.k8s.io'], ['leases'], false)] };

function schema(
  name: string,
  level: string,
  matchingPrecedence: number,
  by: 'ByUser' | 'ByNamespace' | undefined,
  subjects: Subject[],
  what: object,
): Draft {
  const spec = {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence,
    ...(by && { distinguisherMethod: { type: by } }),
    rules: [{ subjects, ...what }],
  };
  return { apiVersion: FLOW, kind: 'FlowSchema', metadata: { name, ...META }, spec };
}

const ANYBODY = [group('system:unauthenticated'), group('system:authenticated')];
const PROBES = { nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }] };
const NODES = {
  resourceRules: [resources(['*'], [''], ['nodes', 'nodes/status'], true), resources(['*'], ['coordination.k8s.io'], ['leases'], false)],
};
const CONTROLLER_MANAGER = user('system:kube-controller-manager');
const SCHEDULER = user('system:kube-scheduler');

const schemas: readonly Draft[] = [
  ...Object.entries(MANDATORY_SCHEMAS).map(([name, spec]): Draft => ({
    apiVersion: FLOW,
    kind: 'FlowSchema',
    metadata: { name, ...META },
    spec,
  })),
  schema('probes', 'exempt', 2, undefined, ANYBODY, PROBES),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', [CONTROLLER_MANAGER, SCHEDULER], LEASES),
  schema(
    'endpoint-controller',
    'workload-high',
    150,
    'ByUser',
    [CONTROLLER_MANAGER, account('endpoint-controller'), account('endpointslicemirroring-controller')],
    {
      resourceRules: [resources(['get', 'create', 'update'], [''], ['endpoints'], false)],
    },
  ),
  schema('workload-leader-election', 'leader-election', 200, 'ByUser', [account('*')], LEASES),
  schema('system-node-high', 'node-high', 400, 'ByUser', [group('system:nodes')], NODES),
  schema('system-nodes', 'system', 500, 'ByUser', [group('system:nodes')], EVERYTHING),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', [CONTROLLER_MANAGER], EVERYTHING),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', [SCHEDULER], EVERYTHING),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', [account('*')], EVERYTHING),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', [group('system:serviceaccounts')], EVERYTHING),
  schema('global-default', 'global-default', 9900, 'ByUser', ANYBODY, EVERYTHING),
];

/** Who comes first, among pods and among requests. The latter mirrors apiserver/pkg/apis/flowcontrol/bootstrap/default.go. */
export const priorityObjects: readonly Draft[] = [...priorityClasses, ...levels, ...schemas];
