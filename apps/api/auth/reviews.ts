import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { decodeBody } from '#lib/schema/decode/body';
import { bodyOf, type Exchange } from '../http/exchange';
import type { Kernel } from '../kernel';
import type { Access, Authorizer, User } from './authorizer';
import { authorizerAt } from './past-authorizer';

interface ReviewSpec {
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
}

type Review = { apiVersion: string; kind: string; metadata?: object; spec?: ReviewSpec };

/** The questions that are asked by creating an object which nobody stores. Mirrors pkg/registry/authorization and authentication. */
const answers: Readonly<Record<string, (authorizer: Authorizer, exchange: Exchange, spec: ReviewSpec, kernel: Kernel) => object>> = {
  SelfSubjectAccessReview: (authorizer, exchange, spec) => verdict(authorizer, exchange.user, spec),
  SubjectAccessReview: (authorizer, _, spec) => verdict(authorizer, subjectOf(spec), spec),
  LocalSubjectAccessReview: (authorizer, _, spec) => verdict(authorizer, subjectOf(spec), spec),
  SelfSubjectRulesReview: (authorizer, exchange, spec) => rulesStatus(authorizer.rulesFor(exchange.user, spec.namespace ?? '')),
  SelfSubjectReview: (_, exchange) => ({ userInfo: { username: exchange.user.name, uid: exchange.user.uid, groups: exchange.user.groups } }),
  TokenReview: (_, __, spec, kernel) => tokenStatus(kernel, spec.token ?? ''),
};

/** Asked under `/asof/…`, RBAC answers as it was then. */
export async function review(kernel: Kernel, exchange: Exchange, type: { apiVersion: string; kind: string }): Promise<object> {
  const authorizer = exchange.past === undefined ? kernel.authorizer : await authorizerAt(kernel.log, exchange.past);
  const body = await bodyOf(exchange.request);
  const asked = decodeBody(body, exchange.request.headers['content-type'], type, 'Warn').object as unknown as Review;
  const status = answers[type.kind]?.(authorizer, exchange, asked.spec ?? {}, kernel);
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
  const nonResourceRules = rules.filter((rule) => rule.nonResourceURLs?.length).map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  return { resourceRules, nonResourceRules, incomplete: false };
}

function tokenStatus(kernel: Kernel, token: string): object {
  try {
    const user = kernel.tokens.check(token);
    if (!user) return { authenticated: false };
    return { authenticated: true, user: { username: user.name, uid: user.uid, groups: user.groups }, audiences: ['https://kubernetes.default.svc.cluster.local'] };
  } catch {
    return { authenticated: false, error: 'invalid bearer token' };
  }
}
