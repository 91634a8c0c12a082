import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { anApi } from '../testing/an-api';
import { Authenticator } from './authenticator';
import { StaticTokens } from './static-tokens';
import { ISSUER } from './tokens';

const NOW = Math.floor(Date.now() / 1000);

/** What a TokenReview is answered from. */
describe('whoever asks about a token', () => {
  const told = async (audiences: readonly string[], more: object = {}): Promise<unknown> => {
    const { kernel, create } = await anApi();
    const { uid, name } = (await create<ServiceAccount>(ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } })).metadata;
    const about = { namespace: 'default', serviceaccount: { name, uid } };
    const token = kernel.tokens.issue({
      iss: ISSUER,
      sub: 'robot',
      aud: [ISSUER, 'vault'],
      exp: NOW + 600,
      iat: NOW,
      nbf: NOW - 1,
      jti: '',
      'kubernetes.io': about,
      ...more,
    });
    return new Authenticator([new StaticTokens('s3cret,fred,7,"dev"'), kernel.tokens]).inspect(token, audiences, ISSUER).then(
      (found) => [found.user.name, found.user.groups, found.audiences],
      (error: Error) => error.cause,
    );
  };

  test('learns whose it is, and for which of his audiences', async () => {
    const robot = ['system:serviceaccount:default:robot', ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated']];
    expect(await told([ISSUER])).toEqual([...robot, [ISSUER]]);
    expect(await told(['db', 'vault'])).toEqual([...robot, ['vault']]);
  });

  test('learns why a token of a service account is good for nothing', async () => {
    expect(await told(['db', 'web'])).toBe(`token audiences ["${ISSUER}" "vault"] is invalid for the target audiences ["db" "web"]`);
    expect(await told([ISSUER], { exp: NOW - 1 })).toBe('service account token has expired');
    expect(await told([ISSUER], { nbf: NOW + 60 })).toBe('service account token is not valid yet');
  });

  test('finds tokens that know of no audience good for the API server alone', async () => {
    const fixed = new Authenticator([new StaticTokens('s3cret,fred,7,"dev"')]);
    expect(await fixed.inspect('s3cret', ['vault', ISSUER], ISSUER)).toEqual({
      user: { name: 'fred', uid: '7', groups: ['dev', 'system:authenticated'] },
      audiences: [ISSUER],
    });
    await expect(fixed.inspect('s3cret', ['vault'], ISSUER)).rejects.toMatchObject({ code: 401 });
    await expect(fixed.inspect('other', [ISSUER], ISSUER)).rejects.toMatchObject({ code: 401 });
  });
});
