import type { ClusterRoleBinding as WireClusterRoleBinding } from 'kubernetes-types/rbac/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { bindingColumns, bindingDefaults } from './binding';
import { RBAC_GROUP, validateRoleRef, validateSameRole, validateSubject } from './rbac-validation';

/** Gives a role to subjects everywhere. */
export type ClusterRoleBinding = Stored<WireClusterRoleBinding>;

/** Mirrors pkg/apis/rbac/validation.ValidateClusterRoleBinding. */
export const ClusterRoleBinding = defineKind<ClusterRoleBinding>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  createsOnUpdate: true,
  scope: 'Cluster',
  nameRule: 'path',
  defaults: bindingDefaults,
  validate: (binding) => [
    ...validateRoleRef(binding.roleRef, ['ClusterRole']),
    ...(binding.subjects ?? []).flatMap((subject, i) => validateSubject(subject, false, `subjects[${i}]`)),
  ],
  validateUpdate: (binding, previous) => validateSameRole(binding.roleRef, previous.roleRef),
  columns: bindingColumns,
});
