import type { AggregationRule, ClusterRole as WireClusterRole } from 'kubernetes-types/rbac/v1';
import { CREATED_AT, NAME } from '#lib/api/columns';
import { required, type FieldError } from '#lib/api/field-error';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateLabelSelector } from '#lib/api/validation/labels';
import { RBAC_GROUP, validateRule } from './rbac-validation';

/** What may be done anywhere. */
export type ClusterRole = Stored<WireClusterRole>;

/** Mirrors pkg/apis/rbac/validation.ValidateClusterRole. */
export const ClusterRole = defineKind<ClusterRole>({
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  createsOnUpdate: true,
  scope: 'Cluster',
  nameRule: 'path',
  validate: (role) => [
    ...(role.rules ?? []).flatMap((rule, i) => validateRule(rule, false, `rules[${i}]`)),
    ...(role.aggregationRule ? validateAggregation(role.aggregationRule) : []),
  ],
  columns: [NAME, CREATED_AT],
});

function validateAggregation({ clusterRoleSelectors = [] }: AggregationRule): FieldError[] {
  const field = 'aggregationRule.clusterRoleSelectors';
  if (clusterRoleSelectors.length === 0)
    return [required(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return clusterRoleSelectors.flatMap((selector, i) => validateLabelSelector(selector, `${field}[${i}]`));
}
