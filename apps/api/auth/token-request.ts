import { badRequest, conflict, invalidObject, notFound } from '#lib/api/errors';
import { invalid } from '#lib/api/field-error';
import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { Secret } from '#lib/api/core/secret';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import type { KubeObject } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { logClock } from '#lib/log/log-clock';
import { decodeBody } from '#lib/schema/decode/body';
import { randomUUID } from 'node:crypto';
import { bodyOf, type Exchange } from '../http/exchange';
import type { ResourceRequest } from '../http/resource';
import type { Kernel } from '../kernel';
import { writeOptionsOf } from '../write/options';
import type { About, Named } from './account-claims';
import { ISSUER } from './tokens';

const TYPE = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
const DEFAULT_SECONDS = 3600;

interface BoundRef {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
}

interface Asked {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec?: { readonly audiences?: readonly string[]; readonly expirationSeconds?: number; readonly boundObjectRef?: BoundRef };
}

/** POST serviceaccounts/x/token: a signed token that nobody stores. Mirrors pkg/registry/core/serviceaccount/storage/token.go. */
export async function issueToken(kernel: Kernel, exchange: Exchange, request: ResourceRequest): Promise<KubeObject> {
  const { namespace, name } = request;
  const { fieldValidation } = writeOptionsOf(exchange.query, 'CreateOptions');
  const { object, warnings } = decodeBody(await bodyOf(exchange.request), exchange.request.headers['content-type'], TYPE, fieldValidation);
  exchange.warnings.push(...warnings);
  const { metadata, spec = {} } = object as Asked;
  requireSameAccount(metadata, request);
  const account = kernel.world.get(ServiceAccount, namespace, name);
  if (!account) throw notFound(ServiceAccount, name);
  const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  checkSeconds(seconds);
  const bound = spec.boundObjectRef ? boundTo(kernel, request, spec.boundObjectRef) : {};
  const now = Math.floor(logClock.now() / 1000);
  const audiences = spec.audiences?.length ? spec.audiences : [ISSUER];
  const token = kernel.tokens.issue({
    iss: ISSUER,
    sub: `system:serviceaccount:${namespace}:${name}`,
    aud: audiences,
    iat: now,
    nbf: now,
    exp: now + seconds,
    jti: randomUUID(),
    'kubernetes.io': { namespace, serviceaccount: { name, uid: account.metadata.uid }, ...bound },
  });
  return {
    ...TYPE,
    metadata: { name, namespace, creationTimestamp: rfc3339(new Date(now * 1000)) },
    spec: { ...spec, audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: rfc3339(new Date(1000 * (now + seconds))) },
  } as unknown as KubeObject;
}

function requireSameAccount(metadata: Asked['metadata'], { namespace, name }: ResourceRequest): void {
  const refuse = (field: string, value: string, what: string): never => {
    throw invalidObject('authentication.k8s.io', 'TokenRequest', name, [
      invalid(`metadata.${field}`, value, `must match the service account ${what} if specified`),
    ]);
  };
  if (metadata?.name && metadata.name !== name) refuse('name', metadata.name, 'name');
  if (metadata?.namespace && metadata.namespace !== namespace) refuse('namespace', metadata.namespace, 'namespace');
}

function checkSeconds(seconds: number): void {
  const refuse = (detail: string): never => {
    throw invalidObject('authentication.k8s.io', 'TokenRequest', '', [invalid('spec.expirationSeconds', seconds, detail)]);
  };
  if (seconds < MIN_SECONDS) refuse('may not specify a duration less than 10 minutes');
  if (seconds > MAX_SECONDS) refuse('may not specify a duration larger than 2^32 seconds');
}

/** The one object with whose end the token ends. */
function boundTo(kernel: Kernel, { namespace, name }: ResourceRequest, ref: BoundRef): Partial<About> {
  const { apiVersion = '', kind = '', name: boundName = '', uid = '' } = ref;
  const { world } = kernel;
  const found = <T extends KubeObject>(type: typeof Pod | typeof Secret | typeof Node, object: T | undefined): T => {
    if (!object) throw notFound(type, boundName);
    if (uid === '' || uid === object.metadata.uid) return object;
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: '', plural: kind }, boundName, why);
  };
  switch (apiVersion.includes('/') ? undefined : kind) {
    case 'Pod': {
      const pod = world.get(Pod, namespace, boundName);
      if (pod && pod.spec.serviceAccountName !== name) {
        throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(name)} to pod running with different serviceaccount name.`);
      }
      return { pod: named(found(Pod, pod)), ...nodeOf(kernel, pod) };
    }
    case 'Secret':
      return { secret: named(found(Secret, world.get(Secret, namespace, boundName))) };
    case 'Node':
      return { node: named(found(Node, world.get(Node, '', boundName))) };
    default: {
      const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
      throw badRequest(`cannot bind token for serviceaccount to object of type ${group}/${version}, Kind=${kind}`);
    }
  }
}

const named = ({ metadata: { name, uid } }: KubeObject): Named => ({ name, uid });

function nodeOf({ world }: Kernel, pod: Pod | undefined): Partial<About> {
  const name = pod?.spec.nodeName;
  return name ? { node: { name, uid: world.get(Node, '', name)?.metadata.uid ?? '' } } : {};
}
