import { readAuthentication } from './authentication-configuration';
import { userOf } from './claims';
import { issuersOf } from './settings';

const HEAD = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n';
const NOW = new Date('2026-01-01T00:00:00Z');
const env = (more: Record<string, string> = {}) => ({ DECKLOG_OIDC_ISSUER_URL: 'https://a', DECKLOG_OIDC_CLIENT_ID: 'c', ...more });

describe('the issuer that the environment describes', () => {
  test('is nobody unless somebody is named', () => {
    expect(issuersOf({})).toEqual([]);
  });

  test.each([
    [{ DECKLOG_OIDC_ISSUER_URL: 'http://a' }, 'DECKLOG_OIDC_ISSUER_URL must be an https URL without query and fragment'],
    [{ DECKLOG_OIDC_CLIENT_ID: '' }, 'DECKLOG_OIDC_CLIENT_ID is required with DECKLOG_OIDC_ISSUER_URL'],
    [{ DECKLOG_OIDC_SIGNING_ALGS: 'RS256,HS256' }, 'DECKLOG_OIDC_SIGNING_ALGS must be some of RS256,RS384,RS512,ES256,ES384,ES512,PS256,PS384,PS512'],
    [{ DECKLOG_OIDC_REQUIRED_CLAIM: 'a' }, 'DECKLOG_OIDC_REQUIRED_CLAIM must be of the form key=value,key=value'],
    [{ DECKLOG_AUTHENTICATION_CONFIG: 'file' }, 'authentication-config file and oidc-* flags are mutually exclusive'],
  ])('must be described well: %o', (more, text) => {
    expect(() => issuersOf(env(more as unknown as Record<string, string>))).toThrow(text);
  });

  test.each([
    [{}, { sub: 'jane' }, 'https://a#jane'],
    [{ DECKLOG_OIDC_USERNAME_PREFIX: '-' }, { sub: 'jane' }, 'jane'],
    [{ DECKLOG_OIDC_USERNAME_PREFIX: 'o:' }, { sub: 'jane' }, 'o:jane'],
    [{ DECKLOG_OIDC_USERNAME_CLAIM: 'email' }, { email: 'j@a', email_verified: true }, 'j@a'],
    [{ DECKLOG_OIDC_USERNAME_CLAIM: 'email' }, { email: 'j@a' }, 'j@a'],
  ])('names users as kube-apiserver does: %o', (more, claims, name) => {
    const [settings] = issuersOf(env(more as unknown as Record<string, string>));
    expect(settings && userOf({ aud: ['c', 'd'], exp: NOW.getTime() / 1000 + 1, ...claims }, settings, NOW).name).toBe(name);
  });

  test('does not believe an address that nobody verified', () => {
    const [settings] = issuersOf(env({ DECKLOG_OIDC_USERNAME_CLAIM: 'email' }));
    expect(() => settings && userOf({ aud: 'c', exp: NOW.getTime() / 1000 + 1, email: 'j@a', email_verified: false }, settings, NOW)).toThrow(
      'oidc: email not verified',
    );
  });
});

describe('an authentication configuration', () => {
  test('may take users from expressions, and ask for more', () => {
    const [settings] = readAuthentication(`${HEAD}jwt:
- issuer: {url: https://a, audiences: [c, d]}
  claimMappings:
    username: {expression: 'claims.given + "." + claims.family'}
    groups: {expression: 'claims.roles.split(",")'}
    uid: {claim: sub}
    extra: [{key: example.com/tenant, valueExpression: claims.tenant}]
  claimValidationRules: [{expression: 'claims.tenant != ""', message: a tenant is needed}]
  userValidationRules: [{expression: '!user.username.startsWith("system:")', message: not one of ours}]
`);
    const claims = { aud: 'd', exp: NOW.getTime() / 1000 + 1, given: 'jane', family: 'doe', roles: 'a,b', sub: '7', tenant: 't' };
    expect(settings && userOf(claims, settings, NOW)).toEqual({ name: 'jane.doe', groups: ['a', 'b'], uid: '7', extra: { 'example.com/tenant': ['t'] } });
    expect(() => settings && userOf({ ...claims, tenant: '' }, settings, NOW)).toThrow('oidc: a tenant is needed');
    expect(() => settings && userOf({ ...claims, given: 'system:' }, settings, NOW)).toThrow('oidc: not one of ours');
  });

  test.each([
    ['kind: Other', 'must say `apiVersion: apiserver.config.k8s.io/v1` and `kind: AuthenticationConfiguration`'],
    [
      `${HEAD}jwt: [{}]`,
      'jwt[0].issuer.url: Required value: URL is required, jwt[0].issuer.audiences: Required value: at least one jwt[].issuer.audiences is required, jwt[0].claimMappings.username: Required value: claim or expression is required',
    ],
    [
      `${HEAD}jwt: [{issuer: {url: "http://a", audiences: [a]}, claimMappings: {username: {claim: sub}}}]`,
      'jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https, jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    ],
    [
      `${HEAD}jwt: [{issuer: {url: "https://a", audiences: [a]}, claimMappings: {username: {expression: "claims."}}}]`,
      'jwt[0].claimMappings.username.expression: Invalid value: "claims.": compilation failed: ERROR',
    ],
  ])('must be written well: %s', (text, wanted) => {
    expect(() => readAuthentication(text)).toThrow(wanted);
  });
});
