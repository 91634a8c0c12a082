/** A claim, or an expression over `claims`, that something of a user is taken from. */
export interface ClaimOrExpression {
  readonly claim?: string;
  /** Stands before each value of the claim. */
  readonly prefix?: string;
  readonly expression?: string;
}

/**
 * One issuer of tokens that this server believes, and how a user is read from them. Mirrors JWTAuthenticator of apiserver.config.k8s.io/v1.
 */
export interface JwtAuthenticator {
  readonly issuer: {
    readonly url: string;
    /** Where the issuer describes itself. Default: below its url. */
    readonly discoveryURL?: string;
    /** PEM. Default: the authorities that this machine trusts. */
    readonly certificateAuthority?: string;
    /** The token must be meant for one of these. */
    readonly audiences: readonly string[];
  };
  readonly claimMappings: {
    readonly username: ClaimOrExpression;
    readonly groups?: ClaimOrExpression;
    readonly uid?: ClaimOrExpression;
    readonly extra?: readonly { readonly key: string; readonly valueExpression: string }[];
  };
  readonly claimValidationRules?: readonly {
    readonly claim?: string;
    readonly requiredValue?: string;
    readonly expression?: string;
    readonly message?: string;
  }[];
  readonly userValidationRules?: readonly { readonly expression: string; readonly message?: string }[];
  /** Default: those that an issuer may use. */
  readonly signingAlgorithms?: readonly string[];
}

/** All that a key pair can sign with; HMAC and none are no signatures. */
export const ALGORITHMS: readonly string[] = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];
