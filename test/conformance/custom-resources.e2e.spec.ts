import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import type { Answered, Asked, Asker } from '../support/ask';

interface Thing {
  readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly labels?: Record<string, string> };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each kind has its own
  readonly [part: string]: any;
}

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const APPLY = { 'content-type': 'application/apply-patch+yaml' };
const AGGREGATED = { accept: 'application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList' };
const SPEC = { type: 'object', properties: { foo: { type: 'string', description: 'What foo is.' }, ports: { type: 'array', items: { type: 'integer' } } } };
const SCHEMA = { type: 'object', description: 'A Foo.', properties: { spec: SPEC, status: { type: 'object', properties: { phase: { type: 'string' } } } } };
const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const version = (name: string, schema: object = SCHEMA, more: object = {}): object => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: { openAPIV3Schema: schema },
  subresources: { status: {} },
  ...more,
});

/**
 * What conformance asks of kinds that users define, of an API server alone. README.md says which test is whose; e2e/custom-resources has
 * the rest.
 */
describe('kinds that users define', () => {
  let server: ApiServer;
  let ask: Asker;
  beforeAll(async () => {
    server = await apiServerOnPostgres();
    ask = server.client();
  }, 60_000);
  afterAll(() => server?.stop());

  async function good<T = Thing>(asked: Asked): Promise<T> {
    const answer = await ask(asked);
    if (answer.code >= 300) throw new Error(`${asked.method ?? ''} ${asked.path}: ${answer.text}`);
    return answer.json<T>();
  }
  const merge = (path: string, body: object): Promise<Thing> => good({ method: 'PATCH', path, headers: MERGE, body: JSON.stringify(body) });
  const namesOf = (group: string, kind: string): object => ({ plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase(), kind, listKind: `${kind}List` });
  const definition = (group: string, kind: string, versions: readonly object[], more: object = {}): object => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.toLowerCase()}s.${group}`, ...more },
    spec: { group, scope: 'Namespaced', names: namesOf(group, kind), versions },
  });

  /** No controller runs here: the test says what it would. */
  async function define(group: string, kind = 'Foo', ...versions: object[]): Promise<string> {
    const { metadata } = await good({ path: DEFINITIONS, body: definition(group, kind, versions.length > 0 ? versions : [version('v1')]) });
    const condition = {
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    await merge(`${DEFINITIONS}/${metadata.name}/status`, { status: { acceptedNames: namesOf(group, kind), conditions: [condition] } });
    return `/apis/${group}/v1/namespaces/default/${kind.toLowerCase()}s`;
  }
  const foo = (group: string, name: string, more: object = {}): object => ({ apiVersion: `${group}/v1`, kind: 'Foo', metadata: { name }, ...more });

  /** Schemas of OpenAPI v3 and v2 for a version, by kind. */
  async function published(group: string, of: string): Promise<Record<string, Thing | undefined>[]> {
    const three =
      (await ask({ path: `/openapi/v3/apis/${group}/${of}` })).json<{ components?: { schemas: Record<string, Thing> } }>().components?.schemas ?? {};
    const two = (await good<{ definitions: Record<string, Thing> }>({ path: '/openapi/v2' })).definitions;
    return [three, two].map((all) =>
      Object.fromEntries(
        Object.values(all).flatMap((schema) => {
          const mine = ((schema['x-kubernetes-group-version-kind'] ?? []) as { group: string; version: string; kind: string }[]).find(
            (each) => each.group === group && each.version === of,
          );
          return mine ? [[mine.kind, schema]] : [];
        }),
      ),
    );
  }

  test('are in the discovery documents, aggregated or not', async () => {
    await define('found.example.com');
    const { groups } = await good<{ groups: { name: string; versions: { version: string }[] }[] }>({ path: '/apis' });
    expect(groups.find(({ name }) => name === 'apiextensions.k8s.io')?.versions).toContainEqual(expect.objectContaining({ version: 'v1' }));
    expect((await good({ path: '/apis/apiextensions.k8s.io/v1' })).resources).toContainEqual(expect.objectContaining({ name: 'customresourcedefinitions' }));
    expect(groups.find(({ name }) => name === 'found.example.com')?.versions).toEqual([{ groupVersion: 'found.example.com/v1', version: 'v1' }]);
    expect((await good({ path: '/apis/found.example.com/v1' })).resources).toMatchObject([
      { name: 'foos', kind: 'Foo', singularName: 'foo', namespaced: true },
      { name: 'foos/status' },
    ]);
    const { items } = await good<{ items: Thing[] }>({ path: '/apis', headers: AGGREGATED });
    expect(items.find(({ metadata }) => metadata.name === 'found.example.com')).toMatchObject({
      versions: [
        { version: 'v1', resources: [{ resource: 'foos', responseKind: { kind: 'Foo' }, scope: 'Namespaced', subresources: [{ subresource: 'status' }] }] },
      ],
    });
  });

  test('have definitions that are listed, deleted together, and have a status of their own', async () => {
    for (const kind of ['One', 'Two'])
      await good({ path: DEFINITIONS, body: definition('listed.example.com', kind, [version('v1')], { labels: { listed: 'yes' } }) });
    const path = `${DEFINITIONS}/ones.listed.example.com`;
    const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from a test', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const read = await good({ path: `${path}/status` });
    await good({ method: 'PUT', path: `${path}/status`, body: { ...read, status: { ...read.status, conditions: [condition] } } });
    await merge(`${path}/status`, { metadata: { annotations: { a: 'b' } }, status: { conditions: [condition, { ...condition, type: 'StatusPatched' }] } });
    expect((await good({ path })).status.conditions).toMatchObject([{ type: 'StatusUpdate' }, { type: 'StatusPatched' }]);
    expect((await good<{ items: Thing[] }>({ path: `${DEFINITIONS}?labelSelector=listed%3Dyes` })).items.map(({ metadata }) => metadata.name)).toEqual([
      'ones.listed.example.com',
      'twos.listed.example.com',
    ]);
    await good({ method: 'DELETE', path: `${DEFINITIONS}?labelSelector=listed%3Dyes` });
    for (const { metadata } of (await good<{ items: Thing[] }>({ path: `${DEFINITIONS}?labelSelector=listed%3Dyes` })).items)
      expect(metadata).toHaveProperty('deletionTimestamp');
  });

  test('are watched: added, modified, deleted', async () => {
    const path = await define('watched.example.com');
    const other = server.client();
    const { metadata } = await good<{ metadata: { resourceVersion: string } }>({ path });
    await good({ path, body: foo('watched.example.com', 'a') });
    await merge(`${path}/a`, { spec: { foo: 'x' } });
    await good({ method: 'DELETE', path: `${path}/a` });
    const { text } = await other({ path: `${path}?watch=true&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=1` });
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type),
    ).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  test('get defaults when they are written, and when what was stored before there was one is read', async () => {
    const withDefaults = (defaults: object): object =>
      version('v1', {
        type: 'object',
        properties: Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: 'string', ...(value as object) }])),
      });
    const path = await define('defaulted.example.com', 'Foo', withDefaults({ a: { default: 'A' }, b: {} }));
    expect(await good({ path, body: foo('defaulted.example.com', 'd') })).toMatchObject({ a: 'A' });
    await merge(`${DEFINITIONS}/foos.defaulted.example.com`, { spec: { versions: [withDefaults({ a: { default: 'A' }, b: { default: 'B' } })] } });
    expect(await good({ path: `${path}/d` })).toMatchObject({ a: 'A', b: 'B' });
    expect(await merge(`${path}/d`, { a: 'other' })).toMatchObject({ a: 'other', b: 'B' });
  });

  test('have their schemas published, of every group, version and kind', async () => {
    await define('one.example.com');
    await define('two.example.com', 'Foo', version('v1'), version('v2', { type: 'object', properties: { other: { type: 'integer' } } }));
    await define('two.example.com', 'Waldo');
    for (const schemas of await published('one.example.com', 'v1'))
      expect(schemas.Foo).toMatchObject({
        description: 'A Foo.',
        properties: { spec: { properties: { foo: { type: 'string', description: 'What foo is.' } } } },
      });
    for (const schemas of await published('two.example.com', 'v1'))
      expect(schemas).toMatchObject({ Foo: { properties: { spec: {} } }, Waldo: { properties: { spec: {} } } });
    for (const schemas of await published('two.example.com', 'v2')) expect(schemas.Foo?.properties).toMatchObject({ other: { type: 'integer' } });
  });

  test('are published as open where they keep unknown fields, at their root or in an embedded object', async () => {
    const embedded = { type: 'object', properties: { spec: { ...OPEN, 'x-kubernetes-embedded-resource': true } } };
    const path = await define('open.example.com', 'Foo', version('v1', OPEN));
    await define('open.example.com', 'Embedding', version('v1', embedded));
    for (const schemas of await published('open.example.com', 'v1')) {
      expect(schemas.Foo).toMatchObject({ 'x-kubernetes-preserve-unknown-fields': true });
      expect(schemas.Embedding?.properties.spec).toMatchObject({ 'x-kubernetes-preserve-unknown-fields': true });
    }
    expect(await good({ path: `${path}?fieldValidation=Strict`, body: foo('open.example.com', 'o', { any: { thing: 1 } }) })).toMatchObject({
      any: { thing: 1 },
    });
  });

  test('are no longer published in a version that is no longer served, and are in one that was renamed', async () => {
    await define('moving.example.com', 'Foo', version('v1'), version('v2'), version('v3'));
    const name = `${DEFINITIONS}/foos.moving.example.com`;
    await merge(name, { spec: { versions: [version('v1'), version('v2', SCHEMA, { served: false }), version('v4')] } });
    for (const [of, there] of [
      ['v1', true],
      ['v2', false],
      ['v3', false],
      ['v4', true],
    ] as const) {
      expect([of, (await published('moving.example.com', of)).map(({ Foo }) => Foo !== undefined)]).toEqual([of, [there, there]]);
      expect([of, (await ask({ path: `/apis/moving.example.com/${of}/foos` })).code]).toEqual([of, there ? 200 : 404]);
    }
  });

  describe('are validated field by field', () => {
    let path: string;
    let open: string;
    beforeAll(async () => {
      const meta = {
        type: 'object',
        properties: {
          spec: {
            type: 'object',
            properties: {
              foo: { type: 'string' },
              template: {
                ...OPEN,
                'x-kubernetes-embedded-resource': true,
                properties: { metadata: { type: 'object', properties: { name: { type: 'string' } } } },
              },
            },
          },
        },
      };
      path = await define('checked.example.com', 'Foo', version('v1', meta));
      open = await define('unchecked.example.com', 'Foo', version('v1', OPEN));
    });
    const strictly = (at: string, body: object | string, name?: string): Promise<Answered> =>
      ask({
        path: `${at}${name ? `/${name}` : ''}?fieldValidation=Strict${name ? '&fieldManager=m' : ''}`,
        ...(name && { method: 'PATCH' }),
        headers: name ? APPLY : { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    const checked = (spec: object, meta: object = {}): object => ({ ...foo('checked.example.com', 'f', { spec }), metadata: { name: 'f', ...meta } });

    test('valid ones, and those of kinds without a schema, are created and applied', async () => {
      expect((await strictly(path, checked({ foo: 'x' }))).code).toBe(201);
      expect((await strictly(path, checked({ foo: 'x' }), 'f')).code).toBe(200);
      expect((await strictly(open, foo('unchecked.example.com', 'f', { unknown: 1 }))).code).toBe(201);
      expect((await strictly(open, foo('unchecked.example.com', 'f', { unknown: 2 }), 'f')).code).toBe(409);
      expect((await strictly(open, foo('unchecked.example.com', 'g', { unknown: 2 }), 'g')).code).toBe(201);
    });

    test('fields that the schema does not know are refused', async () => {
      expect((await strictly(path, checked({ foo: 'x', more: 1 }))).json()).toMatchObject({
        code: 400,
        message: expect.stringContaining('strict decoding error: unknown field "spec.more"') as string,
      });
      expect((await strictly(path, checked({ foo: 'x', more: 1 }), 'f')).json()).toMatchObject({
        message: expect.stringContaining('.spec.more: field not declared in schema') as string,
      });
    });

    test('fields that are there twice are refused, of kinds without a schema, too', async () => {
      const twice = '{"apiVersion":"unchecked.example.com/v1","kind":"Foo","metadata":{"name":"t"},"spec":{"a":1,"a":2}}';
      expect((await strictly(open, twice)).json()).toMatchObject({
        code: 400,
        message: expect.stringContaining('strict decoding error: duplicate field "spec.a"') as string,
      });
      expect(
        (await strictly(open, 'apiVersion: unchecked.example.com/v1\nkind: Foo\nmetadata: {name: t}\nspec: {a: 1, a: 2}\n', 't')).json<{ message: string }>()
          .message,
      ).toContain('key "a" already set in map');
    });

    test('unknown fields of metadata are refused, at the root and in an embedded object', async () => {
      const embedding = checked({ template: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', unknownSubMeta: 1 } } }, { unknownMeta: 1 });
      const { message } = (await strictly(path, embedding)).json<{ message: string }>();
      expect(message).toContain('unknown field "metadata.unknownMeta"');
      expect(message).toContain('unknown field "spec.template.metadata.unknownSubMeta"');
    });
  });
});
