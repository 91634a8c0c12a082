import { ConfigMap } from '#lib/api/core/configmap';
import { Namespace } from '#lib/api/core/namespace';
import { Secret } from '#lib/api/core/secret';
import { kinds } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { worldAt } from '#lib/log/fold';
import { seeded } from '#lib/reconcile/seeded';
import { anApi, type AnApi } from '../testing/an-api';
import { applyUnified } from '../testing/apply-unified';
import { clusterDiff, type DiffLine, type DiffScope, type DiffSummary } from './cluster-diff';
import { comparableYaml } from './object-diff';
import { HistoryReader } from './reader';

const everything = { all: true, sees: () => true };

async function diffOf(api: AnApi, scope: Partial<DiffScope> & { from: number; to: number }, secrets = false) {
  const lines: (DiffLine | DiffSummary)[] = [];
  for await (const line of clusterDiff(new HistoryReader(api.log, api.kernel.sealer, secrets), { ...everything, ...scope })) lines.push(line);
  return { objects: lines.slice(0, -1) as DiffLine[], summary: lines.at(-1) as DiffSummary };
}

const aConfigMap = (name: string, data: Record<string, string>) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
const put = (api: AnApi, name: string, data: Record<string, string>) => api.change(ConfigMap, 'default', name, (current) => ({ ...current, data }) as never);

describe('the diff of two moments', () => {
  test('says what came, went and changed, and how', async () => {
    const api = await anApi();
    await api.create(ConfigMap, aConfigMap('stays', { a: '1' }));
    await api.create(ConfigMap, aConfigMap('changes', { a: '1' }));
    await api.create(ConfigMap, aConfigMap('goes', { a: '1' }));
    const from = api.kernel.world.revision;
    await put(api, 'changes', { a: '2' });
    await put(api, 'stays', { a: '2' });
    await put(api, 'stays', { a: '1' });
    await api.remove(ConfigMap, 'default', 'goes');
    await api.create(ConfigMap, aConfigMap('comes', { a: '1' }));
    const { objects, summary } = await diffOf(api, { from, to: api.kernel.world.revision });
    expect(objects.map(({ name, change, fields }) => [name, change, fields])).toEqual([
      ['changes', 'changed', ['.data.a']],
      ['comes', 'added', undefined],
      ['goes', 'removed', undefined],
    ]);
    expect(objects[0]?.diff.split('\n').slice(0, 2)).toEqual([
      `--- a/default/configmaps/changes.yaml\t@${from - 1}`,
      `+++ b/default/configmaps/changes.yaml\t@${from + 1}`,
    ]);
    expect(objects[0]?.diff).toContain(' data:\n-  a: "1"\n+  a: "2"\n kind: ConfigMap\n');
    expect(summary).toMatchObject({ added: 1, removed: 1, changed: 1 });
  });

  test('can be of a part, and backwards', async () => {
    const api = await anApi();
    await api.create(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const from = api.kernel.world.revision;
    await api.create(ConfigMap, { ...aConfigMap('x', {}), metadata: { name: 'x', namespace: 'shop' } });
    await api.create(ConfigMap, aConfigMap('y', {}));
    const to = api.kernel.world.revision;
    expect((await diffOf(api, { from, to, namespace: 'shop' })).objects.map(({ name }) => name)).toEqual(['x']);
    expect((await diffOf(api, { from, to, resource: 'configmaps', name: 'y' })).objects.map(({ name }) => name)).toEqual(['y']);
    expect((await diffOf(api, { from: to, to: from })).objects.map(({ name, change }) => [name, change])).toEqual([
      ['y', 'removed'],
      ['x', 'removed'],
    ]);
    expect((await diffOf(api, { from, to, sees: ({ name }) => name === 'x' })).objects).toHaveLength(1);
  });

  test('tells whether a secret value changed, and what it is only when it is asked to', async () => {
    const api = await anApi();
    const secret = (value: string) => ({ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name: 's' }, data: { same: 'YQ==', other: value } });
    await api.create(Secret, secret('Yg=='));
    const from = api.kernel.world.revision;
    await api.change(Secret, 'default', 's', (current) => ({ ...current, ...{ data: secret('Yw==').data } }) as never);
    const to = api.kernel.world.revision;
    const [veiled] = (await diffOf(api, { from, to })).objects;
    expect(veiled?.fields).toEqual(['.data.other']);
    expect(veiled?.diff).toMatch(/^-  other: "\*\*\* [0-9a-f]{8}"$/m);
    expect(veiled?.diff).not.toMatch(/Yg==|Yw==|YQ==|sealed/);
    expect((await diffOf(api, { from, to }, true)).objects[0]?.diff).toContain('-  other: Yg==\n+  other: Yw==\n');
  });

  test('leads from the one state to the other, whatever happened in between', async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const api = await anApi();
      const random = seeded(seed);
      for (let i = 0; i < 40; i++) await meddle(api, random);
      const head = api.kernel.world.revision;
      for (let i = 0; i < 4; i++) {
        const [from, to] = [Math.floor(random() * head), Math.floor(random() * head)];
        expect(await patched(api, from, to)).toEqual(await yamlAt(api, to));
      }
    }
  });
});

async function yamlAt(api: AnApi, revision: number): Promise<Map<string, string>> {
  const place = ({ object }: { object: string }) => api.kernel.sealer.open(JSON.parse(object) as KubeObject);
  const world = await worldAt(api.log, revision, { place });
  const all = kinds.flatMap((kind) => (kind.storedAs ? [] : world.list(kind).map((object) => [kind, object as KubeObject] as const)));
  return new Map(
    all.map(([kind, object]) => [`${kind.resource}/${object.metadata.namespace ?? ''}/${object.metadata.name}`, comparableYaml(object)]).sort() as [
      string,
      string,
    ][],
  );
}

async function patched(api: AnApi, from: number, to: number): Promise<Map<string, string>> {
  const state = await yamlAt(api, from);
  for (const { resource, namespace, name, diff } of (await diffOf(api, { from, to }, true)).objects) {
    const key = `${resource}/${namespace}/${name}`;
    const next = applyUnified(state.get(key) ?? '', diff);
    if (next === '') state.delete(key);
    else state.set(key, next);
  }
  return new Map([...state].sort());
}

/** Makes, changes and deletes config maps and secrets. */
async function meddle(api: AnApi, random: () => number): Promise<void> {
  const pick = (n: number): number => Math.floor(random() * n);
  const [kind, of] = pick(2) === 0 ? ([ConfigMap, 'ConfigMap'] as const) : ([Secret, 'Secret'] as const);
  const name = `n${pick(4)}`;
  const data = Object.fromEntries(Array.from({ length: pick(5) }, () => [`k${pick(6)}`, Buffer.from(`v${pick(4)}`).toString('base64')]));
  const known = api.kernel.world.get(kind as typeof ConfigMap, 'default', name);
  if (!known) await api.create(kind, { apiVersion: 'v1', kind: of, metadata: { name }, data });
  else if (pick(4) === 0) await api.remove(kind, 'default', name);
  else await api.change(kind, 'default', name, (current) => ({ ...current, data }) as never);
}
