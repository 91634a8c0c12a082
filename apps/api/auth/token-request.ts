import { invalidObject, notFound } from '#lib/api/errors';
import { invalid } from '#lib/api/field-error';
import { Pod } from '#lib/api/core/pod';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import type { KubeObject } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { decodeBody } from '#lib/schema/decode/body';
import { randomUUID } from 'node:crypto';
import { bodyOf, type Exchange } from '../http/exchange';
import type { ResourceRequest } from '../http/resource';
import type { Kernel } from '../kernel';
import { ISSUER } from './tokens';

const TYPE = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
const DEFAULT_SECONDS = 3600;

interface Spec {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
  readonly boundObjectRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

/** POST serviceaccounts/x/token: a signed token that nobody stores. Mirrors pkg/registry/core/serviceaccount/storage/token.go. */
export async function issueToken(kernel: Kernel, exchange: Exchange, request: ResourceRequest): Promise<KubeObject> {
  const { namespace, name } = request;
  const { object } = decodeBody(await bodyOf(exchange.request), exchange.request.headers['content-type'], TYPE, 'Warn');
  const spec = (object as { spec?: Spec }).spec ?? {};
  const account = kernel.world.get(ServiceAccount, namespace, name);
  if (!account) throw notFound(ServiceAccount, name);
  const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  checkSeconds(seconds);
  const now = Math.floor(Date.now() / 1000);
  const audiences = spec.audiences?.length ? spec.audiences : [ISSUER];
  const token = kernel.tokens.issue({
    iss: ISSUER,
    sub: `system:serviceaccount:${namespace}:${name}`,
    aud: audiences,
    iat: now,
    nbf: now,
    exp: now + seconds,
    jti: randomUUID(),
    'kubernetes.io': { namespace, serviceaccount: { name, uid: account.metadata.uid }, ...boundPod(kernel, namespace, spec) },
  });
  return {
    ...TYPE,
    metadata: { name, namespace, creationTimestamp: rfc3339(new Date(now * 1000)) },
    spec: { ...spec, audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: rfc3339(new Date(1000 * (now + seconds))) },
  } as unknown as KubeObject;
}

function checkSeconds(seconds: number): void {
  const refuse = (detail: string): never => {
    throw invalidObject('authentication.k8s.io', 'TokenRequest', '', [invalid('spec.expirationSeconds', seconds, detail)]);
  };
  if (seconds < MIN_SECONDS) refuse('may not specify a duration less than 10 minutes');
  if (seconds > MAX_SECONDS) refuse('may not specify a duration larger than 2^32 seconds');
}

function boundPod(kernel: Kernel, namespace: string, { boundObjectRef }: Spec): { pod?: { name: string; uid: string } } {
  if (!boundObjectRef) return {};
  const field = 'spec.boundObjectRef';
  if (boundObjectRef.kind !== 'Pod') {
    const why = `cannot bind token for serviceaccount to object type ${boundObjectRef.kind}`;
    throw invalidObject('authentication.k8s.io', 'TokenRequest', '', [invalid(field, boundObjectRef.kind, why)]);
  }
  const pod = kernel.world.get(Pod, namespace, boundObjectRef.name ?? '');
  if (!pod || (boundObjectRef.uid && boundObjectRef.uid !== pod.metadata.uid)) throw notFound(Pod, boundObjectRef.name ?? '');
  return { pod: { name: pod.metadata.name, uid: pod.metadata.uid } };
}
