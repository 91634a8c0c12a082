import { ConfigMap } from '#lib/api/core/configmap';
import { anApi } from '../testing/an-api';
import { OtherWriters } from './other-writers';

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

describe('two API servers on one log', () => {
  test('see what the other wrote, and from then on confirm the head before they read', async () => {
    const one = await anApi();
    const two = await anApi(one.log);
    const others = new OtherWriters(one.log, one.kernel.world, one.kernel.writer);
    expect(others.confirm()).toBeUndefined();
    await two.create(ConfigMap, configMap('theirs'));
    await one.kernel.world.until(() => one.kernel.world.get(ConfigMap, 'default', 'theirs') !== undefined, 2000);
    expect(one.kernel.world.get(ConfigMap, 'default', 'theirs')).toBeDefined();
    await new Promise((next) => setTimeout(next, 10));

    await two.create(ConfigMap, configMap('next'));
    await others.confirm();
    expect(one.kernel.world.get(ConfigMap, 'default', 'next')).toBeDefined();
    others.stop();
  });

  test('apply each entry once, also while they write themselves', async () => {
    const one = await anApi();
    const two = await anApi(one.log);
    const seen: number[] = [];
    one.kernel.world.onChange((change) => seen.push(change.revision));
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        await Promise.all([one.create(ConfigMap, configMap(`one-${i}`)), two.create(ConfigMap, configMap(`two-${i}`)), one.kernel.writer.refresh()]);
      }),
    );
    await one.kernel.writer.refresh();
    expect(seen).toEqual(seen.map((_, i) => (seen[0] as number) + i));
    expect(one.kernel.world.revision).toBe((await one.log.head()).revision);
  });
});
