import { badRequest, invalidObject } from '#lib/api/errors';
import { invalid, type FieldError } from '#lib/api/field-error';

/** The specs of all reviews in one. */
export interface ReviewSpec {
  readonly resourceAttributes?: {
    readonly namespace?: string;
    readonly verb?: string;
    readonly group?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
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
  kind === 'SelfSubjectAccessReview' || user || groups?.length ? [] : [invalid('spec.user', user ?? '', 'at least one of user or group must be specified')];

function attributeErrors(kind: string, { resourceAttributes, nonResourceAttributes }: ReviewSpec, namespace: string): FieldError[] {
  const errors: FieldError[] = [];
  if (resourceAttributes && nonResourceAttributes) {
    errors.push(invalid('spec.nonResourceAttributes', nonResourceAttributes, 'cannot be specified in combination with resourceAttributes'));
  } else if (!resourceAttributes && !nonResourceAttributes) {
    errors.push(invalid('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified'));
  }
  if (kind !== 'LocalSubjectAccessReview') return errors;
  if (resourceAttributes && resourceAttributes.namespace !== namespace) {
    errors.push(invalid('spec.resourceAttributes.namespace', resourceAttributes.namespace ?? '', 'must match metadata.namespace'));
  }
  if (nonResourceAttributes) errors.push(invalid('spec.nonResourceAttributes', nonResourceAttributes, 'disallowed on this kind of request'));
  return errors;
}
