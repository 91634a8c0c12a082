import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { sameValue } from '#lib/api/equality';
import { fromLabelSelector } from '#lib/api/validation/selectors';
import type { ClusterRole } from './clusterrole';

/**
 * The rules of all roles that a role collects: selector by selector, by name, each rule once. `roles` may hold the role itself.
 * Mirrors pkg/controller/clusterroleaggregation.
 */
export function aggregatedRules(role: Pick<ClusterRole, 'metadata' | 'aggregationRule'>, roles: readonly ClusterRole[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  const others = roles
    .filter(({ metadata }) => metadata.name !== role.metadata.name)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const chosen = fromLabelSelector(selector);
    for (const other of others) {
      if (!chosen.matches(other.metadata.labels ?? {})) continue;
      for (const rule of other.rules ?? []) if (!rules.some((known) => sameValue(known, rule))) rules.push(rule);
    }
  }
  return rules;
}
