import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { ResourceQuota } from '#lib/api/core/resourcequota';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { decodeBody } from '#lib/schema/decode/body';
import { tableOf } from '#lib/schema/table';
import { anApi, type AnApi } from '../testing/an-api';
import { nextScaled, scaleWrite } from './scale';

const NAMES = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['wd'] };
const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      'x-kubernetes-validations': [
        { rule: 'self.least <= self.size', message: 'size is too small' },
        {
          rule: 'self.size >= oldSelf.size',
          messageExpression: '"size must not shrink from " + string(oldSelf.size)',
          fieldPath: '.size',
          reason: 'FieldValueForbidden',
        },
      ],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 100 },
        least: { type: 'integer', default: 2 },
        mode: { type: 'string', enum: ['fast', 'safe'] },
        name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
        port: { 'x-kubernetes-int-or-string': true },
        tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', properties: { ready: { type: 'boolean' } } },
  },
};
const version = (name: string, more: object = {}): object => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: { openAPIV3Schema: SCHEMA },
  subresources: { status: {} },
  additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
  ...more,
});
const definition = (more: object = {}, ...versions: object[]): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: { group: 'example.com', scope: 'Namespaced', names: NAMES, versions: versions.length > 0 ? versions : [version('v1')], ...more },
});

describe('custom resources', () => {
  let api: AnApi;
  beforeEach(async () => {
    api = await anApi();
  });

  const establish = async (asked: object = definition()): Promise<AnyKind> => {
    const made = await api.create<CustomResourceDefinition>(CustomResourceDefinition, asked);
    const conditions = [{ type: 'Established', status: 'True' as const, reason: '', message: '', lastTransitionTime: made.metadata.creationTimestamp }];
    await api.update(CustomResourceDefinition, { ...made, status: { ...made.status, acceptedNames: NAMES, conditions } } as KubeObject, 'status');
    return api.kernel.world.custom.kindOfPath('example.com', 'v1', 'widgets') as AnyKind;
  };
  const widget = (spec: object, more: object = {}): object => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', namespace: 'default' },
    spec,
    ...more,
  });
  const send = (kind: AnyKind, spec: object): Promise<KubeObject & { spec: Record<string, unknown> }> =>
    api.createFrom(kind, Buffer.from(JSON.stringify(widget(spec))));

  test('are served from the entry that establishes their definition on', async () => {
    await api.create(CustomResourceDefinition, definition());
    expect(api.kernel.world.custom.kindOfPath('example.com', 'v1', 'widgets')).toBeUndefined();
    expect(api.kernel.world.custom.kindOfObject({ apiVersion: 'example.com/v1', kind: 'Widget' })).toBeDefined();
  });

  test('are scaled where they have no number yet, and refused a number that nobody said', async () => {
    const scale = { specReplicasPath: '.spec.free.n', statusReplicasPath: '.status.n' };
    const kind = await establish(definition({}, version('v1', { subresources: { status: {}, scale } })));
    await send(kind, { size: 3 });
    const origin = { actor: { user: 'ann', groups: [] }, request: { id: '1', verb: 'patch', fieldManager: 'm' } };
    const request = scaleWrite({ kind, namespace: 'default', name: 'w', subresource: 'scale', origin, now: new Date(), dryRun: false, warnings: [] });
    await expect(
      api.change(
        kind,
        'default',
        'w',
        nextScaled(request, (live) => live),
      ),
    ).rejects.toThrow('the spec replicas field ".spec.free.n" cannot be empty');
    const scaled = await api.change<KubeObject & { spec: object }>(
      kind,
      'default',
      'w',
      nextScaled(request, (live) => ({ ...live, spec: { replicas: 3 } })),
    );
    expect(scaled.spec).toMatchObject({ free: { n: 3 } });
  });

  test('that stand already count for a quota that comes later', async () => {
    const kind = await establish();
    await send(kind, { size: 3 });
    await api.create(ResourceQuota, { metadata: { name: 'q' }, spec: { hard: { 'count/widgets.example.com': '1' } } });
    const second = Buffer.from(JSON.stringify(widget({ size: 3 }, { metadata: { name: 'second', namespace: 'default' } })));
    await expect(api.createFrom(kind, second)).rejects.toThrow('used: count/widgets.example.com=1, limited: count/widgets.example.com=1');
  });

  test('get their defaults, and lose what the schema does not know', async () => {
    const kind = await establish();
    const body = Buffer.from(JSON.stringify(widget({ size: 3, foo: 1, free: { any: [1] } })));
    const made = await api.create<KubeObject & { spec: object }>(kind, decodeBody(body, 'application/json', kind, 'Ignore').object);
    expect(made.spec).toEqual({ size: 3, least: 2, free: { any: [1] } });
    expect(made.metadata.generation).toBe(1);
  });

  test('unknown fields are told, or refused when the client is strict', async () => {
    const kind = await establish();
    const body = Buffer.from(JSON.stringify({ ...widget({ size: 3, foo: 1 }), metadata: { name: 'w', bar: 1 } }));
    expect(decodeBody(body, 'application/json', kind, 'Warn').warnings).toEqual(['unknown field "metadata.bar"', 'unknown field "spec.foo"']);
    expect(() => decodeBody(body, 'application/json', kind, 'Strict')).toThrow(
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "metadata.bar", unknown field "spec.foo"',
    );
  });

  test.each([
    [{}, 'spec.size: Required value'],
    [{ size: 'x' }, 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
    [{ size: 0 }, 'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1'],
    [{ size: 200 }, 'spec.size: Invalid value: 200: spec.size in body should be less than or equal to 100'],
    [{ size: 3, mode: 'slow' }, 'spec.mode: Unsupported value: "slow": supported values: "fast", "safe"'],
    [{ size: 3, name: 'A' }, `spec.name: Invalid value: "A": spec.name in body should match '^[a-z]+$'`],
    [{ size: 3, name: 'abcdef' }, 'spec.name: Too long: may not be more than 5 bytes'],
    [{ size: 3, port: true }, 'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"'],
    [{ size: 3, tags: ['a', 'a'] }, 'spec.tags[1]: Duplicate value: "a"'],
    [{ size: 1 }, 'spec: Invalid value: "object": size is too small'],
  ])('%j is refused: %s', async (spec, complaint) => {
    const kind = await establish();
    await expect(send(kind, spec)).rejects.toThrow(complaint);
  });

  test('rules that look back hold on updates', async () => {
    const kind = await establish();
    const made = await send(kind, { size: 5 });
    await expect(api.update(kind, { ...made, spec: { ...made.spec, size: 4 } } as KubeObject)).rejects.toThrow(
      'spec.size: Forbidden: size must not shrink from 5',
    );
    expect((await api.update(kind, { ...made, spec: { ...made.spec, size: 6 } } as KubeObject)).metadata.generation).toBe(2);
  });

  test('what was stored under an older schema gets the defaults of the newer one when it is read', async () => {
    const kind = await establish();
    const made = await send(kind, { size: 5 });
    const known = api.kernel.world.get(CustomResourceDefinition, '', 'widgets.example.com') as CustomResourceDefinition;
    const schema = structuredClone(SCHEMA);
    Object.assign(schema.properties.spec.properties, { late: { type: 'string', default: 'yes' } });
    await api.update(CustomResourceDefinition, {
      ...known,
      spec: { ...known.spec, versions: [version('v1', { schema: { openAPIV3Schema: schema } })] },
    } as unknown as KubeObject);
    const now = api.kernel.world.custom.kindOfPath('example.com', 'v1', 'widgets') as AnyKind;
    const stored = api.kernel.world.get(now, 'default', 'w') as KubeObject;
    expect(stored).toMatchObject({ spec: { size: 5 } });
    expect(now.storedAs?.fromStored(stored)).toMatchObject({ metadata: { uid: made.metadata.uid }, spec: { size: 5, late: 'yes' } });
  });

  test('have their columns, and each of their versions', async () => {
    const kind = await establish(definition({}, version('v1'), version('v1beta1', { deprecated: true, storage: false })));
    const made = await send(kind, { size: 5 });
    expect(tableOf(kind, [made], { now: new Date() })).toMatchObject({
      columnDefinitions: [{ name: 'Name' }, { name: 'Size', type: 'integer' }],
      rows: [{ cells: ['w', 5] }],
    });
    const old = api.kernel.world.custom.kindOfPath('example.com', 'v1beta1', 'widgets') as AnyKind;
    expect(old.deprecation).toBe('example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget');
    expect(old.storedAs?.fromStored(made)).toMatchObject({ apiVersion: 'example.com/v1beta1', spec: { size: 5 } });
  });

  test('are there again after a start from a checkpoint in which they come before their definition', async () => {
    const kind = await establish();
    await send(kind, { size: 5 });
    const known = api.kernel.world.get(CustomResourceDefinition, '', 'widgets.example.com') as CustomResourceDefinition;
    await api.update(CustomResourceDefinition, { ...known, metadata: { ...known.metadata, labels: { later: 'yes' } } });
    const live = api.kernel.world
      .kinds()
      .flatMap((each) => api.kernel.world.list(each).map((object) => Number((object as KubeObject).metadata.resourceVersion)))
      .sort((a, b) => a - b);
    await api.log.saveCheckpoint({ revision: api.kernel.world.revision, live });
    const again = await anApi(api.log);
    const found = again.kernel.world.custom.kindOfPath('example.com', 'v1', 'widgets') as AnyKind;
    expect(again.kernel.world.list(found)).toMatchObject([{ spec: { size: 5 } }]);
    expect(again.kernel.world.kinds().find(({ resource }) => resource === 'widgets.example.com')).toBe(found);
  });

  test('the past has the kinds that it had', async () => {
    const before = api.kernel.world.revision;
    await establish();
    expect((await api.kernel.kindsAt(before)).kindOfPath('example.com', 'v1', 'widgets')).toBeUndefined();
    expect((await api.kernel.kindsAt(api.kernel.world.revision)).kindOfPath('example.com', 'v1', 'widgets')).toBeDefined();
  });

  test('go before their definition, which waits for them', async () => {
    await establish();
    const { gone, object } = await api.remove(CustomResourceDefinition, '', 'widgets.example.com');
    expect(gone).toBe(false);
    expect(object.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
    const kind = api.kernel.world.custom.kindOfPath('example.com', 'v1', 'widgets') as AnyKind;
    await expect(send(kind, { size: 5 })).rejects.toThrow('create not allowed while custom resource definition is terminating');
  });
});

describe('definitions', () => {
  let api: AnApi;
  beforeAll(async () => {
    api = await anApi();
  });
  const schema = (properties: object): object => version('v1', { schema: { openAPIV3Schema: { type: 'object', properties } } });

  test.each([
    [
      'a name that does not fit',
      { ...definition(), metadata: { name: 'x.example.com' } },
      'metadata.name: Invalid value: "x.example.com": must be spec.names.plural+"."+spec.group',
    ],
    ['no storage version', definition({}, version('v1', { storage: false })), 'must have exactly one version marked as storage version'],
    ['no schema', definition({}, version('v1', { schema: undefined })), 'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required'],
    [
      'a field without a type',
      definition({}, schema({ a: {} })),
      'spec.versions[0].schema.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
    ],
    ['a list without items', definition({}, schema({ a: { type: 'array' } })), 'properties[a].items: Required value: must be specified'],
    [
      'a type in anyOf',
      definition({}, schema({ a: { type: 'string', anyOf: [{ type: 'string' }] } })),
      'properties[a].anyOf[0].type: Forbidden: must be empty to be structural',
    ],
    [
      'a rule with a field that is not there',
      definition({}, schema({ a: { type: 'object', properties: { b: { type: 'string' } }, 'x-kubernetes-validations': [{ rule: 'self.c' }] } })),
      "compilation failed: ERROR: <input>:1:5: undefined field 'c'",
    ],
    [
      'a rule that gives no bool',
      definition({}, schema({ a: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self' }] } })),
      'cel expression must evaluate to a bool',
    ],
    [
      'a rule that costs too much',
      definition(
        {},
        schema({ a: { type: 'array', items: { type: 'string' }, 'x-kubernetes-validations': [{ rule: 'self.all(x, self.all(y, x.contains(y)))' }] } }),
      ),
      'estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)',
    ],
    [
      'a group of Kubernetes',
      { ...definition({ group: 'x.k8s.io' }), metadata: { name: 'widgets.x.k8s.io' } },
      'protected groups must have approval annotation "api-approved.kubernetes.io"',
    ],
  ])('%s is refused', async (_what, asked, complaint) => {
    await expect(api.create(CustomResourceDefinition, asked)).rejects.toThrow(complaint);
  });
});
