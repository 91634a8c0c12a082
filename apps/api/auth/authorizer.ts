import { forbiddenAccess, forbiddenPath } from '#lib/api/errors';
import { ClusterRole } from '#lib/api/rbac/clusterrole';
import { ClusterRoleBinding } from '#lib/api/rbac/clusterrolebinding';
import { Role } from '#lib/api/rbac/role';
import { RoleBinding } from '#lib/api/rbac/rolebinding';
import type { World } from '#lib/reconcile/world';
import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import { nodeAccess } from './node-access';

/** Somebody who was authenticated. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What is asked for: an object or list, or a path that is no resource. */
export type Access =
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource?: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly verb: string; readonly path: string };

/** Somebody whom a binding grants what was asked for. */
export interface Granted {
  readonly kind: string;
  readonly name: string;
  /** Of a service account. */
  readonly namespace?: string;
  readonly binding: { readonly kind: 'ClusterRoleBinding' | 'RoleBinding'; readonly namespace: string; readonly name: string };
  readonly role: { readonly kind: string; readonly name: string };
}

interface Grant {
  readonly rules: readonly PolicyRule[];
  /** '' grants everywhere. */
  readonly namespace: string;
  readonly reason: string;
}

/** Members may do everything; RBAC is not asked, so that nobody can lock himself out. */
const SUPERUSERS = 'system:masters';

/** Answers are forgotten when there are more; a cluster asks few different questions. */
const MAX_ANSWERS = 20_000;

/** RBAC over the roles and bindings of a world. Mirrors plugin/pkg/auth/authorizer/rbac. */
export class Authorizer {
  private grants = new Map<string, readonly Grant[]>();
  private answers = new Map<string, string | undefined>();

  constructor(private readonly world: World) {}

  /** To be called when a role or binding changed. */
  forget(): void {
    this.grants = new Map();
    this.answers = new Map();
  }

  /** Why it is allowed, or undefined when it is not. */
  allows(user: User, access: Access): string | undefined {
    if (user.groups.includes(SUPERUSERS)) return 'member of system:masters';
    const question = `${user.name}\n${user.groups.join()}\n${questionOf(access)}`;
    if (!this.answers.has(question)) {
      if (this.answers.size > MAX_ANSWERS) this.answers.clear();
      this.answers.set(question, this.grantsOf(user).find((grant) => covers(grant, access))?.reason);
    }
    return this.answers.get(question) ?? nodeAccess(user, access, this.world);
  }

  /** @throws ApiError 403 in upstream's words. */
  require(user: User, access: Access): void {
    if (this.allows(user, access) === undefined) throw denial(user, access);
  }

  /** Every rule that applies to the user in a namespace: `kubectl auth can-i --list`. */
  rulesFor(user: User, namespace: string): readonly PolicyRule[] {
    if (user.groups.includes(SUPERUSERS))
      return [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ];
    return this.grantsOf(user)
      .filter((grant) => grant.namespace === '' || grant.namespace === namespace)
      .flatMap((grant) => grant.rules);
  }

  /** Everybody who may, binding by binding. Besides them, members of system:masters may everything. */
  whoMay(access: Access): Granted[] {
    const bindings = [...this.world.list(ClusterRoleBinding), ...this.world.list(RoleBinding)];
    return bindings.flatMap(({ kind, metadata, roleRef, subjects }): Granted[] => {
      const namespace = metadata.namespace ?? '';
      if (!covers({ rules: this.rulesOf(roleRef, namespace), namespace, reason: '' }, access)) return [];
      const binding = { kind: kind as Granted['binding']['kind'], namespace, name: metadata.name };
      const role = { kind: roleRef.kind, name: roleRef.name };
      return (subjects ?? []).map((subject) => ({
        kind: subject.kind,
        name: subject.name,
        ...(subject.kind === 'ServiceAccount' && { namespace: subject.namespace ?? namespace }),
        binding,
        role,
      }));
    });
  }

  private grantsOf(user: User): readonly Grant[] {
    const key = `${user.name}\n${user.groups.join()}`;
    let grants = this.grants.get(key);
    if (!grants) this.grants.set(key, (grants = [...this.clusterGrants(user), ...this.namespacedGrants(user)]));
    return grants;
  }

  private clusterGrants(user: User): Grant[] {
    return this.world.list(ClusterRoleBinding).flatMap((binding) => {
      const who = (binding.subjects ?? []).find((subject) => names(subject, user, ''));
      if (!who) return [];
      const rules = this.world.get(ClusterRole, '', binding.roleRef.name)?.rules ?? [];
      const reason = `RBAC: allowed by ClusterRoleBinding "${binding.metadata.name}" of ClusterRole "${binding.roleRef.name}" to ${described(who)}`;
      return [{ rules, namespace: '', reason }];
    });
  }

  private namespacedGrants(user: User): Grant[] {
    return this.world.list(RoleBinding).flatMap((binding) => {
      const namespace = binding.metadata.namespace ?? '';
      const who = (binding.subjects ?? []).find((subject) => names(subject, user, namespace));
      if (!who) return [];
      const { kind, name } = binding.roleRef;
      const reason = `RBAC: allowed by RoleBinding "${binding.metadata.name}/${namespace}" of ${kind} "${name}" to ${described(who)}`;
      return [{ rules: this.rulesOf(binding.roleRef, namespace), namespace, reason }];
    });
  }

  private rulesOf(ref: RoleRef, namespace: string): readonly PolicyRule[] {
    const role = ref.kind === 'Role' ? this.world.get(Role, namespace, ref.name) : this.world.get(ClusterRole, '', ref.name);
    return role?.rules ?? [];
  }
}

const questionOf = (access: Access): string =>
  'path' in access
    ? `${access.verb} ${access.path}`
    : [access.verb, access.group, access.resource, access.subresource ?? '', access.namespace, access.name].join('\t');

function names(subject: Subject, user: User, bindingNamespace: string): boolean {
  if (subject.kind === 'User') return subject.name === user.name;
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  const namespace = subject.namespace ?? bindingNamespace;
  return subject.kind === 'ServiceAccount' && user.name === `system:serviceaccount:${namespace}:${subject.name}`;
}

const described = (subject: Subject): string =>
  subject.kind === 'ServiceAccount' ? `ServiceAccount "${subject.name}/${subject.namespace ?? ''}"` : `${subject.kind} "${subject.name}"`;

function covers(grant: Grant, access: Access): boolean {
  if ('path' in access)
    return grant.namespace === '' && grant.rules.some((rule) => has(rule.verbs, access.verb) && coversPath(rule, access.path));
  if (grant.namespace !== '' && grant.namespace !== access.namespace) return false;
  return grant.rules.some(
    (rule) =>
      has(rule.verbs, access.verb) &&
      has(rule.apiGroups, access.group) &&
      coversResource(rule, access.resource, access.subresource) &&
      (!rule.resourceNames?.length || rule.resourceNames.includes(access.name)),
  );
}

const has = (list: readonly string[] | undefined, item: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(item));

function coversResource(rule: PolicyRule, resource: string, subresource: string | undefined): boolean {
  const asked = subresource ? `${resource}/${subresource}` : resource;
  return (rule.resources ?? []).some((r) => r === '*' || r === asked || (subresource !== undefined && r === `*/${subresource}`));
}

function coversPath(rule: PolicyRule, path: string): boolean {
  return (rule.nonResourceURLs ?? []).some(
    (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
  );
}

function denial(user: User, access: Access) {
  if ('path' in access)
    return forbiddenPath(`forbidden: User ${JSON.stringify(user.name)} cannot ${access.verb} path ${JSON.stringify(access.path)}`);
  const { verb, group, resource, subresource, namespace, name } = access;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const why = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
  return forbiddenAccess({ group, plural: resource }, name, why);
}
