import { ApiError } from '#lib/api/errors';
import { Deployment } from '#lib/api/apps/deployment';
import { ConfigMap } from '#lib/api/core/configmap';
import { Namespace } from '#lib/api/core/namespace';
import { Pod } from '#lib/api/core/pod/pod';
import { Secret } from '#lib/api/core/secret';
import { Service } from '#lib/api/core/service';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { anApi, type AnApi } from '../testing/an-api';
import { HistoryAccess } from './access';
import { attemptBind } from '../write/subresources';
import { run, writeOf, type Changing, type Outcome } from './changing';
import { undelete } from './undelete';
import { undo } from './undo';

const admin = { name: 'root', groups: ['system:masters'] };

function changing(api: AnApi, how: Partial<Changing> = {}): Changing {
  return {
    kernel: api.kernel,
    access: new HistoryAccess(api.kernel.authorizer, admin),
    now: new Date(),
    dryRun: false,
    force: false,
    warnings: [],
    origin: (verb) => ({ actor: { user: 'root' }, request: { id: 'r', verb, command: 'decklog undo' } }),
    ...how,
  };
}

const refused = async (attempt: Promise<Outcome>): Promise<{ code: number; fields: (string | undefined)[]; message: string }> => {
  const error = await attempt.then(
    () => new Error('was not refused'),
    (problem: unknown) => problem,
  );
  if (!(error instanceof ApiError)) throw error;
  return { code: error.code, fields: (error.status.details?.causes ?? []).map(({ field }) => field), message: error.message };
};

const head = (api: AnApi): number => api.kernel.world.revision;
const get = <T extends KubeObject>(api: AnApi, kind: AnyKind, name: string, namespace = 'default'): T | undefined =>
  api.kernel.world.get(kind, namespace, name) as T | undefined;
const revisionOf = (object: KubeObject): number => Number(object.metadata.resourceVersion);
const aConfigMap = (name: string, data: Record<string, string>, namespace?: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(namespace && { namespace }) },
  data,
});
const setData = (api: AnApi, data: Record<string, string>, name = 'app') =>
  api.change(ConfigMap, 'default', name, (current) => ({ ...current, data }) as never);
const dataOf = (api: AnApi, name = 'app') => get<KubeObject & { data?: object }>(api, ConfigMap, name)?.data;
const aDeployment = (name: string, namespace = 'default') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
  },
});

describe('undo', () => {
  test('takes one change back and keeps those after it: a label, then an image', async () => {
    const api = await anApi();
    await api.create(Deployment, aDeployment('web'));
    const labelled = await api.change(Deployment, 'default', 'web', (current) => ({ ...current, metadata: { ...current.metadata, labels: { tier: 'gold' } } }));
    await api.change<Deployment>(Deployment, 'default', 'web', (current) => {
      ((current as Deployment).spec.template.spec?.containers[0] as { image: string }).image = 'nginx:2';
      return current;
    });
    const outcome = await undo(changing(api), revisionOf(labelled));
    expect(outcome.objects).toMatchObject([
      { name: 'web', change: 'changed', revision: head(api), fields: [{ path: '.metadata.labels.tier', before: 'gold' }] },
    ]);
    const web = get<Deployment>(api, Deployment, 'web');
    expect(web?.metadata.labels).toBeUndefined();
    expect(web?.spec.template.spec?.containers[0]?.image).toBe('nginx:2');
    expect((await api.log.event(head(api)))?.request).toMatchObject({ verb: 'update', command: 'decklog undo' });
  });

  test('names the fields that were changed again and by whom, and writes nothing, unless it is forced', async () => {
    const api = await anApi();
    await api.create(ConfigMap, aConfigMap('app', { a: '1', b: '1' }));
    const second = await setData(api, { a: '2', b: '2' });
    const third = await setData(api, { a: '3', b: '2' });
    const before = head(api);
    const refusal = await refused(undo(changing(api), revisionOf(second)));
    expect(refusal).toMatchObject({ code: 409, fields: ['.data.a'] });
    expect(refusal.message).toContain(`.data.a: was changed again by revision ${third.metadata.resourceVersion} (alice): it wrote "2", now it is "3"`);
    expect([head(api), dataOf(api)]).toEqual([before, { a: '3', b: '2' }]);
    await undo(changing(api, { force: true }), revisionOf(second));
    expect(dataOf(api)).toEqual({ a: '1', b: '1' });
  });

  test('undoes an undo, and does nothing where there is nothing left to do', async () => {
    const api = await anApi();
    await api.create(ConfigMap, aConfigMap('app', { a: '1' }));
    const changed = revisionOf(await setData(api, { a: '2' }));
    await undo(changing(api), changed);
    const undone = head(api);
    expect((await undo(changing(api), changed)).objects).toEqual([]);
    expect(head(api)).toBe(undone);
    await undo(changing(api), undone);
    expect(dataOf(api)).toEqual({ a: '2' });
  });

  test('undoes a create by a delete, but not when people changed the object since', async () => {
    const api = await anApi();
    const made = revisionOf(await api.create(ConfigMap, aConfigMap('app', { a: '1' })));
    await setData(api, { a: '2' });
    expect(await refused(undo(changing(api), made))).toMatchObject({ code: 409, fields: ['.data.a'] });
    expect((await undo(changing(api, { force: true }), made)).objects).toMatchObject([{ change: 'deleted' }]);
    expect(get(api, ConfigMap, 'app')).toBeUndefined();
    expect((await undo(changing(api), made)).objects).toEqual([]);
  });

  test('undoes a delete by a create, with another identity', async () => {
    const api = await anApi();
    const made = await api.create(Secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: { name: 's', labels: { a: '1' } },
      data: { key: 'c2VjcmV0' },
    });
    await api.remove(Secret, 'default', 's');
    expect((await undo(changing(api), head(api))).objects).toMatchObject([{ resource: 'secrets', name: 's', change: 'created' }]);
    const back = get<KubeObject & { data: object }>(api, Secret, 's');
    expect(back).toMatchObject({ metadata: { labels: { a: '1' } }, data: { key: 'c2VjcmV0' } });
    expect(back?.metadata.uid).not.toBe(made.metadata.uid);
    expect((await api.log.event(head(api)))?.object).not.toContain('c2VjcmV0');
  });

  test('decides and writes nothing in a dry run', async () => {
    const api = await anApi();
    await api.create(ConfigMap, aConfigMap('app', { a: '1' }));
    const changed = revisionOf(await setData(api, { a: '2' }));
    const outcome = await undo(changing(api, { dryRun: true }), changed);
    expect(outcome).toMatchObject({ dryRun: true, objects: [{ change: 'changed', fields: [{ path: '.data.a', before: '2', after: '1' }] }] });
    expect([head(api), dataOf(api)]).toEqual([changed, { a: '2' }]);
  });

  test('does not bring a namespace down over what people put into it', async () => {
    const api = await anApi();
    const made = revisionOf(await api.create(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }));
    await api.create(ConfigMap, aConfigMap('app', {}, 'shop'));
    expect(await refused(undo(changing(api), made))).toMatchObject({ code: 409, fields: ['configmaps/app'] });
  });

  test('is for those who may do what it does', async () => {
    const api = await anApi();
    await api.create(ConfigMap, aConfigMap('app', { a: '1' }));
    const changed = revisionOf(await setData(api, { a: '2' }));
    const access = new HistoryAccess(api.kernel.authorizer, { name: 'bob', groups: ['system:authenticated'] });
    expect(await refused(undo(changing(api, { access }), changed))).toMatchObject({ code: 403 });
    expect(await refused(undo(changing(api), 99_999))).toMatchObject({ code: 404 });
  });

  test('does not take the word for a shredded value for the value', async () => {
    const api = await anApi();
    await api.create(Secret, { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name: 's' }, data: { key: 'b2xk' } });
    await api.kernel.sealer.shred('secrets', 'default', 's');
    const changed = await api.change(Secret, 'default', 's', (current) => ({ ...current, data: { key: 'bmV3' } }) as never);
    expect((await refused(undo(changing(api), revisionOf(changed)))).message).toContain('the values of key were shredded');
    await api.remove(Secret, 'default', 's');
    await api.kernel.sealer.shred('secrets', 'default', 's');
    for (const force of [false, true])
      expect((await refused(undelete(changing(api, { force }), Secret, 'default', 's', head(api)))).message).toContain('the values of key were shredded');
  });
});

/** As the namespace controller does. */
async function bringDown(api: AnApi, name: string): Promise<void> {
  await api.remove(Namespace, '', name);
  for (const kind of api.kernel.world.kinds()) {
    if (!kind.namespaced) continue;
    for (const { metadata } of [...api.kernel.world.list(kind, name)] as KubeObject[]) await api.remove(kind, name, metadata.name, { gracePeriodSeconds: 0 });
  }
  await api.finalize(name);
}

const contents = (api: AnApi, namespace: string): object[] =>
  api.kernel.world
    .kinds()
    .filter((kind) => kind.namespaced)
    .flatMap((kind) =>
      (api.kernel.world.list(kind, namespace) as (KubeObject & { spec?: object; data?: object })[]).map(
        ({ metadata: { name, labels }, kind: k, spec, data }) => ({ k, name, labels, spec, data }),
      ),
    )
    .sort((a, b) => (`${a.k}/${a.name}` < `${b.k}/${b.name}` ? -1 : 1));

describe('undelete', () => {
  async function aShop(): Promise<AnApi> {
    const api = await anApi();
    const inShop = { namespace: 'shop' };
    await api.create(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'a' } } });
    await api.create(ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', ...inShop } });
    await api.create(Deployment, aDeployment('web', 'shop'));
    await api.create(ConfigMap, aConfigMap('app', { a: '1' }, 'shop'));
    await api.create(Secret, { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name: 's', ...inShop }, data: { key: 'c2VjcmV0' } });
    await api.create(Service, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', ...inShop },
      spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    await api.create(Pod, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'alone', ...inShop }, spec: { containers: [{ name: 'c', image: 'x' }] } });
    return api;
  }

  test('brings a namespace back with all that people had put into it', async () => {
    const api = await aShop();
    const before = contents(api, 'shop');
    await bringDown(api, 'shop');
    expect(contents(api, 'shop')).toEqual([]);
    const outcome = await undelete(changing(api), Namespace, '', 'shop', head(api));
    expect(contents(api, 'shop')).toEqual(before);
    expect(get(api, Namespace, 'shop', '')?.metadata.labels).toMatchObject({ team: 'a' });
    expect(outcome.objects.map(({ resource, name, change }) => [resource, name, change])).toEqual([
      ['namespaces', 'shop', 'created'],
      ['serviceaccounts', 'default', 'created'],
      ['secrets', 's', 'created'],
      ['configmaps', 'app', 'created'],
      ['deployments.apps', 'web', 'created'],
      ['services', 'web', 'created'],
      ['pods', 'alone', 'created'],
    ]);
  });

  test('leaves to controllers what they own, and what went before the namespace did', async () => {
    const api = await aShop();
    const web = get<Deployment>(api, Deployment, 'web', 'shop') as Deployment;
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: web.metadata.uid, controller: true }];
    await api.create(ConfigMap, { ...aConfigMap('owned', {}), metadata: { name: 'owned', namespace: 'shop', ownerReferences } });
    await api.create(ConfigMap, {
      ...aConfigMap('linked', {}),
      metadata: { name: 'linked', namespace: 'shop', ownerReferences: [{ ...ownerReferences[0], controller: false }] },
    });
    await api.create(ConfigMap, aConfigMap('unwanted', {}, 'shop'));
    await api.remove(ConfigMap, 'shop', 'unwanted');
    await api.create(ConfigMap, { ...aConfigMap('leaving', {}), metadata: { name: 'leaving', namespace: 'shop', finalizers: ['example.com/hold'] } });
    await api.remove(ConfigMap, 'shop', 'leaving');
    await api.remove(Namespace, '', 'shop');
    await api.change(ConfigMap, 'shop', 'leaving', (current) => ({ ...current, metadata: { ...current.metadata, finalizers: [] } }));
    await bringDown(api, 'shop');
    const outcome = await undelete(changing(api), Namespace, '', 'shop', head(api));
    expect(outcome.leftToControllers).toEqual(['configmaps/owned']);
    expect(get(api, ConfigMap, 'owned', 'shop')).toBeUndefined();
    for (const name of ['unwanted', 'leaving']) expect(get(api, ConfigMap, name, 'shop')).toBeUndefined();
    expect(get(api, ConfigMap, 'linked', 'shop')?.metadata.ownerReferences?.[0]?.uid).toBe(get(api, Deployment, 'web', 'shop')?.metadata.uid);
  });

  test('lets the scheduler choose a node anew, unless whoever made the pod had said which', async () => {
    const api = await aShop();
    const aPod = (name: string, nodeName?: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop' },
      spec: { nodeName, containers: [{ name: 'c', image: 'x' }] },
    });
    await api.create(Pod, aPod('placed', 'n1'));
    const write = writeOf(changing(api), Pod, 'shop', 'alone', 'create', 'binding');
    await run(changing(api), write.origin, attemptBind(write, { target: { kind: 'Node', name: 'n2' } }));
    for (const name of ['alone', 'placed']) {
      await api.remove(Pod, 'shop', name, { gracePeriodSeconds: 0 });
      await undelete(changing(api), Pod, 'shop', name, head(api));
    }
    expect(['alone', 'placed'].map((name) => get<Pod>(api, Pod, name, 'shop')?.spec.nodeName)).toEqual([undefined, 'n1']);
  });

  test('brings nothing back when something is in the way, and the rest when it is forced', async () => {
    const api = await aShop();
    await bringDown(api, 'shop');
    await api.create(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await api.create(ConfigMap, aConfigMap('app', { a: 'new' }, 'shop'));
    const before = head(api);
    expect(await refused(undelete(changing(api), Namespace, '', 'shop', before))).toMatchObject({ code: 409, fields: ['configmaps/app'] });
    expect(head(api)).toBe(before);
    await undelete(changing(api, { force: true }), Namespace, '', 'shop', before);
    expect(get<KubeObject & { data: object }>(api, ConfigMap, 'app', 'shop')?.data).toEqual({ a: 'new' });
    expect(get(api, Deployment, 'web', 'shop')).toBeDefined();
  });

  test('does not call it done when the name is taken by another one, not even forced', async () => {
    const api = await anApi();
    await api.create(ConfigMap, aConfigMap('app', { a: '1' }));
    await api.remove(ConfigMap, 'default', 'app');
    const gone = head(api);
    await api.create(ConfigMap, aConfigMap('app', { a: '2' }));
    for (const force of [false, true])
      expect(await refused(undo(changing(api, { force }), gone))).toMatchObject({
        code: 409,
        message: expect.stringContaining('there is another one by now') as string,
      });
    expect(dataOf(api)).toEqual({ a: '2' });
  });

  test('brings a single object back as it was before it was asked to go', async () => {
    const api = await anApi();
    await api.create(ConfigMap, { ...aConfigMap('app', { a: '1' }), metadata: { name: 'app', finalizers: ['example.com/hold'] } });
    await api.remove(ConfigMap, 'default', 'app');
    expect(await refused(undelete(changing(api), ConfigMap, 'default', 'app', head(api)))).toMatchObject({ code: 409 });
    await api.change(ConfigMap, 'default', 'app', (current) => ({ ...current, metadata: { ...current.metadata, finalizers: [] } }));
    await undelete(changing(api), ConfigMap, 'default', 'app', head(api));
    expect(get(api, ConfigMap, 'app')).toMatchObject({ data: { a: '1' }, metadata: { finalizers: ['example.com/hold'] } });
    expect(await refused(undelete(changing(api), ConfigMap, 'default', 'app', head(api)))).toMatchObject({
      code: 409,
      message: 'configmaps "app" already exists',
    });
    expect(await refused(undelete(changing(api), ConfigMap, 'default', 'nobody', head(api)))).toMatchObject({ code: 404 });
  });
});
