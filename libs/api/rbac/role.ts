import type { Role as WireRole } from 'kubernetes-types/rbac/v1';
import { CREATED_AT, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { RBAC_GROUP, validateRule } from './rbac-validation';

/** What may be done in one namespace. */
export type Role = Stored<WireRole>;

/** Mirrors pkg/apis/rbac/validation.ValidateRole. */
export const Role = defineKind<Role>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  createsOnUpdate: true,
  scope: 'Namespaced',
  nameRule: 'path',
  validate: (role) => (role.rules ?? []).flatMap((rule, i) => validateRule(rule, true, `rules[${i}]`)),
  columns: [NAME, CREATED_AT],
});
