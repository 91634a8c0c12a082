import { ConfigMap } from '#lib/api/core/configmap';
import type { KubeObject } from '#lib/api/meta';
import { anApi, type AnApi } from '../testing/an-api';
import { Continuations } from './continuations';
import { listOf, type Page } from './list';

const configMap = (name: string, labels: Record<string, string> = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels } });

describe('a list in pages', () => {
  const names = (page: Page): string[] => page.objects.map((object) => object.metadata.name);
  let api: AnApi;
  beforeEach(async () => {
    api = await anApi();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await api.create(ConfigMap, configMap(name));
  });

  const page = (query: string, continuations = api.kernel.continuations): Promise<Page> =>
    Promise.resolve(listOf(api.kernel.world, { kind: ConfigMap, namespace: 'default', query: new URLSearchParams(query) }, continuations));

  test('shows one revision, whatever happens between the pages', async () => {
    const first = await page('limit=2');
    expect([names(first), first.remaining]).toEqual([['a', 'b'], 3]);
    await api.remove(ConfigMap, 'default', 'c');
    await api.create(ConfigMap, configMap('bb'));
    const second = await page(`limit=2&continue=${first.next}`);
    const third = await page(`continue=${second.next}`);
    expect([names(second), names(third), third.next]).toEqual([['c', 'd'], ['e'], '']);
    expect(third.revision).toBe(first.revision);
  });

  test('goes on after a restart, from the log', async () => {
    const first = await page('limit=2');
    await api.remove(ConfigMap, 'default', 'c');
    const reopened = await anApi(api.log);
    const rest = await page(`continue=${first.next}`, reopened.kernel.continuations);
    expect(names(rest)).toEqual(['c', 'd', 'e']);
  });

  test('expires, and offers a token that goes on inconsistently', async () => {
    let now = 0;
    const { past, world } = api.kernel;
    const continuations = new Continuations(
      () => world,
      (revision, { kind }) => past.worldAt(kind, revision),
      () => now,
      1000,
    );
    const first = await page('limit=2', continuations);
    now = 2000;
    const refusal = (await page(`limit=2&continue=${first.next}`, continuations).catch((error: unknown) => error)) as {
      status: { code: number; reason: string; metadata: { continue: string } };
    };
    expect(refusal.status).toMatchObject({ code: 410, reason: 'Expired' });
    await api.create(ConfigMap, configMap('bb'));
    expect(names(await page(`continue=${refusal.status.metadata.continue}`, continuations))).toEqual(['bb', 'c', 'd', 'e']);
  });

  test('refuses a token that it did not make', async () => {
    await expect(page('continue=nonsense')).rejects.toMatchObject({ code: 400 });
  });
});

describe('the past', () => {
  test('gives the same bytes as the live list gave then, with checkpoints in between', async () => {
    const api = await anApi();
    const taken: [number, string][] = [];
    for (let i = 0; i < 40; i++) {
      await api.create(ConfigMap, configMap(`cm-${i % 13}-${i}`));
      if (i % 3 === 0) await api.remove(ConfigMap, 'default', `cm-${i % 13}-${i}`);
      taken.push([api.kernel.world.revision, JSON.stringify(api.kernel.world.list(ConfigMap))]);
      if (i === 20) {
        const live = api.kernel.world.kinds().flatMap((kind) => api.kernel.world.list(kind).map((o) => Number((o as KubeObject).metadata.resourceVersion)));
        await api.log.saveCheckpoint({ revision: api.kernel.world.revision, live: live.sort((a, b) => a - b) });
      }
    }
    for (const [revision, text] of taken) expect(JSON.stringify((await api.kernel.past.worldAt(ConfigMap, revision)).list(ConfigMap))).toBe(text);
  });

  test('knows revisions and times, and nothing of the future', async () => {
    const { past, world } = (await anApi()).kernel;
    expect(await past.revisionOf('7', world.revision)).toBe(7);
    expect(await past.revisionOf(new Date(Date.now() + 1000).toISOString(), world.revision)).toBe(world.revision);
    await expect(past.revisionOf(new Date(Date.now() + 3_600_000).toISOString(), world.revision)).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining('is in the future') as string,
    });
    await expect(past.revisionOf('999999', world.revision)).rejects.toMatchObject({ code: 400 });
    await expect(past.revisionOf('yesterday', world.revision)).rejects.toMatchObject({ code: 400 });
  });
});
