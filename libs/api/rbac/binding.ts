import type { RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import { AGE, NAME } from '#lib/api/columns';
import type { Column } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { RBAC_GROUP } from './rbac-validation';

/** What both kinds of bindings are made of. */
export interface Binding extends KubeObject {
  roleRef: RoleRef;
  subjects?: Subject[];
}

/** Users, groups and roles are RBAC's own unless said otherwise. Mirrors pkg/apis/rbac/v1/defaults.go. */
export function bindingDefaults(draft: Binding): void {
  draft.roleRef ??= { apiGroup: '', kind: '', name: '' };
  draft.roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of draft.subjects ?? []) {
    if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = RBAC_GROUP;
  }
}

/** Who is bound to what. */
export const bindingColumns: readonly Column<Binding>[] = [
  NAME,
  { name: 'Role', type: 'string', value: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  AGE,
  { name: 'Users', type: 'string', priority: 1, value: (binding) => listed(binding, 'User') },
  { name: 'Groups', type: 'string', priority: 1, value: (binding) => listed(binding, 'Group') },
  { name: 'ServiceAccounts', type: 'string', priority: 1, value: (binding) => listed(binding, 'ServiceAccount') },
];

const listed = ({ subjects = [] }: Binding, kind: string): string =>
  subjects
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace = '' }) => (kind === 'ServiceAccount' ? `${namespace}/${name}` : name))
    .join(', ');
