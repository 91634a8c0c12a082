import { Deployment } from '#lib/api/apps/deployment';
import { ConfigMap } from '#lib/api/core/configmap';
import { Pod } from '#lib/api/core/pod/pod';
import { Service } from '#lib/api/core/service';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { Event as EventsEvent } from '#lib/api/events/event';
import type { AnyKind, Subresource } from '#lib/api/kind';
import { storedKind } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { anApi, type AnApi } from '../testing/an-api';
import { configurationOf, newApplied, nextApplied } from './apply';
import { nextScaled, nextScaleApplied, scaleWrite } from './scale';
import type { WriteRequest } from './request';

const NOW = new Date('2026-01-02T03:04:05Z');

interface Who {
  readonly manager?: string;
  readonly subresource?: Subresource;
  readonly now?: Date;
  readonly force?: boolean;
}

/** The verbs of an API server, each by a manager. */
function clientsOf({ kernel }: AnApi) {
  const requestFor = (kind: AnyKind, name: string, { manager = 'me', subresource, now = NOW }: Who, isOwned = false): WriteRequest => ({
    kind: storedKind(kind),
    ...(kind.storedAs && { view: kind }),
    namespace: 'default',
    name,
    subresource,
    origin: { actor: { user: 'alice', groups: ['system:masters'] }, request: { id: 'r', verb: 'patch', fieldManager: manager } },
    now,
    dryRun: false,
    warnings: [],
    ...(isOwned && { isOwned }),
  });
  const { consult, world } = kernel;
  return {
    async create(kind: AnyKind, object: object, who: Who = {}) {
      const request = requestFor(kind, '', who);
      return consult.run(request, () => consult.create(request, structuredClone(object) as KubeObject));
    },
    async change(kind: AnyKind, name: string, next: (draft: never) => void, who: Who = {}) {
      const request = requestFor(kind, name, who);
      const made = (current: KubeObject): KubeObject => {
        const draft = structuredClone(current);
        next(draft as never);
        return draft;
      };
      return consult.run(request, () => consult.update(request, made));
    },
    async apply(kind: AnyKind, config: object, who: Who = {}) {
      const { name } = (config as KubeObject).metadata;
      const request = requestFor(kind, name, who, true);
      const configuration = configurationOf(Buffer.from(JSON.stringify(config)), who.force ?? false, 'Strict', []);
      const isThere = world.get(request.kind, 'default', name) !== undefined;
      return consult.run(request, () =>
        isThere ? consult.update(request, nextApplied(request, configuration)) : consult.create(request, newApplied(request, configuration)),
      );
    },
    async scale(kind: AnyKind, name: string, replicas: number, who: Who = {}) {
      const request = scaleWrite(requestFor(kind, name, who));
      return consult.run(request, () =>
        consult.update(
          request,
          nextScaled(request, (scale) => ({ ...scale, spec: { replicas } })),
        ),
      );
    },
    async applyScale(kind: AnyKind, name: string, replicas: number, who: Who = {}) {
      const request = scaleWrite(requestFor(kind, name, who));
      const config = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name }, spec: { replicas } };
      const configuration = configurationOf(Buffer.from(JSON.stringify(config)), who.force ?? false, 'Strict', []);
      return consult.run(request, () => consult.update(request, nextScaleApplied(request, configuration)));
    },
  };
}

const owners = ({ metadata }: KubeObject): string[] =>
  (metadata.managedFields ?? []).map(
    ({ manager, operation, subresource, fieldsV1 }) =>
      `${manager} ${operation}${subresource ? ` ${subresource}` : ''} ${JSON.stringify(fieldsV1).replaceAll('"', '').replaceAll('\\', '')}`,
  );

const map = (name: string, data?: Record<string, string>, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...(data && { data }),
});

const deployment = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', ...metadata },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    ...spec,
  },
});

let api: AnApi;
let as: ReturnType<typeof clientsOf>;
beforeAll(async () => {
  api = await anApi();
  as = clientsOf(api);
  await as.create(ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
});

test('who applies his last label away leaves the rest of the metadata as it is', async () => {
  const made = await as.apply(ConfigMap, map('unlabelled', { k: 'v' }, { labels: { x: '1' } }));
  const { metadata } = await as.apply(ConfigMap, map('unlabelled', { k: 'v' }));
  expect(metadata.labels).toBeUndefined();
  expect(metadata).toMatchObject({ name: 'unlabelled', namespace: 'default', uid: made.metadata.uid, creationTimestamp: made.metadata.creationTimestamp });
});

describe('an update', () => {
  test('whoever makes a pod owns what he said and the defaults, and nobody owns what admission adds', async () => {
    const made = await as.create(Pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', labels: { app: 'x' } },
      spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] },
    });
    expect(made.metadata.managedFields).toEqual([
      {
        manager: 'me',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-01-02T03:04:05Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"c"}': {
                '.': {},
                'f:image': {},
                'f:imagePullPolicy': {},
                'f:name': {},
                'f:ports': { '.': {}, 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} } },
                'f:resources': {},
                'f:terminationMessagePath': {},
                'f:terminationMessagePolicy': {},
              },
            },
            'f:dnsPolicy': {},
            'f:enableServiceLinks': {},
            'f:restartPolicy': {},
            'f:schedulerName': {},
            'f:securityContext': {},
            'f:terminationGracePeriodSeconds': {},
          },
        },
      },
    ]);
    expect(Object.keys(JSON.parse(JSON.stringify(made.metadata.managedFields?.[0]?.fieldsV1))['f:spec'])).toEqual(
      ['containers', 'dnsPolicy', 'enableServiceLinks', 'restartPolicy', 'schedulerName', 'securityContext', 'terminationGracePeriodSeconds'].map(
        (name) => `f:${name}`,
      ),
    );
  });

  test('a status has an entry of its own, and the same manager owns the same after the next', async () => {
    const later = new Date('2026-01-02T03:05:00Z');
    await as.create(Deployment, deployment({}, { name: 'st' }));
    const first = await as.change(Deployment, 'st', (d: Deployment) => void (d.status = { replicas: 1 } as never), { manager: 'dc', subresource: 'status' });
    const second = await as.change(Deployment, 'st', (d: Deployment) => void (d.status = { replicas: 2 } as never), {
      manager: 'dc',
      subresource: 'status',
      now: later,
    });
    expect(owners(first)[0]).toBe('dc Update status {f:status:{f:replicas:{}}}');
    expect(second.metadata.managedFields?.[1]).toEqual({ ...first.metadata.managedFields?.[0], time: '2026-01-02T03:05:00Z' });
    expect(second.metadata.managedFields?.[0]).toBe(first.metadata.managedFields?.[1]);
  });

  test('what one changes he owns alone, and what he removes nobody owns', async () => {
    await as.create(ConfigMap, map('taken', { a: '1', b: '1' }));
    expect(owners(await as.change(ConfigMap, 'taken', (m: ConfigMap) => void (m.data = { a: '2' }), { manager: 'you' }))).toEqual([
      'me Update {f:data:{}}',
      'you Update {f:data:{f:a:{}}}',
    ]);
  });

  test('a change that changes nothing writes nothing', async () => {
    const made = await as.create(ConfigMap, map('quiet', { a: '1' }));
    expect(await as.change(ConfigMap, 'quiet', () => undefined, { manager: 'you', now: new Date('2027-01-01T00:00:00Z') })).toBe(made);
  });

  test('one empty entry, or none, takes all ownership away, and it stays away', async () => {
    for (const [name, entries] of [
      ['reset', [{}]],
      ['reset-too', []],
    ] as const) {
      await as.create(ConfigMap, map(name, { a: '1' }));
      const reset = await as.change(ConfigMap, name, (m: ConfigMap) => void (m.metadata.managedFields = entries as never));
      expect(reset.metadata.managedFields).toBeUndefined();
      expect((await as.change(ConfigMap, name, (m: ConfigMap) => void (m.data = { b: '1' }))).metadata.managedFields).toBeUndefined();
    }
  });

  test('entries that make no sense, and those sent to a part of an object, are not taken', async () => {
    await as.create(ConfigMap, map('odd', { a: '1' }));
    const odd = [{ manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { nonsense: {} } }];
    expect(owners(await as.change(ConfigMap, 'odd', (m: ConfigMap) => void (m.metadata.managedFields = odd as never)))).toEqual([
      'me Update {f:data:{.:{},f:a:{}}}',
    ]);
    const own = [{ ...odd[0], fieldsV1: { 'f:data': { 'f:a': {} } } }];
    expect(owners(await as.change(ConfigMap, 'odd', (m: ConfigMap) => void (m.metadata.managedFields = own as never)))).toEqual(['x Update {f:data:{f:a:{}}}']);
    await as.create(Deployment, deployment({}, { name: 'odd' }));
    const kept = await as.change(
      Deployment,
      'odd',
      (d: Deployment) => void Object.assign(d, { metadata: { ...d.metadata, managedFields: own }, status: { replicas: 3 } }),
      { manager: 'k', subresource: 'status' },
    );
    expect(owners(kept).map((text) => text.split(' ')[0])).toEqual(['k', 'me']);
  });

  test('the oldest updates are put together when there are more than ten', async () => {
    await as.create(ConfigMap, map('many', { a: '1' }));
    let last: KubeObject | undefined;
    for (let i = 0; i < 12; i++) {
      last = await as.change(ConfigMap, 'many', (m: ConfigMap) => void Object.assign(m.data as object, { [`k${i}`]: 'v' }), {
        manager: `m${i}`,
        now: new Date(NOW.getTime() + 1000 * (i + 1)),
      });
    }
    expect(owners(last as KubeObject)).toHaveLength(10);
    expect(owners(last as KubeObject)[0]).toBe('ancient-changes Update {f:data:{.:{},f:a:{},f:k0:{},f:k1:{},f:k2:{}}}');
  });

  test('a scale changes the number alone, under its own name', async () => {
    await as.create(Deployment, deployment({ replicas: 1 }, { name: 'sc' }));
    const scaled = await as.scale(Deployment, 'sc', 5, { manager: 'kubectl' });
    expect((scaled as Deployment).spec.replicas).toBe(5);
    expect(owners(scaled)).toContain('kubectl Update scale {f:spec:{f:replicas:{}}}');
    expect(scaled.metadata.managedFields?.find(({ subresource }) => subresource === 'scale')?.apiVersion).toBe('apps/v1');
    expect(owners(scaled).filter((text) => text.includes('f:replicas'))).toHaveLength(1);
  });

  test('an event in the version of another group is owned in that version', async () => {
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'default' },
      eventTime: '2026-01-02T03:04:05.000000Z',
      reportingController: 'c.io/x',
      reportingInstance: 'i',
      action: 'a',
      reason: 'r',
      type: 'Normal',
      regarding: {},
      note: 'n',
    };
    const made = await as.create(EventsEvent, EventsEvent.storedAs?.toStored(event as never) as object);
    expect(made.metadata.managedFields?.[0]?.apiVersion).toBe('events.k8s.io/v1');
    expect(owners(made)[0]).toContain('f:note:{}');
  });
});

describe('server-side apply', () => {
  test('makes the object that is not there, and owns what it said and no default', async () => {
    const made = await as.apply(Deployment, deployment({ replicas: 3 }), { manager: 'a' });
    expect(owners(made)).toEqual([
      'a Apply {f:spec:{f:replicas:{},f:selector:{},f:template:{f:metadata:{f:labels:{f:app:{}}},f:spec:{f:containers:{k:{name:c}:{.:{},f:image:{},f:name:{}}}}}}}',
    ]);
    expect((made as Deployment).spec.revisionHistoryLimit).toBe(10);
  });

  test('the same again writes nothing', async () => {
    const again = () => as.apply(Deployment, deployment({ replicas: 3 }), { manager: 'a', now: new Date('2027-01-01T00:00:00Z') });
    const { resourceVersion } = (await again()).metadata;
    expect((await again()).metadata.resourceVersion).toBe(resourceVersion);
    expect((await again()).metadata.managedFields?.[0]?.time).toBe('2026-01-02T03:04:05Z');
  });

  test('refuses to take what another owns, in the words of upstream', async () => {
    const refusal = await as.apply(Deployment, deployment({ replicas: 9 }), { manager: 'b' }).catch((error: { status: unknown }) => error.status);
    expect(refusal).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "a": .spec.replicas',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.spec.replicas' }] },
    });
    await as.scale(Deployment, 'web', 4, { manager: 'kubectl' });
    await expect(as.apply(Deployment, deployment({ replicas: 9 }), { manager: 'b' })).rejects.toThrow(
      'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
    );
  });

  test('takes it when told to, and who agrees owns it too', async () => {
    const forced = await as.apply(Deployment, deployment({ replicas: 9 }), { manager: 'b', force: true });
    expect(owners(forced).filter((text) => text.includes('f:replicas'))).toEqual([expect.stringMatching(/^b Apply /)]);
    expect(owners(await as.apply(Deployment, deployment({ replicas: 9 }), { manager: 'c' })).filter((text) => text.includes('f:replicas'))).toHaveLength(2);
  });

  test('what is no longer said goes when nobody else owns it', async () => {
    await as.apply(ConfigMap, map('less', { a: '1', b: '1', c: '1' }), { manager: 'a' });
    await as.apply(ConfigMap, map('less', { b: '1' }), { manager: 'b' });
    const less = await as.apply(ConfigMap, map('less', { a: '1' }), { manager: 'a' });
    expect((less as ConfigMap).data).toEqual({ a: '1', b: '1' });
    expect(owners(less).sort()).toEqual(['a Apply {f:data:{f:a:{}}}', 'b Apply {f:data:{f:b:{}}}']);
    const none = await as.apply(ConfigMap, map('less'), { manager: 'a' });
    expect([(none as ConfigMap).data, owners(none)]).toEqual([{ b: '1' }, ['b Apply {f:data:{f:b:{}}}']]);
  });

  test('a whole item of a list goes, and the order of the others stays', async () => {
    const containers = (...names: string[]) => ({
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: names.map((name) => ({ name, image: 'i' })) } },
    });
    await as.apply(Deployment, deployment(containers('x', 'y', 'z'), { name: 'list' }), { manager: 'a' });
    const less = (await as.apply(Deployment, deployment(containers('z', 'x'), { name: 'list' }), { manager: 'a' })) as Deployment;
    expect(less.spec.template.spec?.containers.map(({ name }) => name)).toEqual(['z', 'x']);
  });

  test('a list in another order is written in that order, once', async () => {
    const ports = (...names: string[]) => ({ spec: { ports: names.map((name) => ({ name, port: name.length, protocol: 'TCP' })) } });
    const apply = async (...names: string[]) =>
      as.apply(Service, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'order' }, ...ports(...names) }, { manager: 'a' });
    const { resourceVersion } = (await apply('a', 'bb', 'ccc')).metadata;
    const turned = await apply('ccc', 'a', 'bb');
    expect([(turned as Service).spec.ports?.map(({ name }) => name), turned.metadata.resourceVersion === resourceVersion]).toEqual([['ccc', 'a', 'bb'], false]);
    expect((await apply('ccc', 'a', 'bb')).metadata.resourceVersion).toBe(turned.metadata.resourceVersion);
  });

  test('who had the object before it was tracked is told as before-first-apply', async () => {
    await as.create(ConfigMap, map('old', { a: '1' }));
    await as.change(ConfigMap, 'old', (m: ConfigMap) => void (m.metadata.managedFields = [{}] as never));
    await expect(as.apply(ConfigMap, map('old', { a: '2' }), { manager: 'a' })).rejects.toThrow('conflict with "before-first-apply" using v1: .data.a');
    expect(owners(await as.apply(ConfigMap, map('old', { b: '2' }), { manager: 'a' }))).toEqual([
      'a Apply {f:data:{f:b:{}}}',
      'before-first-apply Update {f:data:{.:{},f:a:{}}}',
    ]);
  });

  test('kubectl takes over what client-side apply made, and keeps its annotation current', async () => {
    const last = 'kubectl.kubernetes.io/last-applied-configuration';
    const first = map('csa', { a: '1' }, { namespace: 'default' });
    await as.create(
      ConfigMap,
      {
        ...first,
        metadata: { ...first.metadata, annotations: { [last]: `${JSON.stringify({ ...first, metadata: { annotations: {}, ...first.metadata } })}\n` } },
      },
      { manager: 'kubectl-client-side-apply' },
    );
    await expect(as.apply(ConfigMap, map('csa', { a: '2' }), { manager: 'other' })).rejects.toThrow(
      'conflict with "kubectl-client-side-apply" using v1: .data.a',
    );
    const taken = (await as.apply(ConfigMap, map('csa', { a: '2' }, { namespace: 'default' }), { manager: 'kubectl' })) as ConfigMap;
    expect(taken.data).toEqual({ a: '2' });
    expect(taken.metadata.annotations?.[last]).toBe(
      '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"csa","namespace":"default"}}\n',
    );
  });

  test('a part is applied by itself: status and scale', async () => {
    const status = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { paused: true }, status: { replicas: 7 } };
    const done = await as.apply(Deployment, status, { manager: 's', subresource: 'status' });
    expect([(done as Deployment).status.replicas, (done as Deployment).spec.paused]).toEqual([7, undefined]);
    expect(owners(done)).toContain('s Apply status {f:status:{f:replicas:{}}}');
    await expect(as.applyScale(Deployment, 'web', 1, { manager: 'hpa' })).rejects.toThrow(
      /^Apply failed with 2 conflicts: conflicts with "b":\n- \.spec\.replicas\nconflicts with "c":/,
    );
    const scaled = await as.applyScale(Deployment, 'web', 1, { manager: 'hpa', force: true });
    expect(owners(scaled).filter((text) => text.includes('f:replicas'))).toEqual(expect.arrayContaining(['hpa Apply scale {f:spec:{f:replicas:{}}}']));
  });

  // prettier-ignore
  test.each([
    ['a field that there is not', { ...map('x'), dta: {} }, 400, 'failed to create typed patch object (/x; /v1, Kind=ConfigMap): .dta: field not declared in schema'],
    ['another kind', { ...map('x'), kind: 'Secret' }, 400, 'invalid object type: /v1, Kind=Secret'],
    ['a version that is no text', { ...map('x'), apiVersion: { a: 1 } }, 400, 'invalid object type: /, Kind=ConfigMap'],
    ['ownership', map('x', {}, { managedFields: [{ manager: 'x' }] }), 400, 'metadata.managedFields must be nil'],
    ['a value of another type', map('x', { a: 1 } as never), 400, 'failed to create typed patch object (/x; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}'],
    ['the same item twice', { ...map('x'), metadata: { name: 'x', finalizers: ['a/b', 'a/b'] } }, 400, 'failed to create typed patch object (/x; /v1, Kind=ConfigMap): .metadata.finalizers: duplicate entries for key [="a/b"]'],
    ['a certain object that is not there', map('gone', {}, { uid: 'u' }), 409, 'Operation cannot be fulfilled on configmaps "gone": uid mismatch: the provided object specified uid u, and no existing object was found'],
    ['a version that is not the newest', map('csa', { b: '1' }, { resourceVersion: '1' }), 409, 'Operation cannot be fulfilled on configmaps "csa": the object has been modified; please apply your changes to the latest version and try again'],
  ])('refuses %s', async (_, config, code, message) => {
    await as.create(ConfigMap, map('x')).catch(() => undefined);
    await expect(as.apply(ConfigMap, config, { manager: 'kubectl' })).rejects.toMatchObject({ code, message });
  });
});
