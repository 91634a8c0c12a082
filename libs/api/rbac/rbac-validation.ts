import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import { invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { sameValue } from '#lib/api/equality';
import { isDNS1123Subdomain, isPathSegmentName } from '#lib/api/validation/names';
import { obeys, unsupported } from '#lib/api/validation/rules';

/** The group of the four RBAC kinds. */
export const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** One rule of a role: either resources or URLs, and verbs in any case. Mirrors ValidatePolicyRule. */
export function validateRule(rule: PolicyRule, namespaced: boolean, field: string): FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors = (verbs ?? []).length === 0 ? [required(`${field}.verbs`, 'verbs must contain at least one value')] : [];
  if (nonResourceURLs.length > 0) {
    const urls = `${field}.nonResourceURLs`;
    if (namespaced) errors.push(invalid(urls, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      errors.push(invalid(urls, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
    }
    return errors;
  }
  if (apiGroups.length === 0) errors.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
  if (resources.length === 0) errors.push(required(`${field}.resources`, 'resource rules must supply at least one resource'));
  return errors;
}

/** Mirrors the roleRef part of ValidateRoleBinding and ValidateClusterRoleBinding; `kinds` are those that may be referred to. */
export function validateRoleRef(ref: RoleRef, kinds: readonly string[]): FieldError[] {
  return [
    ...(ref.apiGroup === RBAC_GROUP ? [] : [notSupported('roleRef.apiGroup', ref.apiGroup ?? '', [RBAC_GROUP])]),
    ...(kinds.includes(ref.kind) ? [] : [unsupported('roleRef.kind', ref.kind ?? '', kinds)]),
    ...(ref.name ? obeys('roleRef.name', ref.name, isPathSegmentName) : [required('roleRef.name')]),
  ];
}

/** A binding cannot be turned to another role: who may bind the first may not be allowed to bind the second. */
export const validateSameRole = (ref: RoleRef, previous: RoleRef): FieldError[] =>
  sameValue(ref, previous) ? [] : [invalid('roleRef', ref, 'cannot change roleRef')];

/** Mirrors ValidateRoleBindingSubject. */
export function validateSubject(subject: Subject, namespaced: boolean, field: string): FieldError[] {
  const { kind, name, namespace, apiGroup = '' } = subject;
  const errors = name ? [] : [required(`${field}.name`)];
  switch (kind) {
    case 'ServiceAccount':
      if (name) errors.push(...obeys(`${field}.name`, name, isDNS1123Subdomain));
      if (apiGroup !== '') errors.push(notSupported(`${field}.apiGroup`, apiGroup, ['']));
      if (!namespaced && !namespace) errors.push(required(`${field}.namespace`));
      return errors;
    case 'User':
    case 'Group':
      if (apiGroup !== RBAC_GROUP) errors.push(notSupported(`${field}.apiGroup`, apiGroup, [RBAC_GROUP]));
      return errors;
    default:
      return [...errors, unsupported(`${field}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group'])];
  }
}
