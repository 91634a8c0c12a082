import { ClusterRole } from '#lib/api/rbac/clusterrole';
import { ClusterRoleBinding } from '#lib/api/rbac/clusterrolebinding';
import { MemoryLog } from '#lib/log/memory-log';
import { bootstrap } from './bootstrap';
import { anApi, type AnApi } from '../testing/an-api';

const AT = { ip: '10.0.0.1', port: 6443 };
const again = ({ kernel }: AnApi): Promise<void> => bootstrap(kernel.world, kernel.writer, AT);
const roleOf = ({ kernel }: AnApi, name: string) => kernel.world.get(ClusterRole, '', name);

describe('a start on a cluster that exists', () => {
  test('gives roles and bindings what they lack and takes nothing away', async () => {
    const api = await anApi();
    const more = { verbs: ['get'], apiGroups: ['example.com'], resources: ['boats'] };
    const mine = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'bob' };
    const before = roleOf(api, 'system:auth-delegator')?.rules ?? [];
    await api.change(ClusterRole, '', 'system:auth-delegator', (role) => ({ ...role, rules: [more, before[0]] }) as never);
    await api.change(ClusterRoleBinding, '', 'system:discovery', (binding) => ({ ...binding, subjects: [mine] }) as never);
    await again(api);
    expect(roleOf(api, 'system:auth-delegator')?.rules).toEqual([more, before[0], before[1]]);
    expect(api.kernel.world.get(ClusterRoleBinding, '', 'system:discovery')?.subjects).toMatchObject([mine, { name: 'system:authenticated' }]);
  });

  test('leaves a role alone whose owner says so', async () => {
    const api = await anApi();
    await api.change(
      ClusterRole,
      '',
      'system:monitoring',
      (role) =>
        ({
          ...role,
          metadata: { ...role.metadata, annotations: { 'rbac.authorization.k8s.io/autoupdate': 'false' } },
          rules: [],
        }) as never,
    );
    await again(api);
    expect(roleOf(api, 'system:monitoring')?.rules ?? []).toEqual([]);
  });

  test('two servers may start on an empty log at once', async () => {
    const log = new MemoryLog();
    const [one, two] = await Promise.all([anApi(log), anApi(log)]);
    for (const { kernel } of [one, two]) await kernel.world.catchUp();
    expect(roleOf(one, 'view')?.metadata.uid).toBe(roleOf(two, 'view')?.metadata.uid);
  });

  test('writes nothing when nothing is missing', async () => {
    const api = await anApi();
    const { revision } = api.kernel.world;
    await again(api);
    expect(api.kernel.world.revision).toBe(revision);
  });

  test('admin holds all of edit, edit all of view, and each says what it is collected from', async () => {
    const api = await anApi();
    const rules = (name: string): string[] => (roleOf(api, name)?.rules ?? []).map((rule) => JSON.stringify(rule));
    expect(rules('admin')).toEqual(expect.arrayContaining(rules('edit')));
    expect(rules('edit')).toEqual(expect.arrayContaining(rules('view')));
    expect(rules('view').length).toBeGreaterThan(3);
    expect(roleOf(api, 'view')).toMatchObject({
      metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' } },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }] },
    });
  });
});
