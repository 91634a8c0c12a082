import { sign } from 'node:crypto';

/** One part of a token, as it stands there. */
export const tokenPart = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What a token says. */
export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()) as Record<string, unknown>;

/** A token with whatever claims and head. @param key PEM, of the curve P-256 */
export function signedToken(key: string, claims: object, head: object = { alg: 'ES256', typ: 'JWT' }): string {
  const text = `${tokenPart(head)}.${tokenPart(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
