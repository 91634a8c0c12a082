import type { ClusterRoleBinding as WireClusterRoleBinding } from 'kubernetes-types/rbac/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

export type ClusterRoleBinding = Stored<WireClusterRoleBinding>;

export const ClusterRoleBinding = defineKind<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  scope: 'Cluster',
});
