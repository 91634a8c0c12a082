import { unauthorized } from '#lib/api/errors';
import type { ServiceAccount } from '#lib/api/core/serviceaccount';
import { logClock } from '#lib/log/log-clock';
import type { World } from '#lib/reconcile/world';
import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { areClaims, legacyClaims, LEGACY_ISSUER, userOfClaims, userOfLegacy, type Claims } from './account-claims';
import type { Meant, TokenChecker } from './authenticator';
import type { User } from './authorizer';
import { isSignedBy, readToken, type ReadToken } from './jwt';

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** Tokens whose signature was checked are remembered, so that a busy client costs one verification. */
const MAX_REMEMBERED = 10_000;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs and checks the JWTs of service accounts (ES256). A token dies with its account, with what it is bound to, and with its time. */
export class ServiceAccountTokens implements TokenChecker {
  private readonly signing: KeyObject;
  private readonly public: KeyObject;
  private readonly keyId: string;
  private readonly verified = new Map<string, ReadToken['claims']>();

  constructor(
    privateKeyPem: string,
    private readonly world: World,
    private readonly now: () => Date = () => logClock.date(),
  ) {
    this.signing = createPrivateKey(privateKeyPem);
    this.public = createPublicKey(this.signing);
    this.keyId = createHash('sha256')
      .update(this.public.export({ type: 'spki', format: 'der' }))
      .digest('base64url');
  }

  issue(claims: Claims): string {
    return this.signed(claims);
  }

  /** For a Secret: it has no end. */
  issueLegacy(account: ServiceAccount, secret: string): string {
    return this.signed(legacyClaims(account, secret));
  }

  /** The key that tokens can be checked with, as a JSON Web Key Set. */
  keySet(): { keys: object[] } {
    return { keys: [{ use: 'sig', ...this.public.export({ format: 'jwk' }), kid: this.keyId, alg: 'ES256' }] };
  }

  check(token: string): User | undefined {
    return this.checkFor(token, [ISSUER])?.user;
  }

  /** For whom of `audiences` the token is good. @throws ApiError 401 for a token of ours that is good for none of them, or no more. */
  checkFor(token: string, audiences: readonly string[]): Meant | undefined {
    const claims = this.verified.get(token) ?? this.verify(token);
    if (!claims) return undefined;
    const now = this.now();
    if (!areClaims(claims, ISSUER)) return { user: userOfLegacy(claims, token, this.world, now), audiences: legacyAudiences(audiences) };
    const seconds = now.getTime() / 1000;
    if (claims.exp <= seconds) throw unauthorized('service account token has expired');
    if (claims.nbf > seconds + 1) throw unauthorized('service account token is not valid yet');
    const meant = audiences.filter((audience) => claims.aud.includes(audience));
    if (meant.length === 0)
      throw unauthorized(`token audiences ${quoted(claims.aud)} is invalid for the target audiences ${quoted(audiences)}`);
    return { user: userOfClaims(claims, this.world, now), audiences: meant };
  }

  private signed(claims: object): string {
    const head = `${encode({ alg: 'ES256', kid: this.keyId, typ: 'JWT' })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(head), { key: this.signing, dsaEncoding: 'ieee-p1363' });
    return `${head}.${signature.toString('base64url')}`;
  }

  /** Undefined when somebody else has signed it. */
  private verify(token: string): ReadToken['claims'] | undefined {
    const read = readToken(token);
    if (!read || read.header.alg !== 'ES256' || !isSignedBy(read, this.public)) return undefined;
    const { claims } = read;
    if (!areClaims(claims, ISSUER) && claims.iss !== LEGACY_ISSUER) return undefined;
    if (this.verified.size >= MAX_REMEMBERED) this.verified.clear();
    this.verified.set(token, claims);
    return claims;
  }
}

/** A list as Go prints it with %q. */
const quoted = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;

/** A token of a Secret is for the API server alone. */
function legacyAudiences(audiences: readonly string[]): readonly string[] {
  if (!audiences.includes(ISSUER)) throw unauthorized();
  return [ISSUER];
}
