import { wholeBody } from '#lib/client/whole-body';
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { get } from 'node:https';
import type { JwtAuthenticator } from './jwt-authenticator';

/** A key set is small; what is larger is none. */
const MAX_BYTES = 1 << 20;
const TIMEOUT_MS = 10_000;

type Keys = ReadonlyMap<string, KeyObject>;

/** The keys that an issuer signs with now, as it publishes them (OpenID Connect Discovery). They are asked for when a token needs them. */
export class IssuerKeys {
  private keys: Keys = new Map();
  private asking: Promise<void> | undefined;

  constructor(private readonly issuer: JwtAuthenticator['issuer']) {}

  /** Those that may have signed: the one of that id, or all when the token names none. */
  of(id: string | undefined): readonly KeyObject[] {
    if (id === undefined) return [...this.keys.values()];
    const key = this.keys.get(id);
    return key ? [key] : [];
  }

  /** Asks the issuer; whoever asks meanwhile waits for the same answer. @throws Error when it cannot be asked. */
  refresh(): Promise<void> {
    return (this.asking ??= this.ask().finally(() => (this.asking = undefined)));
  }

  private async ask(): Promise<void> {
    const { url, discoveryURL, certificateAuthority: ca } = this.issuer;
    const described = (await fetchJson(discoveryURL ?? `${url.replace(/\/$/, '')}/.well-known/openid-configuration`, ca)) as {
      issuer?: string;
      jwks_uri?: string;
    };
    if (described.issuer !== url)
      throw new Error(
        `oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(url)} got ${JSON.stringify(described.issuer)}`,
      );
    const { keys = [] } = (await fetchJson(described.jwks_uri ?? '', ca)) as { keys?: (JsonWebKey & { kid?: string; use?: string })[] };
    this.keys = new Map(keys.filter(({ use = 'sig' }) => use === 'sig').flatMap((key, i) => readKey(key, i)));
  }
}

/** Keys of kinds that we do not know are left out. */
function readKey(key: JsonWebKey & { kid?: string }, position: number): [string, KeyObject][] {
  try {
    return [[key.kid ?? `#${position}`, createPublicKey({ key, format: 'jwk' })]];
  } catch {
    return [];
  }
}

function fetchJson(url: string, ca: string | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ...(ca && { ca }), timeout: TIMEOUT_MS }, (response) => {
      const answer = wholeBody(response, MAX_BYTES, () => request.destroy(new Error(`${url} answered with more than ${MAX_BYTES} bytes`)));
      answer
        .then((bytes) => {
          if (response.statusCode !== 200) throw new Error(`${url} answered with ${response.statusCode}`);
          resolve(JSON.parse(bytes.toString()));
        })
        .catch(reject);
    });
    request.on('timeout', () => request.destroy(new Error(`${url} did not answer within ${TIMEOUT_MS / 1000} s`)));
    request.on('error', reject);
  });
}
