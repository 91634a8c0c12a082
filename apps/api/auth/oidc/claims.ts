import { CelEnvironment } from '#lib/cel/environment';
import { DYN } from '#lib/cel/types';
import type { User } from '../authorizer';
import type { ClaimOrExpression, JwtAuthenticator } from './jwt-authenticator';

export type Claims = Readonly<Record<string, unknown>>;

/** A token of the issuer that is good for nothing here. */
export class BadClaims extends Error {}

/** go-oidc's patience with clocks that differ, for tokens that are not good yet. */
const NOT_BEFORE_LEEWAY_SECONDS = 300;

const aboutClaims = new CelEnvironment({ variables: [{ name: 'claims', type: DYN }] });
const aboutUser = new CelEnvironment({ variables: [{ name: 'user', type: DYN }] });

/** Who bears a token with these claims. Mirrors apiserver/plugin/pkg/authenticator/token/oidc. @throws BadClaims */
export function userOf(
  claims: Claims,
  { issuer, claimMappings, claimValidationRules = [], userValidationRules = [] }: JwtAuthenticator,
  now: Date,
): User {
  checkTimes(claims, now);
  const audiences = [claims['aud']].flat();
  if (!issuer.audiences.some((audience) => audiences.includes(audience)))
    throw new BadClaims(`oidc: expected audience in ${JSON.stringify(issuer.audiences)} got ${JSON.stringify(audiences)}`);
  for (const rule of claimValidationRules) {
    const { claim, requiredValue = '', expression, message } = rule;
    if (claim !== undefined && claims[claim] !== requiredValue) throw new BadClaims(`oidc: required claim ${claim} value does not match`);
    if (expression !== undefined && aboutClaims.compile(expression).evaluate({ claims }).value !== true)
      throw new BadClaims(`oidc: ${message ?? `validation expression '${expression}' failed`}`);
  }
  const user = mapped(claims, claimMappings);
  for (const { expression, message } of userValidationRules) {
    const seen = { username: user.name, groups: user.groups, uid: user.uid ?? '', extra: user.extra ?? {} };
    if (aboutUser.compile(expression).evaluate({ user: seen }).value !== true)
      throw new BadClaims(`oidc: ${message ?? `validation expression '${expression}' failed`}`);
  }
  return user;
}

function checkTimes({ exp, nbf }: Claims, now: Date): void {
  const seconds = now.getTime() / 1000;
  if (typeof exp !== 'number' || exp < seconds) throw new BadClaims('oidc: token is expired');
  if (typeof nbf === 'number' && nbf > seconds + NOT_BEFORE_LEEWAY_SECONDS)
    throw new BadClaims('oidc: current time is before the nbf (not before) time');
}

function mapped(claims: Claims, { username, groups, uid, extra = [] }: JwtAuthenticator['claimMappings']): User {
  // An address that nobody verified names nobody.
  if (username.claim === 'email' && 'email_verified' in claims && claims['email_verified'] !== true)
    throw new BadClaims('oidc: email not verified');
  const name = textOf(claims, username);
  if (name === undefined || name === '')
    throw new BadClaims(`oidc: parse username claims ${JSON.stringify(username.claim ?? username.expression)}: claim not present`);
  const id = uid && textOf(claims, uid);
  const more = Object.fromEntries(
    extra.map(({ key, valueExpression }) => [key, listOf(aboutClaims.compile(valueExpression).evaluate({ claims }).value)]),
  );
  return { name, groups: groups ? groupsOf(claims, groups) : [], ...(id && { uid: id }), ...(extra.length > 0 && { extra: more }) };
}

function textOf(claims: Claims, from: ClaimOrExpression): string | undefined {
  const value = valueOf(claims, from);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new BadClaims(`oidc: claim ${JSON.stringify(from.claim ?? from.expression)} is no text`);
  return `${from.prefix ?? ''}${value}`;
}

function groupsOf(claims: Claims, from: ClaimOrExpression): string[] {
  return listOf(valueOf(claims, from)).map((group) => `${from.prefix ?? ''}${group}`);
}

/** One text stands for a list of it. */
function listOf(value: unknown): string[] {
  const list = value === undefined || value === null ? [] : [value].flat();
  if (!list.every((item): item is string => typeof item === 'string'))
    throw new BadClaims('oidc: a claim that shall be a list of texts is something else');
  return list.filter((item) => item !== '');
}

const valueOf = (claims: Claims, { claim = '', expression }: ClaimOrExpression): unknown =>
  expression !== undefined ? aboutClaims.compile(expression).evaluate({ claims }).value : claims[claim];
