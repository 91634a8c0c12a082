import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { Authenticator } from '../authenticator';
import type { User } from '../authorizer';
import { OidcTokens } from './oidc-tokens';
import { issuersOf } from './settings';

/** An issuer as real ones are: a web server over TLS that tells where its keys are. */
class Issuer {
  readonly keys = new Map<string, { readonly private: KeyObject; readonly public: KeyObject }>();
  asked = 0;
  private server!: Server;
  private readonly folder = mkdtempSync(join(tmpdir(), 'decklog-oidc-'));
  ca = '';

  async start(): Promise<void> {
    const ca = await ClusterCa.loadOrCreate(this.folder);
    const { key, certificate } = await ca.issueServing({ dnsNames: ['localhost'], ips: ['127.0.0.1'] });
    this.ca = ca.certificate;
    this.server = createServer({ key, cert: certificate }, (request, response) => {
      this.asked += 1;
      const body = request.url === '/.well-known/openid-configuration' ? { issuer: this.url, jwks_uri: `${this.url}/keys` } : { keys: this.published() };
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((up) => this.server.listen(0, '127.0.0.1', up));
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on it signs with this key alone. */
  useKey(id: string): void {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.keys.clear();
    this.keys.set(id, { private: privateKey, public: publicKey });
  }

  token(claims: object, header: object = {}): string {
    const [[kid, key] = ['', undefined]] = this.keys;
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    const head = `${encode({ alg: 'RS256', kid, ...header })}.${encode({ iss: this.url, aud: 'decklog', exp: Math.floor(Date.now() / 1000) + 600, sub: 'jane', ...claims })}`;
    return `${head}.${sign('sha256', Buffer.from(head), key?.private as KeyObject).toString('base64url')}`;
  }

  stop(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    this.server.closeAllConnections();
    return new Promise((down) => this.server.close(() => down()));
  }

  private published(): object[] {
    return [...this.keys].map(([kid, key]) => ({ ...key.public.export({ format: 'jwk' }), kid, use: 'sig' }));
  }
}

describe('tokens of an OpenID Connect issuer', () => {
  const issuer = new Issuer();
  let authenticator: Authenticator;
  beforeAll(async () => {
    await issuer.start();
    issuer.useKey('first');
    const env = {
      DECKLOG_OIDC_ISSUER_URL: issuer.url,
      DECKLOG_OIDC_CLIENT_ID: 'decklog',
      DECKLOG_OIDC_GROUPS_CLAIM: 'groups',
      DECKLOG_OIDC_GROUPS_PREFIX: 'oidc:',
      DECKLOG_OIDC_REQUIRED_CLAIM: 'tenant=here',
      DECKLOG_OIDC_CA_FILE: 'ca',
    };
    authenticator = new Authenticator(issuersOf(env, () => issuer.ca).map((settings) => new OidcTokens(settings)));
  });
  afterAll(() => issuer.stop());

  /** As the server does with each request. */
  async function who(token: string): Promise<User> {
    const headers = { authorization: `Bearer ${token}` };
    await authenticator.ready(headers);
    return authenticator.authenticate(headers, {} as TLSSocket);
  }

  test('say who somebody is; the keys are asked for once', async () => {
    const claims = { tenant: 'here', groups: ['dev', 'ops'] };
    const [one, two] = await Promise.all([who(issuer.token(claims)), who(issuer.token({ ...claims, sub: 'joe' }))]);
    expect([one, two]).toEqual([
      { name: `${issuer.url}#jane`, groups: ['oidc:dev', 'oidc:ops', 'system:authenticated'] },
      { name: `${issuer.url}#joe`, groups: ['oidc:dev', 'oidc:ops', 'system:authenticated'] },
    ]);
    expect(issuer.asked).toBe(2); // where the keys are, and the keys
    expect(authenticator.ready({ authorization: `Bearer ${issuer.token(claims)}` })).toBeUndefined();
  });

  test.each([
    ['for somebody else', { aud: 'other' }, {}],
    ['that is over', { exp: Math.floor(Date.now() / 1000) - 1 }, {}],
    ['that is not good yet', { nbf: Math.floor(Date.now() / 1000) + 3600 }, {}],
    ['without an end', { exp: undefined }, {}],
    ['without what is required', { tenant: 'there' }, {}],
    ['without a name', { sub: undefined }, {}],
    ['signed in another way', {}, { alg: 'RS512' }],
    ['that is not signed', {}, { alg: 'none' }],
  ])('one %s is refused', async (_, claims, header) => {
    await expect(who(issuer.token({ tenant: 'here', ...claims }, header))).rejects.toMatchObject({ code: 401 });
  });

  test('one that was changed, and one of another issuer, are refused', async () => {
    const [head = '', body = '', signature = ''] = issuer.token({ tenant: 'here' }).split('.');
    const forged = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), sub: 'admin' })).toString('base64url');
    await expect(who(`${head}.${forged}.${signature}`)).rejects.toMatchObject({ code: 401 });
    await expect(who(issuer.token({ tenant: 'here', iss: 'https://elsewhere' }))).rejects.toMatchObject({ code: 401 });
  });

  test('can be reviewed: they are good for the API server and nobody else', async () => {
    const token = issuer.token({ tenant: 'here', sub: 'reviewed' });
    expect(await authenticator.inspect(token, ['vault', 'api'], 'api')).toEqual({
      user: { name: `${issuer.url}#reviewed`, groups: ['system:authenticated'] },
      audiences: ['api'],
    });
    await expect(authenticator.inspect(token, ['vault'], 'api')).rejects.toMatchObject({ code: 401 });
    await expect(authenticator.inspect(issuer.token({ tenant: 'there' }), ['api'], 'api')).rejects.toMatchObject({ code: 401 });
  });

  test('an issuer may change its keys: new ones are asked for, old ones are good for nothing', async () => {
    const old = issuer.token({ tenant: 'here', sub: 'old' });
    issuer.useKey('second');
    expect(await who(issuer.token({ tenant: 'here' }))).toMatchObject({ name: `${issuer.url}#jane` });
    await expect(who(old)).rejects.toMatchObject({ code: 401 });
  });

  test('an issuer that cannot be asked is believed nothing', async () => {
    // whose authority this machine does not know
    const settings = issuersOf({ DECKLOG_OIDC_ISSUER_URL: issuer.url, DECKLOG_OIDC_CLIENT_ID: 'decklog' });
    const strict = new Authenticator(settings.map((one) => new OidcTokens(one)));
    const headers = { authorization: `Bearer ${issuer.token({})}` };
    await strict.ready(headers);
    expect(() => strict.authenticate(headers, {} as TLSSocket)).toThrow('Unauthorized');
  });
});
