import { unauthorized } from '#lib/api/errors';
import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { Secret } from '#lib/api/core/secret';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { fromBase64 } from '#lib/api/base64';
import type { KubeObject } from '#lib/api/meta';
import type { World } from '#lib/reconcile/world';
import { timingSafeEqual } from 'node:crypto';
import type { User } from './authorizer';

export interface Named {
  readonly name: string;
  readonly uid: string;
}

/** What a service account's token is about. */
export interface About {
  readonly namespace: string;
  readonly serviceaccount: Named;
  readonly pod?: Named;
  readonly node?: Named;
  readonly secret?: Named;
}

/** Claims of a service account's token, as upstream writes them. Mirrors pkg/serviceaccount/claims.go. */
export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly jti: string;
  readonly 'kubernetes.io': About;
}

/** The issuer of tokens that live in Secrets. */
export const LEGACY_ISSUER = 'kubernetes/serviceaccount';
const LEGACY = 'kubernetes.io/serviceaccount/';

/** Claims of a token in a Secret, which has no end. Mirrors pkg/serviceaccount/legacy.go. */
export function legacyClaims(account: ServiceAccount, secret: string): object {
  const { namespace = '', name, uid } = account.metadata;
  return {
    iss: LEGACY_ISSUER,
    [`${LEGACY}namespace`]: namespace,
    [`${LEGACY}secret.name`]: secret,
    [`${LEGACY}service-account.name`]: name,
    [`${LEGACY}service-account.uid`]: uid,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
}

/** Also what we have signed is looked at: a key may have been used for something else. */
export function areClaims(value: object, issuer: string): value is Claims {
  const { iss, aud, exp, nbf, 'kubernetes.io': about } = value as Partial<Claims>;
  const isAbout =
    typeof about?.namespace === 'string' && typeof about.serviceaccount?.name === 'string' && typeof about.serviceaccount.uid === 'string';
  return iss === issuer && Array.isArray(aud) && typeof exp === 'number' && typeof nbf === 'number' && isAbout;
}

/** Upstream gives what a token is bound to a minute after its deletion was asked for. */
const LEEWAY_MS = 60_000;

function isAlive(object: KubeObject | undefined, uid: string, now: Date): boolean {
  if (!object || object.metadata.uid !== uid) return false;
  const { deletionTimestamp } = object.metadata;
  return deletionTimestamp === undefined || Date.parse(deletionTimestamp) + LEEWAY_MS > now.getTime();
}

/** For whom a token speaks, while everything that it is bound to is there. @throws ApiError 401. */
export function userOfClaims(claims: Claims, world: World, now: Date): User {
  const { namespace, serviceaccount, pod, node, secret } = claims['kubernetes.io'];
  const bound: readonly [KubeObject | undefined, Named | undefined][] = [
    [world.get(ServiceAccount, namespace, serviceaccount.name), serviceaccount],
    [pod && world.get(Pod, namespace, pod.name), pod],
    [secret && world.get(Secret, namespace, secret.name), secret],
    [node && !pod ? world.get(Node, '', node.name) : undefined, pod ? undefined : node],
  ];
  for (const [object, named] of bound) if (named && !isAlive(object, named.uid, now)) throw unauthorized();
  return { ...accountUser(namespace, serviceaccount), extra: extraOf(claims) };
}

const accountUser = (namespace: string, { name, uid }: Named): User => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  uid,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
});

const AUTHENTICATION = 'authentication.kubernetes.io/';

function extraOf({ jti, 'kubernetes.io': { pod, node } }: Claims): Record<string, string[]> {
  return {
    ...(jti && { [`${AUTHENTICATION}credential-id`]: [`JTI=${jti}`] }),
    ...(pod && { [`${AUTHENTICATION}pod-name`]: [pod.name], [`${AUTHENTICATION}pod-uid`]: [pod.uid] }),
    ...(node && { [`${AUTHENTICATION}node-name`]: [node.name], ...(node.uid && { [`${AUTHENTICATION}node-uid`]: [node.uid] }) }),
  };
}

/** For whom a token of a Secret speaks, while the Secret holds it. @throws ApiError 401. */
export function userOfLegacy(claims: Readonly<Record<string, unknown>>, token: string, world: World, now: Date): User {
  const of = (name: string): string => String(claims[LEGACY + name] ?? '');
  const [namespace, account, uid] = [of('namespace'), of('service-account.name'), of('service-account.uid')];
  const secret = world.get(Secret, namespace, of('secret.name'));
  const held = Buffer.from(fromBase64(secret?.data?.token ?? ''));
  if (held.length !== token.length || !timingSafeEqual(held, Buffer.from(token)) || secret?.metadata.deletionTimestamp)
    throw unauthorized();
  if (!isAlive(world.get(ServiceAccount, namespace, account), uid, now)) throw unauthorized();
  return accountUser(namespace, { name: account, uid });
}
