import { ClusterRole } from '#lib/api/rbac/clusterrole';
import { RoleBinding } from '#lib/api/rbac/rolebinding';
import { anApi, type AnApi } from '../testing/an-api';
import { authorizerAt } from './past-authorizer';

const RBAC = 'rbac.authorization.k8s.io';
const bob = { name: 'bob', groups: ['system:authenticated'] };
const deletePods = (namespace: string) => ({ verb: 'delete', group: '', resource: 'pods', namespace, name: '' });

/** bob may delete pods in `default`, and from the second revision on nobody may. */
async function constructed(): Promise<{ api: AnApi; then: number; now: number }> {
  const api = await anApi();
  const role = {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'pod-killer' },
    rules: [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'] }],
  };
  await api.create(ClusterRole, role);
  await api.create(RoleBinding, {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'killers' },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'pod-killer' },
    subjects: [
      { apiGroup: RBAC, kind: 'User', name: 'bob' },
      { kind: 'ServiceAccount', name: 'reaper', namespace: 'kube-system' },
    ],
  });
  const then = api.kernel.world.revision;
  await api.remove(RoleBinding, 'default', 'killers');
  return { api, then, now: api.kernel.world.revision };
}

describe('RBAC as it was', () => {
  test('allows what was allowed then, and only that', async () => {
    const { api, then, now } = await constructed();
    expect((await authorizerAt(api.log, then)).allows(bob, deletePods('default'))).toContain('RoleBinding "killers/default"');
    expect((await authorizerAt(api.log, then)).allows(bob, deletePods('kube-system'))).toBeUndefined();
    expect((await authorizerAt(api.log, now)).allows(bob, deletePods('default'))).toBeUndefined();
    expect((await authorizerAt(api.log, then - 1)).allows(bob, deletePods('default'))).toBeUndefined();
  });

  test('names everybody who was allowed, by which binding', async () => {
    const { api, then, now } = await constructed();
    const who = async (revision: number) =>
      (await authorizerAt(api.log, revision)).whoMay(deletePods('default')).map(({ kind, name, namespace, binding }) => [kind, name, namespace, binding.name]);
    const always = await who(now);
    expect(always).toContainEqual(['Group', 'system:masters', undefined, 'cluster-admin']);
    expect((await who(then)).filter((one) => !always.some((other) => other[1] === one[1] && other[3] === one[3]))).toEqual([
      ['User', 'bob', undefined, 'killers'],
      ['ServiceAccount', 'reaper', 'kube-system', 'killers'],
    ]);
  });
});
