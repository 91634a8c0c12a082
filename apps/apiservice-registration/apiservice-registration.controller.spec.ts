import { APIService, AUTOMANAGED } from '#lib/api/apiregistration/apiservice';
import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { build } from '#lib/reconcile/testing/builders/object';
import { given } from '#lib/reconcile/testing/given';
import { apiServiceRegistration } from './apiservice-registration.controller';

const decide = given(apiServiceRegistration);
const NAME = 'v1.example.com';
const aDefinition = (served = true): CustomResourceDefinition =>
  build(CustomResourceDefinition, { name: 'widgets.example.com' }, {
    spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions: [{ name: 'v1', served, storage: true }] },
  } as never);
const spec = { group: 'example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 100 };
const registered = (more: object = {}, labels: Record<string, string> = { [AUTOMANAGED]: 'true' }): APIService =>
  build(APIService, { name: NAME, labels }, { spec: { ...spec, ...more } });

describe('apiservice-registration', () => {
  test('registers what a definition serves', () => {
    expect(decide(NAME, aDefinition())).toEqual([
      {
        do: 'create',
        object: { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: NAME, labels: { [AUTOMANAGED]: 'true' } }, spec },
      },
    ]);
    expect(decide(NAME, aDefinition(), registered())).toEqual([]);
  });

  test('removes what nobody serves any more', () => {
    expect(decide(NAME, registered())).toMatchObject([{ do: 'remove', ref: { name: NAME } }]);
    expect(decide(NAME, aDefinition(false), registered())).toMatchObject([{ do: 'remove' }]);
  });

  test('puts right what was changed', () => {
    const changed = registered({ service: { namespace: 'a', name: 'b' } });
    expect(decide(NAME, aDefinition(), changed)).toMatchObject([{ do: 'update', object: { spec } }]);
  });

  test('leaves alone what somebody registered himself', () => {
    const own = registered({ service: { namespace: 'a', name: 'b' } }, {});
    expect(decide(NAME, own)).toEqual([]);
    expect(decide(NAME, aDefinition(), own)).toEqual([]);
  });

  test('the versions that a definition had are looked at again, too', () => {
    const previous = { ...aDefinition(), spec: { ...aDefinition().spec, versions: [{ name: 'v0', served: true, storage: true }] } } as CustomResourceDefinition;
    const keys = apiServiceRegistration.keys(
      { revision: 2, type: 'MODIFIED', kind: CustomResourceDefinition, object: aDefinition(), previous },
      undefined as never,
    );
    expect([...keys]).toEqual([NAME, 'v0.example.com']);
  });
});
