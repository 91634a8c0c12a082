import { constants, verify, type KeyObject } from 'node:crypto';

/** The three parts of a JSON Web Token, read but not believed. */
export interface ReadToken {
  readonly header: { readonly alg?: string; readonly kid?: string };
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

const part = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/** Undefined for what is no token of this form. */
export function readToken(token: string): ReadToken | undefined {
  const parts = token.split('.', 4);
  if (parts.length !== 3) return undefined;
  const [head = '', body = '', signature = ''] = parts;
  const [header, claims] = [part(head), part(body)];
  return header && claims
    ? { header, claims, signed: Buffer.from(`${head}.${body}`), signature: Buffer.from(signature, 'base64url') }
    : undefined;
}

const HASH: Readonly<Record<string, string>> = { 256: 'sha256', 384: 'sha384', 512: 'sha512' };

/** Whether this key made the signature, by the algorithm that the token names; none and HMAC are no signatures here. */
export function isSignedBy({ header, signed, signature }: ReadToken, key: KeyObject): boolean {
  const [, family, size] = /^(ES|RS|PS)(256|384|512)$/.exec(header.alg ?? '') ?? [];
  const type = family === 'ES' ? 'ec' : 'rsa';
  if (!family || key.asymmetricKeyType !== type)
    return header.alg === 'EdDSA' && key.asymmetricKeyType === 'ed25519' && verify(null, signed, key, signature);
  const hash = HASH[size as string] as string;
  if (family === 'ES') return verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
  if (family === 'RS') return verify(hash, signed, key, signature);
  return verify(hash, signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, signature);
}
