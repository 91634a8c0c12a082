import type { RoleBinding as WireRoleBinding } from 'kubernetes-types/rbac/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { bindingColumns, bindingDefaults } from './binding';
import { RBAC_GROUP, validateRoleRef, validateSameRole, validateSubject } from './rbac-validation';

/** Gives a role to subjects in one namespace. */
export type RoleBinding = Stored<WireRoleBinding>;

/** Mirrors pkg/apis/rbac/validation.ValidateRoleBinding. */
export const RoleBinding = defineKind<RoleBinding>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  createsOnUpdate: true,
  scope: 'Namespaced',
  nameRule: 'path',
  defaults: bindingDefaults,
  validate: (binding) => [
    ...validateRoleRef(binding.roleRef, ['Role', 'ClusterRole']),
    ...(binding.subjects ?? []).flatMap((subject, i) => validateSubject(subject, true, `subjects[${i}]`)),
  ],
  validateUpdate: (binding, previous) => validateSameRole(binding.roleRef, previous.roleRef),
  columns: bindingColumns,
});
