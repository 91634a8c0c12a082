import { sameValue } from '#lib/api/equality';
import { ClusterRole } from '#lib/api/rbac/clusterrole';
import { patch } from '#lib/reconcile/command';
import { defineController } from '#lib/reconcile/controller';
import { aggregatedRules } from '#lib/api/rbac/aggregation';

/** Keeps the rules of roles that collect those of others. Mirrors kubernetes/pkg/controller/clusterroleaggregation. */
export const clusterRoleAggregation = defineController<ClusterRole>({
  name: 'clusterrole-aggregation',
  for: ClusterRole,
  watches: [
    {
      kind: ClusterRole,
      keys: (_change, world) =>
        world
          .list(ClusterRole)
          .filter((role) => role.aggregationRule)
          .map((role) => role.metadata.name),
    },
  ],

  reconcile(role, world) {
    if (!role.aggregationRule || role.metadata.deletionTimestamp) return [];
    const rules = aggregatedRules(role, world.list(ClusterRole));
    return sameValue(role.rules ?? [], rules) ? [] : [patch(role, { rules })];
  },
});
