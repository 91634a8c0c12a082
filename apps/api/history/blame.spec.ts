import { sameValue } from '#lib/api/equality';
import { Deployment } from '#lib/api/apps/deployment';
import { ConfigMap } from '#lib/api/core/configmap';
import type { KubeObject } from '#lib/api/meta';
import { seeded } from '#lib/reconcile/seeded';
import { anApi, type AnApi } from '../testing/an-api';
import { blameOf, pastValues } from './blame';
import { changesBetween, fieldsOf } from './fields';
import { historyOf } from './object-history';
import { isWithin, pathOf } from './parts';
import { HistoryReader, type Version } from './reader';

const containers = (...names: string[]) => names.map((name) => ({ name, image: `${name}:1`, env: [{ name: 'MODE', value: 'a' }] }));
const aDeployment = (name = 'web') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: containers('a', 'b') } },
  },
});

type Editable = Deployment & { spec: { template: { spec: { containers: { name: string; image: string; env: { name: string; value: string }[] }[] } } } };

const versionsOf = (api: AnApi, resource = 'deployments.apps', name = 'web', uid?: string): AsyncIterable<Version> =>
  new HistoryReader(api.log, api.kernel.sealer).versions({ resources: [resource], namespace: 'default', name, ...(uid && { uid }) });

const edit = (api: AnApi, change: (draft: Editable) => void): Promise<KubeObject> =>
  api.change(Deployment, 'default', 'web', (current) => {
    change(current as Editable);
    return current;
  });

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

describe('blame', () => {
  test('names for every field the entry that gave it its value', async () => {
    const api = await anApi();
    const made = await api.create(Deployment, aDeployment());
    const scaled = await edit(api, (draft) => (draft.spec.replicas = 5));
    const blamed = new Map((await blameOf(versionsOf(api)))?.fields.map((field) => [field.path, field]));
    const by = (path: string) => [blamed.get(path)?.value, String(blamed.get(path)?.revision)];
    expect(by('.spec.replicas')).toEqual([5, scaled.metadata.resourceVersion]);
    expect(by('.metadata.generation')).toEqual([2, scaled.metadata.resourceVersion]);
    expect(by('.spec.template.spec.containers[name=a].image')).toEqual(['a:1', made.metadata.resourceVersion]);
    expect(blamed.get('.spec.replicas')).toMatchObject({ user: 'alice', type: 'MODIFIED' });
  });

  test('says of a value that the oldest version left has already that it may be older', async () => {
    const api = await anApi();
    await api.create(Deployment, aDeployment());
    await edit(api, (draft) => (draft.spec.replicas = 5));
    await edit(api, (draft) => (draft.spec.replicas = 6));
    const [, ...left] = await all(versionsOf(api)); // as after the first was pruned
    const values = await pastValues(
      (async function* () {
        yield* left;
      })(),
      '.spec.replicas',
    );
    expect(values.map(({ value, orBefore }) => [value, orBefore])).toEqual([
      [5, true],
      [6, undefined],
    ]);
  });

  test('does not take a new order of containers for a change, but sees who changed one', async () => {
    const api = await anApi();
    const made = await api.create(Deployment, aDeployment());
    const moved = await edit(api, ({ spec }) => {
      spec.template.spec.containers.reverse();
      (spec.template.spec.containers[0] as { image: string }).image = 'b:2';
    });
    const fields = (await blameOf(versionsOf(api)))?.fields ?? [];
    const set = (revision: string) => fields.filter((field) => String(field.revision) === revision).map(({ path }) => path);
    expect(set(moved.metadata.resourceVersion)).toEqual(['.metadata.generation', '.spec.template.spec.containers[name=b].image']);
    expect(set(made.metadata.resourceVersion)).toContain('.spec.template.spec.containers[name=a].image');
  });

  test('tells every value that a field ever had, over all lives of the name', async () => {
    const api = await anApi();
    await api.create(Deployment, aDeployment());
    await edit(api, (draft) => (draft.spec.replicas = 5));
    await edit(api, (draft) => (draft.metadata.labels = { app: 'other' }));
    await api.remove(Deployment, 'default', 'web');
    await api.create(Deployment, { ...aDeployment(), spec: { ...aDeployment().spec, replicas: 5 } });
    const values = await pastValues(versionsOf(api), pathOf('spec.replicas'));
    expect(values.map(({ type, value, removed }) => [type, value, removed])).toEqual([
      ['ADDED', 1, undefined],
      ['MODIFIED', 5, undefined],
      ['DELETED', undefined, true],
      ['ADDED', 5, undefined],
    ]);
  });

  test('agrees for every field with a search through all versions, whatever was done to the object', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const api = await anApi();
      await api.create(Deployment, aDeployment());
      const random = seeded(seed);
      for (let i = 0; i < 25; i++) await edit(api, (draft) => meddle(draft, random));
      const versions = await all(versionsOf(api));
      const fields = (await blameOf(versionsOf(api)))?.fields ?? [];
      const last = versions.at(-1) as Version;
      expect(fields.map(({ path }) => path).sort()).toEqual([...fieldsOf(last.object).keys()].sort());
      for (const { path, value, revision } of fields) expect([path, value, revision]).toEqual([path, ...foundBySearch(versions, path)]);
    }
  });
});

/** The value of a field now, and the first of the unbroken run of versions that have it. */
function foundBySearch(versions: readonly Version[], path: string): [unknown, number] {
  const at = (i: number): unknown => fieldsOf((versions[i] as Version).object).get(path);
  let i = versions.length - 1;
  const value = at(i);
  while (i > 0 && sameValue(at(i - 1), value)) i--;
  return [value, (versions[i] as Version).event.revision];
}

/** Any of the things that people do to a Deployment. */
function meddle(draft: Editable, random: () => number): void {
  const pick = (n: number): number => Math.floor(random() * n);
  const pods = draft.spec.template.spec;
  const labels = (draft.metadata.labels ??= {});
  [
    () => void (draft.spec.replicas = pick(3)),
    () => void (labels[`l${pick(3)}`] = `v${pick(2)}`),
    () => void delete labels[`l${pick(3)}`],
    () => void pods.containers.reverse(),
    () => void ((pods.containers[pick(pods.containers.length)] as { image: string }).image = `x:${pick(3)}`),
    () =>
      void (pods.containers.some(({ name }) => name === 'c')
        ? pods.containers.splice(
            pods.containers.findIndex(({ name }) => name === 'c'),
            1,
          )
        : pods.containers.push(...containers('c'))),
    () => void pods.containers[0]?.env.push({ name: `E${pods.containers[0].env.length}`, value: 'x' }),
    () => void Object.assign(draft.metadata, { annotations: { 'a.b/c': String(pick(2)) } }),
  ][pick(8)]?.();
}

describe('the history of an object', () => {
  test('has as many lines as the log has entries of that name, over all its lives', async () => {
    const api = await anApi();
    const made = await api.create(Deployment, aDeployment());
    await edit(api, (draft) => (draft.spec.replicas = 5));
    await api.remove(Deployment, 'default', 'web');
    await api.create(Deployment, aDeployment());
    const lines = await all(historyOf(versionsOf(api), false));
    expect(lines.map(({ type, summary }) => [type, summary])).toEqual([
      ['ADDED', 'created'],
      ['MODIFIED', 'replicas 1 → 5'],
      ['DELETED', 'deleted'],
      ['ADDED', 'created'],
    ]);
    const entries = (await all(api.log.read())).flat().filter(({ resource, name }) => resource === 'deployments.apps' && name === 'web');
    expect(lines.map(({ revision }) => revision)).toEqual(entries.map(({ revision }) => revision));
    expect(await all(historyOf(versionsOf(api, 'deployments.apps', 'web', made.metadata.uid), false))).toHaveLength(3);
  });

  test('shows what each version changed, field by field and as text', async () => {
    const api = await anApi();
    await api.create(ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app' }, data: { 'a.conf': 'x', mode: 'old' } });
    await api.change(ConfigMap, 'default', 'app', (current) => ({ ...current, data: { 'a.conf': 'x', mode: 'new' } }) as never);
    const [, second] = await all(historyOf(versionsOf(api, 'configmaps', 'app'), true));
    expect(second?.changes).toEqual([{ path: '.data.mode', before: 'old', after: 'new' }]);
    expect(second?.diff).toContain('\n-  mode: old\n+  mode: new\n');
  });
});

describe('a path', () => {
  test('may be written as people do', () => {
    expect(pathOf('spec.replicas')).toBe('.spec.replicas');
    expect(pathOf('.spec.containers[name=a].image')).toBe('.spec.containers[name=a].image');
    expect(pathOf('metadata.annotations.a\\.b/c')).toBe('.metadata.annotations["a.b/c"]');
    expect(pathOf('metadata.annotations["a.b/c"]')).toBe('.metadata.annotations["a.b/c"]');
    expect(() => pathOf('spec..x')).toThrow('cannot be read from');
    expect(() => pathOf('spec.containers[0]')).toThrow('[name=web]');
  });

  test('holds all that lies below it, and no neighbour', () => {
    expect(isWithin('.spec.replicas', '.spec')).toBe(true);
    expect(isWithin('.spec.list["x"]', '.spec.list.x')).toBe(true);
    expect(isWithin('.specific', '.spec')).toBe(false);
    expect(isWithin('.spec', '.spec.replicas')).toBe(false);
  });
});

test('a list without keys is one field, and a set has one for each of its values', () => {
  const pod = (finalizers: string[], args: string[]): KubeObject =>
    ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', finalizers }, spec: { containers: [{ name: 'c', args }] } }) as never;
  expect(changesBetween(pod(['a/x', 'a/y'], ['1', '2']), pod(['a/y', 'a/z'], ['2']))).toEqual([
    { path: '.metadata.finalizers["a/x"]', before: 'a/x' },
    { path: '.spec.containers[name=c].args', before: ['1', '2'], after: ['2'] },
    { path: '.metadata.finalizers["a/z"]', after: 'a/z' },
  ]);
});
