import { Secret } from '#lib/api/core/secret';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { build } from '#lib/reconcile/testing/builders/object';
import { given } from '#lib/reconcile/testing/given';
import { serviceAccountToken } from './service-account-token.controller';

const decide = given(serviceAccountToken);
const robot = build(ServiceAccount, { name: 'robot', namespace: 'shop' }, {});
const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';
const secret = (annotations: Record<string, string>, data: Record<string, string> = {}, type = 'kubernetes.io/service-account-token'): Secret =>
  build(Secret, { name: 'robot-token', namespace: 'shop', annotations }, { type, data } as never);

describe('service-account-token', () => {
  test('removes a token whose account is gone, or is another one of that name', () => {
    expect(decide(secret({ [NAME]: 'robot' }))).toMatchObject([{ do: 'remove', ref: { name: 'robot-token' } }]);
    expect(decide(secret({ [NAME]: 'robot', [UID]: 'earlier' }), robot)).toMatchObject([{ do: 'remove' }]);
  });

  test('has an empty one filled', () => {
    expect(decide(secret({ [NAME]: 'robot' }), robot)).toMatchObject([{ do: 'patch', patch: { metadata: { annotations: { [UID]: robot.metadata.uid } } } }]);
  });

  test('leaves a filled one alone, and Secrets of other types', () => {
    expect(decide(secret({ [NAME]: 'robot', [UID]: robot.metadata.uid }, { token: 'eA==' }), robot)).toEqual([]);
    expect(decide(secret({ [NAME]: 'nobody' }, {}, 'Opaque'))).toEqual([]);
  });
});
