import { fromBase64, toBase64 } from '#lib/api/base64';
import { Secret } from '#lib/api/core/secret';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { createPublicKey } from 'node:crypto';
import { anApi, type AnApi } from '../testing/an-api';
import { BootstrapTokens } from './bootstrap-tokens';
import { isSignedBy, readToken } from './jwt';

const KIND = { apiVersion: 'v1', kind: 'Secret' };
let api: AnApi;
beforeAll(async () => {
  api = await anApi();
  await api.create(ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } });
});

describe('a token Secret', () => {
  const make = (name: string, account = 'robot'): Promise<Secret> =>
    api.create(Secret, {
      ...KIND,
      metadata: { name, annotations: { 'kubernetes.io/service-account.name': account } },
      type: 'kubernetes.io/service-account-token',
    });

  test('holds a token that speaks for its account from the start, until it is deleted', async () => {
    const secret = await make('robot-token');
    const token = fromBase64(secret.data?.token ?? '');
    expect(fromBase64(secret.data?.namespace ?? '')).toBe('default');
    expect(api.kernel.tokens.check(token)).toMatchObject({ name: 'system:serviceaccount:default:robot' });
    await api.remove(Secret, 'default', 'robot-token');
    expect(() => api.kernel.tokens.check(token)).toThrow('Unauthorized');
  });

  test('is good for the API server alone, and can be checked with the published key', async () => {
    const token = fromBase64((await make('other-token')).data?.token ?? '');
    expect(() => api.kernel.tokens.checkFor(token, ['vault'])).toThrow('Unauthorized');
    const [key] = api.kernel.tokens.keySet().keys as { kid: string }[];
    expect(isSignedBy(readToken(token)!, createPublicKey({ key: key as never, format: 'jwk' }))).toBe(true);
    expect(readToken(token)?.header.kid).toBe(key?.kid);
  });

  test('stays empty while its account is not there', async () => {
    expect((await make('early', 'nobody')).data).toBeUndefined();
  });
});

describe('a bootstrap token', () => {
  const secretOf = (id: string, more: Record<string, string>): Promise<unknown> => {
    const data = { 'token-id': id, 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true', ...more };
    return api.create(Secret, {
      ...KIND,
      metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, toBase64(value)])),
    });
  };
  const check = (id: string, secret = '0123456789abcdef') => new BootstrapTokens(api.kernel.world).check(`${id}.${secret}`);

  test('speaks for a node that joins', async () => {
    await secretOf('abcdef', { 'auth-extra-groups': 'system:bootstrappers:workers', expiration: '2999-01-01T00:00:00Z' });
    expect(check('abcdef')).toEqual({ name: 'system:bootstrap:abcdef', groups: ['system:bootstrappers', 'system:bootstrappers:workers'] });
    expect(check('abcdef', 'ffffffffffffffff')).toBeUndefined();
    expect(check('zzzzzz')).toBeUndefined();
  });

  test.each([
    ['aaaaa1', { expiration: '2020-01-01T00:00:00Z' }],
    ['aaaaa2', { expiration: 'soon' }],
    ['aaaaa3', { 'usage-bootstrap-authentication': 'false' }],
    ['aaaaa4', { 'auth-extra-groups': 'system:masters' }],
    ['aaaaa5', { 'token-id': 'other1' }],
  ])('%s with %j speaks for nobody', async (id, more) => {
    await secretOf(id, more);
    expect(check(id)).toBeUndefined();
  });
});
