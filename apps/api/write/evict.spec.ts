import { Pod } from '#lib/api/core/pod/pod';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { PodDisruptionBudget } from '#lib/api/policy/poddisruptionbudget';
import { anApi, type AnApi } from '../testing/an-api';
import { attemptEvict } from './evict';
import type { WriteRequest } from './request';

const ORIGIN = { actor: { user: 'alice', groups: ['system:masters'] }, request: { id: 'r-1', verb: 'create' } };
const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'web' } },
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'a', image: 'nginx' }] },
});
const running = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };

describe('an eviction', () => {
  let api: AnApi;
  beforeEach(async () => {
    api = await anApi();
    await api.create(ServiceAccount, { metadata: { name: 'default' } });
    await api.create(PodDisruptionBudget, { metadata: { name: 'web' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } });
    for (const name of ['a', 'b']) {
      const made = await api.create<Pod>(Pod, pod(name));
      await api.update(Pod, { ...made, status: { ...made.status, ...running } } as Pod, 'status');
    }
  });
  const allow = async (disruptionsAllowed: number) => {
    const budget = api.kernel.world.get(PodDisruptionBudget, 'default', 'web') as PodDisruptionBudget;
    const status = { disruptionsAllowed, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2, observedGeneration: 1 };
    await api.update(PodDisruptionBudget, { ...budget, status } as PodDisruptionBudget, 'status');
  };
  const evict = (name: string) => {
    const request: WriteRequest = {
      kind: Pod,
      namespace: 'default',
      name,
      subresource: 'eviction',
      origin: ORIGIN,
      now: new Date(),
      dryRun: false,
      warnings: [],
    };
    return api.kernel.writer.submit(ORIGIN, attemptEvict(request, {}));
  };

  test('deletes the pod, which says why it went, and takes one from its budget', async () => {
    await allow(1);
    const { object, gone } = await evict('a');
    expect(gone).toBe(true);
    expect((object as Pod).status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }),
    );
    const budget = api.kernel.world.get(PodDisruptionBudget, 'default', 'web');
    expect(budget?.status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { a: expect.any(String) as string } });
  });

  test('two at once do not spend the same', async () => {
    await allow(1);
    const results = await Promise.allSettled([evict('a'), evict('b')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((result) => result.status === 'rejected')).toMatchObject({
      reason: { code: 429, status: { details: { causes: [{ reason: 'DisruptionBudget' }] } } },
    });
    expect(api.kernel.world.list(Pod, 'default')).toHaveLength(1);
  });

  test('that is refused changes nothing', async () => {
    await allow(0);
    const before = api.kernel.world.revision;
    await expect(evict('a')).rejects.toMatchObject({ code: 429 });
    await expect(evict('nobody')).rejects.toMatchObject({ code: 404 });
    expect(api.kernel.world.revision).toBe(before);
  });
});
