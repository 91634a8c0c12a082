import { unauthorized } from '#lib/api/errors';
import { Logger } from '@nestjs/common';
import type { TokenChecker } from '../authenticator';
import type { User } from '../authorizer';
import { isSignedBy, readToken, type ReadToken } from '../jwt';
import { userOf } from './claims';
import { IssuerKeys } from './issuer-keys';
import { ALGORITHMS, type JwtAuthenticator } from './jwt-authenticator';

/** Signatures that were checked are remembered, so that a busy client costs one verification. */
const MAX_REMEMBERED = 10_000;

/**
 * ID tokens of one OpenID Connect issuer. Mirrors apiserver/plugin/pkg/authenticator/token/oidc; why a token is refused is in the server's
 * output alone.
 */
export class OidcTokens implements TokenChecker {
  private readonly logger = new Logger('oidc');
  private readonly keys: IssuerKeys;
  private readonly signed = new Set<string>();

  constructor(
    private readonly settings: JwtAuthenticator,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.keys = new IssuerKeys(settings.issuer);
  }

  /** Keys are asked for when a token names one that is not known: issuers change theirs. Never rejects. */
  ready(token: string): Promise<void> | undefined {
    const read = this.mine(token);
    if (!read || this.signed.has(token) || this.keys.of(read.header.kid).length > 0) return undefined;
    return this.keys
      .refresh()
      .catch((error: Error) => this.logger.warn(`the keys of ${this.settings.issuer.url} cannot be had: ${error.message}`));
  }

  check(token: string): User | undefined {
    const read = this.mine(token);
    if (!read) return undefined;
    if (!this.isSigned(token, read)) throw unauthorized();
    try {
      return userOf(read.claims, this.settings, this.now());
    } catch (error) {
      this.logger.debug((error as Error).message);
      throw unauthorized();
    }
  }

  private mine(token: string): ReadToken | undefined {
    const read = readToken(token);
    return read?.claims['iss'] === this.settings.issuer.url ? read : undefined;
  }

  private isSigned(token: string, read: ReadToken): boolean {
    if (this.signed.has(token)) return true;
    const { signingAlgorithms = ALGORITHMS } = this.settings;
    if (!signingAlgorithms.includes(read.header.alg ?? '') || !this.keys.of(read.header.kid).some((key) => isSignedBy(read, key)))
      return false;
    if (this.signed.size >= MAX_REMEMBERED) this.signed.clear();
    this.signed.add(token);
    return true;
  }
}
