import { ConfigMap } from '#lib/api/core/configmap';
import { Namespace } from '#lib/api/core/namespace';
import { Pod } from '#lib/api/core/pod/pod';
import { Secret } from '#lib/api/core/secret';
import { Service } from '#lib/api/core/service';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { Deployment } from '#lib/api/apps/deployment';
import { aDeployment } from '#lib/reconcile/testing/builders/deployment';
import type { KubeObject } from '#lib/api/meta';
import { anApi, type AnApi } from '../testing/an-api';

const configMap = (name: string, data: Record<string, string> = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'a', image: 'nginx' }] } });

/** Only what a client wrote or changes through its own version. */
const draftOf = (d: object): object => JSON.parse(JSON.stringify(d)) as object;

describe('a write', () => {
  let api: AnApi;
  beforeEach(async () => (api = await anApi()));

  test('gets the revision of its entry as resourceVersion, and a uid', async () => {
    const made = await api.create<ConfigMap>(ConfigMap, configMap('a'));
    expect(made.metadata).toMatchObject({ namespace: 'default', resourceVersion: String(api.kernel.world.revision) });
    const event = await api.log.event(api.kernel.world.revision);
    expect(event).toMatchObject({ type: 'ADDED', resource: 'configmaps', name: 'a', actor: { user: 'alice' }, cause: [] });
    expect(JSON.parse(event?.object ?? '')).toEqual(made);
  });

  test('is refused when the name is taken, also by a request of the same batch', async () => {
    const results = await Promise.allSettled([1, 2, 3].map((i) => api.create(ConfigMap, configMap('same', { i: String(i) }))));
    expect(results.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const refused = results.find((r) => r.status === 'rejected') as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({ code: 409, message: 'configmaps "same" already exists' });
  });

  test('is refused when it was made for an older version', async () => {
    const first = await api.create<ConfigMap>(ConfigMap, configMap('a'));
    await api.update(ConfigMap, { ...first, data: { x: '1' } } as KubeObject);
    await expect(api.update(ConfigMap, { ...first, data: { x: '2' } } as KubeObject)).rejects.toMatchObject({
      code: 409,
      message: 'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    });
  });

  test('that changes nothing makes no entry', async () => {
    const first = await api.create<ConfigMap>(ConfigMap, configMap('a', { x: '1' }));
    const again = await api.update(ConfigMap, structuredClone(first));
    expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(api.kernel.world.revision).toBe(Number(first.metadata.resourceVersion));
  });

  test('is refused in a namespace that is not there, with nothing stored', async () => {
    const before = api.kernel.world.revision;
    const object = { ...configMap('a'), metadata: { name: 'a', namespace: 'nowhere' } };
    await expect(api.create(ConfigMap, object)).rejects.toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
    expect(api.kernel.world.revision).toBe(before);
  });

  test('moves the generation with the spec only, and the status only through /status', async () => {
    const asked = draftOf(aDeployment({ name: 'web', replicas: 1 })) as Deployment & { status?: unknown };
    delete (asked.metadata as Partial<Deployment['metadata']>).uid;
    delete (asked.metadata as Partial<Deployment['metadata']>).resourceVersion;
    const made = await api.create<Deployment>(Deployment, asked);
    const labelled = await api.change<Deployment>(Deployment, 'default', 'web', (d) => ({ ...d, metadata: { ...d.metadata, labels: { a: 'b' } } }));
    const scaled = await api.change<Deployment>(
      Deployment,
      'default',
      'web',
      (d) => ({ ...d, spec: { ...(d as Deployment).spec, replicas: 5 }, status: { replicas: 9 } }) as KubeObject,
    );
    const observed = await api.update<Deployment>(
      Deployment,
      { ...scaled, spec: { ...scaled.spec, replicas: 7 }, status: { replicas: 5 } } as Deployment,
      'status',
    );
    expect([made, labelled, scaled, observed].map((d) => d.metadata.generation)).toEqual([1, 1, 2, 2]);
    expect(scaled.status.replicas).toBeUndefined();
    expect([observed.spec.replicas, observed.status.replicas]).toEqual([5, 5]);
  });

  test('goes on when another writer was faster: it catches up and decides again', async () => {
    const other = await anApi(api.log);
    await other.create(ConfigMap, configMap('theirs'));
    await api.create(ConfigMap, configMap('ours'));
    await expect(api.create(ConfigMap, configMap('theirs'))).rejects.toMatchObject({ code: 409 });
    const revisions: number[] = [];
    for await (const page of api.log.read()) revisions.push(...page.map((event) => event.revision));
    expect(revisions).toEqual(revisions.map((_, i) => i + 1));
  });
});

describe('a Secret', () => {
  test('is readable for clients and sealed in the log', async () => {
    const api = await anApi();
    const data = { password: Buffer.from('hunter2-canary').toString('base64') };
    const made = await api.create<Secret>(Secret, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data });
    expect(made.data).toEqual(data);
    const event = await api.log.event(Number(made.metadata.resourceVersion));
    expect(event?.object).not.toContain(data.password);
    expect(await api.kernel.past.objectAt(Secret, 'default', 's', api.kernel.world.revision)).toMatchObject({ data });
  });
});

describe('a delete', () => {
  let api: AnApi;
  beforeEach(async () => (api = await anApi()));

  test('writes the last version down as DELETED', async () => {
    const made = await api.create(ConfigMap, configMap('a', { x: '1' }));
    expect(await api.remove(ConfigMap, 'default', 'a')).toMatchObject({ gone: true });
    expect(await api.log.event(Number(made.metadata.resourceVersion) + 1)).toMatchObject({ type: 'DELETED', uid: made.metadata.uid });
    await expect(api.remove(ConfigMap, 'default', 'a')).rejects.toMatchObject({ code: 404 });
  });

  test('waits for finalizers, and the last one that goes takes the object along', async () => {
    await api.create(ConfigMap, { ...configMap('a'), metadata: { name: 'a', finalizers: ['example.com/hold'] } });
    expect(await api.remove(ConfigMap, 'default', 'a')).toMatchObject({ gone: false, object: { metadata: { deletionGracePeriodSeconds: 0 } } });
    await api.change(ConfigMap, 'default', 'a', (o) => ({ ...o, metadata: { ...o.metadata, finalizers: [] } }));
    expect(api.kernel.world.get(ConfigMap, 'default', 'a')).toBeUndefined();
  });

  test('of a scheduled pod waits for its node, and a second one may only shorten the wait', async () => {
    await api.create(ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
    const bound = pod('a') as { spec: { nodeName?: string } };
    bound.spec.nodeName = 'n1';
    await api.create<Pod>(Pod, bound);
    const first = await api.remove(Pod, 'default', 'a');
    expect(first).toMatchObject({ gone: false, object: { metadata: { deletionGracePeriodSeconds: 30 } } });
    const longer = await api.remove(Pod, 'default', 'a', { gracePeriodSeconds: 60 });
    expect(longer.object.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(await api.remove(Pod, 'default', 'a', { gracePeriodSeconds: 0 })).toMatchObject({ gone: true });
  });

  test('is refused when another object took the name', async () => {
    await api.create(ConfigMap, configMap('a'));
    await expect(api.remove(ConfigMap, 'default', 'a', { preconditions: { uid: 'other' } })).rejects.toMatchObject({ code: 409 });
  });

  test('leaves a terminating namespace closed to new objects', async () => {
    await api.create(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    expect(await api.remove(Namespace, '', 'shop')).toMatchObject({ gone: false, object: { status: { phase: 'Terminating' } } });
    await expect(api.create(ConfigMap, { ...configMap('a'), metadata: { name: 'a', namespace: 'shop' } })).rejects.toMatchObject({
      code: 403,
      message: 'configmaps "a" is forbidden: unable to create new content in namespace shop because it is being terminated',
    });
    await expect(api.remove(Namespace, '', 'default')).rejects.toMatchObject({ code: 403 });
  });
});

describe('a Service', () => {
  test('gets an address that no other Service of the batch has', async () => {
    const api = await anApi();
    const service = (name: string) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { type: 'NodePort', ports: [{ port: 80 }] } });
    const made = await Promise.all(Array.from({ length: 50 }, (_, i) => api.create<Service>(Service, service(`s${i}`))));
    expect(new Set(made.map((s) => s.spec.clusterIP)).size).toBe(50);
    expect(new Set(made.map((s) => s.spec.ports?.[0]?.nodePort)).size).toBe(50);
    const asked = { ...service('x'), spec: { clusterIP: made[0]?.spec.clusterIP, ports: [{ port: 80 }] } };
    await expect(api.create(Service, asked)).rejects.toMatchObject({
      code: 422,
      message: expect.stringContaining('provided IP is already allocated') as string,
    });
  });
});
