import { ClusterRole } from '#lib/api/rbac/clusterrole';
import { ClusterRoleBinding } from '#lib/api/rbac/clusterrolebinding';
import { Role } from '#lib/api/rbac/role';
import { RoleBinding } from '#lib/api/rbac/rolebinding';
import { worldAt } from '#lib/log/fold';
import type { EventLog } from '#lib/log/log';
import { Authorizer } from './authorizer';

/** RBAC as it was: who was in which group then, nobody knows, so the groups are those of the request. */
export const authorizerAt = async (log: EventLog, revision: number): Promise<Authorizer> =>
  new Authorizer(await worldAt(log, revision, { kinds: [ClusterRole, ClusterRoleBinding, Role, RoleBinding] }));
