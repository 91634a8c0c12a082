/** A kind that is only asked, never stored: creating it gives the answer in its status. */
export interface ReviewKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly verbs: readonly ['create'];
}

const review = (group: string, kind: string, scope: ReviewKind['scope'] = 'Cluster'): ReviewKind => ({
  group,
  version: 'v1',
  kind,
  plural: `${kind.toLowerCase()}s`,
  scope,
  verbs: ['create'],
});

/** The reviews that are served. Mirrors pkg/registry/authorization and pkg/registry/authentication. */
export const reviewKinds: readonly ReviewKind[] = [
  review('authentication.k8s.io', 'SelfSubjectReview'),
  review('authentication.k8s.io', 'TokenReview'),
  review('authorization.k8s.io', 'LocalSubjectAccessReview', 'Namespaced'),
  review('authorization.k8s.io', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'SelfSubjectRulesReview'),
  review('authorization.k8s.io', 'SubjectAccessReview'),
];
