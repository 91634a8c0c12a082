import type { FlowSchema } from '#lib/api/flowcontrol/flowschema';
import type { Access, User } from '../auth/authorizer';

type Rule = NonNullable<FlowSchema['spec']['rules']>[number];
type FlowSubject = Rule['subjects'][number];

const has = (list: readonly string[] | undefined, item: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(item));

/** Whether a request belongs to a flow schema. Mirrors apiserver/pkg/util/flowcontrol/rule.go. */
export const matchesSchema = ({ spec }: FlowSchema, user: User, access: Access): boolean =>
  (spec.rules ?? []).some((rule) => rule.subjects.some((subject) => isSubject(subject, user)) && isAsked(rule, access));

function isSubject(subject: FlowSubject, { name, groups }: User): boolean {
  if (subject.kind === 'User') return subject.user?.name === '*' || subject.user?.name === name;
  if (subject.kind === 'Group') return subject.group?.name === '*' || groups.includes(subject.group?.name ?? '');
  const { namespace = '', name: account = '' } = subject.serviceAccount ?? {};
  const prefix = `system:serviceaccount:${namespace}:`;
  return account === '*' ? name.startsWith(prefix) : name === prefix + account;
}

function isAsked({ resourceRules = [], nonResourceRules = [] }: Rule, access: Access): boolean {
  if ('path' in access)
    return nonResourceRules.some((rule) => has(rule.verbs, access.verb) && rule.nonResourceURLs.some((url) => isPath(url, access.path)));
  const { verb, group, resource, subresource, namespace } = access;
  const what = subresource ? `${resource}/${subresource}` : resource;
  return resourceRules.some(
    (rule) =>
      has(rule.verbs, verb) &&
      has(rule.apiGroups, group) &&
      has(rule.resources, what) &&
      (namespace === '' ? rule.clusterScope === true : has(rule.namespaces, namespace)),
  );
}

const isPath = (url: string, path: string): boolean =>
  url === '*' || url === path || (url.endsWith('/*') && path.startsWith(url.slice(0, -1)));

/** Schemas in the order they are asked: the first that matches has the request. */
export const inOrder = (schemas: readonly FlowSchema[]): FlowSchema[] =>
  [...schemas].sort(
    (a, b) => (a.spec.matchingPrecedence ?? 1000) - (b.spec.matchingPrecedence ?? 1000) || (a.metadata.name < b.metadata.name ? -1 : 1),
  );
