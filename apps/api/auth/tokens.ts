import { unauthorized } from '#lib/api/errors';
import { Pod } from '#lib/api/core/pod';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import type { World } from '#lib/reconcile/world';
import { createPrivateKey, createPublicKey, sign, timingSafeEqual, verify, createHash, type KeyObject } from 'node:crypto';
import type { TokenChecker } from './authenticator';
import type { User } from './authorizer';

/** Claims of a service account's token, as upstream writes them. */
interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly jti: string;
  readonly 'kubernetes.io': {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
    readonly pod?: { readonly name: string; readonly uid: string };
  };
}

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** Tokens whose signature was checked are remembered, so that a busy client costs one verification. */
const MAX_REMEMBERED = 10_000;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs and checks the JWTs of service accounts (ES256). A token dies with its account, its pod and its time. */
export class ServiceAccountTokens implements TokenChecker {
  private readonly signing: KeyObject;
  private readonly public: KeyObject;
  private readonly keyId: string;
  private readonly verified = new Map<string, Claims>();

  constructor(
    privateKeyPem: string,
    private readonly world: World,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.signing = createPrivateKey(privateKeyPem);
    this.public = createPublicKey(this.signing);
    this.keyId = createHash('sha256').update(this.public.export({ type: 'spki', format: 'der' })).digest('base64url');
  }

  issue(claims: Claims): string {
    const head = `${encode({ alg: 'ES256', kid: this.keyId, typ: 'JWT' })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(head), { key: this.signing, dsaEncoding: 'ieee-p1363' });
    return `${head}.${signature.toString('base64url')}`;
  }

  check(token: string): User | undefined {
    return this.checkFor(token, [ISSUER])?.user;
  }

  /** For whom of `audiences` the token is good. @throws ApiError 401 for a token of ours that is good for none of them, or no more. */
  checkFor(token: string, audiences: readonly string[]): { user: User; audiences: readonly string[] } | undefined {
    if (token.split('.', 4).length !== 3) return undefined;
    const claims = this.verified.get(token) ?? this.verify(token);
    if (!claims) return undefined;
    const seconds = this.now().getTime() / 1000;
    if (claims.exp <= seconds || claims.nbf > seconds + 1) throw unauthorized();
    const meant = audiences.filter((audience) => claims.aud.includes(audience));
    if (meant.length === 0) throw unauthorized();
    const { namespace, serviceaccount, pod } = claims['kubernetes.io'];
    if (this.world.get(ServiceAccount, namespace, serviceaccount.name)?.metadata.uid !== serviceaccount.uid) throw unauthorized();
    if (pod && this.world.get(Pod, namespace, pod.name)?.metadata.uid !== pod.uid) throw unauthorized();
    const user = {
      name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
      uid: serviceaccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    };
    return { user, audiences: meant };
  }

  /** Undefined when somebody else has signed it. */
  private verify(token: string): Claims | undefined {
    const [head = '', body = '', signature = ''] = token.split('.');
    const genuine = verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      { key: this.public, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    if (!genuine) return undefined;
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as unknown;
    if (!areClaims(claims)) return undefined;
    if (this.verified.size >= MAX_REMEMBERED) this.verified.clear();
    this.verified.set(token, claims);
    return claims;
  }
}

/** Also what we have signed is looked at: a key may have been used for something else. */
function areClaims(value: unknown): value is Claims {
  const { iss, aud, exp, nbf, 'kubernetes.io': about } = (value ?? {}) as Partial<Claims>;
  const isAbout = typeof about?.namespace === 'string' && typeof about.serviceaccount?.name === 'string' && typeof about.serviceaccount.uid === 'string';
  return iss === ISSUER && Array.isArray(aud) && typeof exp === 'number' && typeof nbf === 'number' && isAbout;
}

/** Fixed tokens from a file of `token,user,uid,"group1,group2"` lines, as kube-apiserver's --token-auth-file. */
export class StaticTokens implements TokenChecker {
  private readonly users: readonly { readonly digest: Buffer; readonly user: User }[];

  constructor(csv: string) {
    this.users = csv.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')).map(parseLine);
  }

  check(token: string): User | undefined {
    const digest = digestOf(token);
    return this.users.find((known) => timingSafeEqual(known.digest, digest))?.user;
  }
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

function parseLine(line: string): { digest: Buffer; user: User } {
  const match = /^([^,]+),([^,]+),([^,]*)(?:,"?([^"]*)"?)?$/.exec(line);
  if (!match) throw new Error(`tokens.csv: not a line of the form token,user,uid,"group1,group2": ${line.slice(0, 4)}…`);
  const [, token = '', name = '', uid = '', groups = ''] = match;
  return { digest: digestOf(token), user: { name, uid, groups: groups.split(',').map((g) => g.trim()).filter(Boolean) } };
}
