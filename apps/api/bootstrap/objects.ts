import type { KubeObject } from '#lib/api/meta';
import { componentBindings, componentRoles, controllerBindings, controllerRoles } from './controller-roles';
import { priorityObjects } from './priority';
import { aggregatedRules } from '#lib/api/rbac/aggregation';
import type { ClusterRole } from '#lib/api/rbac/clusterrole';
import { SERVICE_RANGE } from '#lib/api/core/service-allocation';
import { aggregatedRoles, aggregateTo, userBindings, userRoles } from './user-roles';

/** An object that is still to be created. */
export type Draft = { apiVersion: string; kind: string; metadata: Partial<KubeObject['metadata']>; [field: string]: unknown };

const RBAC = 'rbac.authorization.k8s.io';
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
/** Upstream's reconcilers look at it; users may set it to "false" to keep a changed role. */
const ANNOTATIONS = { [`${RBAC}/autoupdate`]: 'true' };

const meta = (name: string, more: Record<string, string> = {}) => ({
  name,
  labels: { ...LABELS, ...more },
  annotations: { ...ANNOTATIONS },
});

const part = (role: string | undefined): Record<string, string> => (role ? { [aggregateTo(role)]: 'true' } : {});

function clusterRole(name: string, rules: unknown): Draft {
  const metadata = meta(name, part(/^system:aggregate-to-(.*)$/.exec(name)?.[1]));
  return { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules };
}

/** With the rules that the controller would give them, so that they hold from the start. */
function withAggregated(roles: Draft[]): Draft[] {
  const all = [...roles];
  for (const { name, partOf } of aggregatedRoles) {
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: part(name) }] };
    const role = { ...clusterRole(name, []), metadata: meta(name, part(partOf)), aggregationRule };
    all.push({ ...role, rules: aggregatedRules(role as unknown as ClusterRole, all as unknown as ClusterRole[]) });
  }
  return all;
}

const clusterRoleBinding = (role: string, subjects: object[]): Draft => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: meta(role),
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
  subjects,
});

const named = (kind: 'User' | 'Group', name: string): object => ({ apiGroup: RBAC, kind, name });

/** Namespaces that exist in every cluster. */
export const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Those namespaces, as they are made. */
export const namespaceObjects = (): Draft[] =>
  systemNamespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));

/** All that must be there before the first request: made at every start where it is missing. */
export function bootstrapObjects(): Draft[] {
  const roles = { ...userRoles, ...componentRoles, ...controllerRoles };
  return [
    ...namespaceObjects(),
    ...priorityObjects,
    { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name: 'kubernetes' }, spec: { cidrs: [SERVICE_RANGE] } },
    ...withAggregated(Object.entries(roles).map(([name, rules]) => clusterRole(name, rules))),
    ...userBindings.map(({ role, groups }) =>
      clusterRoleBinding(
        role,
        groups.map((group) => named('Group', group)),
      ),
    ),
    ...controllerBindings.map(({ role, component }) =>
      clusterRoleBinding(role, [{ kind: 'ServiceAccount', name: component, namespace: 'kube-system' }]),
    ),
    ...componentBindings.map((binding) =>
      clusterRoleBinding(binding.role, ['user' in binding ? named('User', binding.user) : named('Group', binding.group)]),
    ),
  ];
}
