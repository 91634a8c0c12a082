import { ApiError } from '#lib/api/errors';
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { decodeBody } from '#lib/schema/decode/body';
import { bodyOf, type Exchange } from '../http/exchange';
import type { Kernel } from '../kernel';
import type { Authenticator } from './authenticator';
import type { Access, Authorizer, User } from './authorizer';
import { authorizerAt } from './past-authorizer';
import { checkReview, type ReviewSpec } from './review-checks';
import { ISSUER } from './tokens';

type Review = { apiVersion: string; kind: string; metadata?: object; spec?: ReviewSpec };

/** The questions that are asked by creating an object which nobody stores. Mirrors pkg/registry/authorization and authentication. */
const answers: Readonly<
  Record<string, (authorizer: Authorizer, exchange: Exchange, spec: ReviewSpec, authenticator: Authenticator) => object | Promise<object>>
> = {
  SelfSubjectAccessReview: (authorizer, exchange, spec) => verdict(authorizer, exchange.user, spec),
  SubjectAccessReview: (authorizer, _, spec) => verdict(authorizer, subjectOf(spec), spec),
  LocalSubjectAccessReview: (authorizer, _, spec) => verdict(authorizer, subjectOf(spec), spec),
  SelfSubjectRulesReview: (authorizer, exchange, spec) => rulesStatus(authorizer.rulesFor(exchange.user, spec.namespace ?? '')),
  SelfSubjectReview: (_, { user }) => ({ userInfo: userInfo(user) }),
  TokenReview: (_, __, spec, authenticator) => tokenStatus(authenticator, spec),
};

/** Asked under `/asof/…`, RBAC answers as it was then. */
export async function review(
  kernel: Kernel,
  authenticator: Authenticator,
  exchange: Exchange,
  type: { apiVersion: string; kind: string },
  namespace: string,
): Promise<object> {
  const authorizer = exchange.past === undefined ? kernel.authorizer : await authorizerAt(kernel.log, exchange.past);
  const body = await bodyOf(exchange.request);
  const asked = decodeBody(body, exchange.request.headers['content-type'], type, 'Warn').object as unknown as Review;
  checkReview(type.kind, asked.spec ?? {}, namespace);
  const status = await answers[type.kind]?.(authorizer, exchange, asked.spec ?? {}, authenticator);
  return { ...asked, metadata: { creationTimestamp: null, ...asked.metadata }, ...(asked.spec && { spec: asked.spec }), status };
}

const subjectOf = (spec: ReviewSpec): User => ({ name: spec.user ?? '', groups: spec.groups ?? [] });

function verdict(authorizer: Authorizer, user: User, spec: ReviewSpec): object {
  const reason = authorizer.allows(user, accessOf(spec));
  return reason === undefined ? { allowed: false } : { allowed: true, reason };
}

function accessOf(spec: ReviewSpec): Access {
  if (spec.nonResourceAttributes) return { verb: spec.nonResourceAttributes.verb ?? '', path: spec.nonResourceAttributes.path ?? '' };
  const { verb = '', group = '', resource = '', subresource = '', namespace = '', name = '' } = spec.resourceAttributes ?? {};
  return { verb, group, resource, namespace, name, ...(subresource && { subresource }) };
}

function rulesStatus(rules: readonly PolicyRule[]): object {
  const resourceRules = rules
    .filter((rule) => rule.resources?.length)
    .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, ...(resourceNames && { resourceNames }) }));
  const nonResourceRules = rules
    .filter((rule) => rule.nonResourceURLs?.length)
    .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  return { resourceRules, nonResourceRules, incomplete: false };
}

const userInfo = ({ name, uid, groups, extra }: User): object => ({ username: name, uid, groups, ...(extra && { extra }) });

/**
 * A token of whatever kind this server believes; those that know of no audiences are good for the API server. Mirrors
 * pkg/registry/authentication/tokenreview.
 */
async function tokenStatus(authenticator: Authenticator, { token = '', audiences }: ReviewSpec): Promise<object> {
  try {
    const found = await authenticator.inspect(token, audiences?.length ? audiences : [ISSUER], ISSUER);
    return { authenticated: true, user: userInfo(found.user), audiences: found.audiences };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { user: {}, error: error.cause === undefined ? 'invalid bearer token' : `[invalid bearer token, ${error.cause as string}]` };
  }
}
