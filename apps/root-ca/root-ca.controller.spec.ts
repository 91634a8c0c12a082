import { aConfigMap } from '#lib/reconcile/testing/builders/configmap';
import { aNamespace } from '#lib/reconcile/testing/builders/namespace';
import { given } from '#lib/reconcile/testing/given';
import { secondsAgo } from '#lib/reconcile/testing/now';
import { rootCa } from './root-ca.controller';

const decide = given(rootCa(() => 'read')).knowing({ ca: 'PEM' });
const shop = aNamespace({ name: 'shop' });
const published = (ca: string, annotations?: Record<string, string>) =>
  aConfigMap({ name: 'kube-root-ca.crt', namespace: 'shop', data: { 'ca.crt': ca }, annotations });

describe('root-ca', () => {
  test('publishes the certificates that were gathered', () => {
    expect(decide(shop)).toMatchObject([
      {
        do: 'create',
        object: {
          kind: 'ConfigMap',
          metadata: {
            name: 'kube-root-ca.crt',
            namespace: 'shop',
            annotations: { 'kubernetes.io/description': expect.stringContaining('verify the kube-apiserver') },
          },
          data: { 'ca.crt': 'PEM' },
        },
      },
    ]);
    expect(rootCa(() => 'read').gather?.(shop, undefined as never, new Date())).toEqual({ ca: 'read' });
  });

  test('restores them when somebody changed them', () => {
    const described = { 'kubernetes.io/description': 'x' };
    expect(decide(shop, published('PEM', described))).toEqual([]);
    expect(decide(shop, published('other', described))).toMatchObject([{ do: 'update', object: { data: { 'ca.crt': 'PEM' } } }]);
    expect(decide(shop, published('PEM'))).toMatchObject([{ do: 'update' }]);
  });

  test('leaves namespaces alone that are being deleted', () => {
    expect(decide(aNamespace({ name: 'shop', deleted: secondsAgo(1) }))).toEqual([]);
  });
});
