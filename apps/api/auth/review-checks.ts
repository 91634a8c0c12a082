import { badRequest, invalidObject } from '#lib/api/errors';
import { forbidden, invalid, required, type FieldError } from '#lib/api/field-error';

/** To what a list or watch is narrowed. RBAC does not look at it: who may see all may see some. */
interface SelectorAttributes {
  readonly rawSelector?: string;
  readonly requirements?: readonly { readonly key?: string; readonly operator?: string; readonly values?: readonly string[] }[];
}

/** The specs of all reviews in one. */
export interface ReviewSpec {
  readonly resourceAttributes?: {
    readonly namespace?: string;
    readonly verb?: string;
    readonly group?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
    readonly fieldSelector?: SelectorAttributes;
    readonly labelSelector?: SelectorAttributes;
  };
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly namespace?: string;
  readonly token?: string;
  readonly audiences?: readonly string[];
}

/** What a review must say to be answered. @throws ApiError 400 and 422. Mirrors pkg/apis/authorization/validation. */
export function checkReview(kind: string, spec: ReviewSpec, namespace: string): void {
  if (kind === 'TokenReview' && !spec.token) throw badRequest('token is required for TokenReview in authentication');
  if (kind === 'SelfSubjectRulesReview' && !spec.namespace) throw badRequest('no namespace on request');
  if (!kind.endsWith('AccessReview')) return;
  const errors = [...subjectErrors(kind, spec), ...attributeErrors(kind, spec, namespace)];
  if (errors.length > 0) throw invalidObject('authorization.k8s.io', kind, '', errors);
}

const subjectErrors = (kind: string, { user, groups }: ReviewSpec): FieldError[] =>
  kind === 'SelfSubjectAccessReview' || user || groups?.length
    ? []
    : [invalid('spec.user', user ?? '', 'at least one of user or group must be specified')];

function attributeErrors(kind: string, { resourceAttributes, nonResourceAttributes }: ReviewSpec, namespace: string): FieldError[] {
  const errors: FieldError[] = [];
  if (resourceAttributes && nonResourceAttributes) {
    errors.push(invalid('spec.nonResourceAttributes', nonResourceAttributes, 'cannot be specified in combination with resourceAttributes'));
  } else if (!resourceAttributes && !nonResourceAttributes) {
    errors.push(invalid('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified'));
  }
  for (const name of ['fieldSelector', 'labelSelector'] as const) {
    const selector = resourceAttributes?.[name];
    if (selector) errors.push(...selectorErrors(selector, `spec.resourceAttributes.${name}`));
  }
  if (kind !== 'LocalSubjectAccessReview') return errors;
  if (resourceAttributes && resourceAttributes.namespace !== namespace) {
    errors.push(invalid('spec.resourceAttributes.namespace', resourceAttributes.namespace ?? '', 'must match metadata.namespace'));
  }
  if (nonResourceAttributes)
    errors.push(invalid('spec.nonResourceAttributes', nonResourceAttributes, 'disallowed on this kind of request'));
  return errors;
}

/** Mirrors validateFieldSelectorAttributes; operators of newer clients are let through. */
function selectorErrors({ rawSelector = '', requirements = [] }: SelectorAttributes, field: string): FieldError[] {
  if (rawSelector !== '' && requirements.length > 0)
    return [invalid(`${field}.rawSelector`, rawSelector, 'may not specified at the same time as requirements')];
  if (rawSelector === '' && requirements.length === 0)
    return [required(`${field}.requirements`, `when ${field} is specified, requirements or rawSelector is required`)];
  return requirements.flatMap(({ key = '', operator = '', values = [] }, i) => {
    const at = `${field}.requirements[${i}]`;
    const isSet = operator === 'In' || operator === 'NotIn';
    return [
      ...(key === '' ? [required(`${at}.key`, 'must be specified')] : []),
      ...(isSet && values.length === 0 ? [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")] : []),
      ...((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0
        ? [forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
        : []),
    ];
  });
}
