import type { RoleBinding as WireRoleBinding } from 'kubernetes-types/rbac/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

export type RoleBinding = Stored<WireRoleBinding>;

export const RoleBinding = defineKind<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  scope: 'Namespaced',
});
