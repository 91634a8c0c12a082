import { ClusterRole } from '#lib/api/rbac/clusterrole';
import { ConfigMap } from '#lib/api/core/configmap';
import { Role } from '#lib/api/rbac/role';
import { RoleBinding } from '#lib/api/rbac/rolebinding';
import { anApi, type AnApi } from '../testing/an-api';
import { HistoryAccess } from './access';

const API = 'rbac.authorization.k8s.io';

/** bob has these rules in `default`. */
async function bobWith(rules: object[]): Promise<{ api: AnApi; bob: HistoryAccess }> {
  const api = await anApi();
  await api.create(Role, { apiVersion: `${API}/v1`, kind: 'Role', metadata: { name: 'bobs' }, rules });
  await api.create(RoleBinding, {
    apiVersion: `${API}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'bobs' },
    roleRef: { apiGroup: API, kind: 'Role', name: 'bobs' },
    subjects: [{ apiGroup: API, kind: 'User', name: 'bob' }],
  });
  return { api, bob: new HistoryAccess(api.kernel.authorizer, { name: 'bob', groups: ['system:authenticated'] }) };
}

const configMap = (name: string, namespace = 'default') => ({ resource: 'configmaps', namespace, name });
const rule = (verbs: string[], resources = ['configmaps'], more = {}) => ({ verbs, apiGroups: ['', 'apps'], resources, ...more });

describe('what somebody may see of the past', () => {
  test('takes both verbs, each on the object', async () => {
    for (const verbs of [['get'], ['history'], ['list', 'watch']]) expect((await bobWith([rule(verbs)])).bob.sees(configMap('a'))).toBe(false);
    const { bob } = await bobWith([rule(['get']), rule(['history'])]);
    expect([bob.sees(configMap('a')), bob.sees(configMap('a', 'other')), bob.sees({ ...configMap('a'), resource: 'secrets' })]).toEqual([true, false, false]);
    expect(bob.sees({ resource: 'deployments.apps', namespace: 'default', name: 'a' })).toBe(false);
  });

  test('can be single objects, and a group', async () => {
    const { bob } = await bobWith([rule(['get']), rule(['history'], ['configmaps'], { resourceNames: ['a'] }), rule(['get', 'history'], ['deployments'])]);
    expect([bob.sees(configMap('a')), bob.sees(configMap('b'))]).toEqual([true, false]);
    expect(bob.sees({ resource: 'deployments.apps', namespace: 'default', name: 'a' })).toBe(true);
  });

  test('is a namespace itself by a role inside it', async () => {
    const { bob } = await bobWith([rule(['get', 'history'], ['namespaces'])]);
    expect(bob.sees({ resource: 'namespaces', namespace: '', name: 'default' })).toBe(true);
    expect(bob.sees({ resource: 'namespaces', namespace: '', name: 'kube-system' })).toBe(false);
  });

  test('is refused in the words of RBAC, with the verb that is missing', async () => {
    const { bob } = await bobWith([rule(['get'])]);
    expect(() => bob.require(ConfigMap, 'default', 'a')).toThrow(
      'configmaps "a" is forbidden: User "bob" cannot history resource "configmaps" in API group "" in the namespace "default"',
    );
    expect(() => bob.require(ClusterRole, '', 'a')).toThrow('cannot get resource "clusterroles"');
  });
});
