import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { build } from '#lib/reconcile/testing/builders/object';
import { aNamespace } from '#lib/reconcile/testing/builders/namespace';
import { given } from '#lib/reconcile/testing/given';
import { secondsAgo } from '#lib/reconcile/testing/now';
import { serviceAccount } from './service-account.controller';

const decide = given(serviceAccount);

describe('service-account', () => {
  test('makes the default account where it is missing', () => {
    expect(decide(aNamespace({ name: 'shop' }))).toEqual([
      { do: 'create', object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'shop' } } },
    ]);
  });

  test('asks for nothing where it is, or where the namespace is going', () => {
    expect(decide(aNamespace({ name: 'shop' }), build(ServiceAccount, { name: 'default', namespace: 'shop' }, {}))).toEqual([]);
    expect(decide(aNamespace({ name: 'shop', deleted: secondsAgo(1) }))).toEqual([]);
  });
});
