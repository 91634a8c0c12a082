import { forbiddenAccess, notFound } from '#lib/api/errors';
import { sameValue } from '#lib/api/equality';
import type { KubeObject } from '#lib/api/meta';
import { ClusterRole } from '#lib/api/rbac/clusterrole';
import { ClusterRoleBinding } from '#lib/api/rbac/clusterrolebinding';
import { Role } from '#lib/api/rbac/role';
import { RoleBinding } from '#lib/api/rbac/rolebinding';
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { Authorizer, type User } from '../auth/authorizer';
import { compact, described, missing } from '../auth/rule-cover';
import type { View } from '../write/view';
import type { AdmissionPlugin, AdmissionRequest } from './plugin';

/**
 * Nobody grants what he does not have: neither by a role nor by a binding, unless he may `escalate` that role or `bind` it.
 * Mirrors pkg/registry/rbac/…/policybased.
 */
export const rbacEscalation: AdmissionPlugin = {
  name: 'RBACEscalation',
  settle(request, view) {
    if (request.operation === 'DELETE' || request.user.groups.includes('system:masters')) return;
    if (request.kind === Role || request.kind === ClusterRole) return checkRole(request, view);
    if (request.kind === RoleBinding || request.kind === ClusterRoleBinding) return checkBinding(request, view);
  },
};

/** Everything: what a role that collects the rules of others may come to. */
const FULL: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

function checkRole(request: AdmissionRequest, view: View): void {
  const role = request.object as ClusterRole;
  const previous = request.previous as ClusterRole | undefined;
  if (previous && sameValue([role.rules, role.aggregationRule], [previous.rules, previous.aggregationRule])) return;
  if (isAllowed(request, view, 'escalate', request.kind, role.metadata.name)) return;
  requireHeld(request, view, role.aggregationRule ? FULL : (role.rules ?? []));
}

function checkBinding(request: AdmissionRequest, view: View): void {
  const { roleRef, subjects } = request.object as RoleBinding;
  const previous = request.previous as RoleBinding | undefined;
  if (previous && sameValue([roleRef, subjects], [previous.roleRef, previous.subjects])) return;
  const kind = roleRef.kind === 'Role' ? Role : ClusterRole;
  if (isAllowed(request, view, 'bind', kind, roleRef.name)) return;
  const role: (KubeObject & { rules?: readonly PolicyRule[] }) | undefined =
    roleRef.kind === 'Role' ? view.get(Role, request.namespace, roleRef.name) : view.get(ClusterRole, '', roleRef.name);
  if (!role) throw notFound(kind, roleRef.name);
  requireHeld(request, view, role.rules ?? []);
}

const isAllowed = (
  { user, namespace }: AdmissionRequest,
  view: View,
  verb: string,
  { group, plural }: { group: string; plural: string },
  name: string,
): boolean => new Authorizer(view.world).allows(user, { verb, group, resource: plural, namespace, name }) !== undefined;

/** @throws ApiError 403 that lists what is lacking. Mirrors ConfirmNoEscalation. */
function requireHeld(request: AdmissionRequest, view: View, rules: readonly PolicyRule[]): void {
  const { user, namespace, kind, object } = request;
  const lacking = missing(new Authorizer(view.world).rulesFor(user, namespace), rules);
  if (lacking.length === 0) return;
  const list = [...new Set(compact(lacking).map(described))].sort().join('\n');
  throw forbiddenAccess(
    kind,
    object.metadata.name,
    `user ${named(user)} is attempting to grant RBAC permissions not currently held:\n${list}`,
  );
}

const named = ({ name, groups }: User): string =>
  `${JSON.stringify(name)} (groups=[${groups.map((group) => JSON.stringify(group)).join(' ')}])`;
