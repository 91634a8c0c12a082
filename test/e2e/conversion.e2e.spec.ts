import { MemoryLog } from '#lib/log/memory-log';
import { apiServer, type ApiServer } from '../support/api-server';
import type { Answered, Asked, Asker } from '../support/ask';
import { webhookServer, type AskedOfWebhook, type ConversionAnswer, type WebhookServer } from '../support/webhook-server';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const MERGE = { 'content-type': 'application/merge-patch+json' };

interface Host {
  readonly apiVersion: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string; readonly labels?: object };
  readonly spec: object;
}

/** v1 has `hostPort: a:1`, v2 `host: a` and `port: "1"`. */
function converted({ objects, desiredAPIVersion }: AskedOfWebhook): ConversionAnswer {
  const convertedObjects = objects.map(({ spec, ...rest }: Host & { spec: Record<string, string> }) => {
    const [host, port] = (spec.hostPort ?? '').split(':');
    return { ...rest, apiVersion: desiredAPIVersion, spec: desiredAPIVersion.endsWith('/v2') ? { host, port } : { hostPort: `${spec.host}:${spec.port}` } };
  });
  return { result: { status: 'Success' }, convertedObjects };
}

/** Conversion webhooks over real HTTPS. */
describe('conversion webhooks', () => {
  let server: ApiServer;
  let hooks: WebhookServer;
  let ask: Asker;
  beforeAll(async () => {
    [server, hooks] = [await apiServer(new MemoryLog()), await webhookServer()];
    ask = server.client();
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await hooks.stop();
  });

  const good = async <T = Host>(asked: Asked): Promise<T> => {
    const answer = await ask(asked);
    if (answer.code >= 300) throw new Error(`${asked.path}: ${answer.text}`);
    return answer.json<T>();
  };
  const path = (plural: string, version: string): string => `/apis/${plural}.example.com/${version}/namespaces/default/${plural}`;
  const host = (group: string, version: string, name: string, spec: object): object => ({
    apiVersion: `${group}.example.com/${version}`,
    kind: 'Host',
    metadata: { name },
    spec,
  });

  /** A definition with a group of its own; v1 is stored. */
  async function define(group: string, url = `https://127.0.0.1:${hooks.port}/${group}`): Promise<void> {
    const schema = (...fields: string[]): object => ({
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { type: 'object', properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])) } },
      },
    });
    const names = { plural: group, singular: 'host', kind: 'Host', listKind: 'HostList' };
    const versions = [
      { name: 'v1', served: true, storage: true, schema: schema('hostPort') },
      { name: 'v2', served: true, storage: false, schema: schema('host', 'port'), selectableFields: [{ jsonPath: '.spec.host' }] },
    ];
    const conversion = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1', 'v1beta1'], clientConfig: { url, caBundle: hooks.caBundle } } };
    const spec = { group: `${group}.example.com`, scope: 'Namespaced', names, versions, conversion, preserveUnknownFields: false };
    const name = `${group}.${group}.example.com`;
    await good({ path: DEFINITIONS, body: { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name }, spec } });
    const condition = {
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    await good({
      method: 'PATCH',
      path: `${DEFINITIONS}/${name}/status`,
      headers: MERGE,
      body: JSON.stringify({ status: { acceptedNames: names, conditions: [condition], storedVersions: ['v1'] } }),
    });
  }

  test('make each version of what is written in another', async () => {
    hooks.answer('/hosts', converted);
    await define('hosts');
    const made = await good({ path: path('hosts', 'v2'), body: host('hosts', 'v2', 'a', { host: 'a', port: '1' }) });
    expect(made).toMatchObject({ apiVersion: 'hosts.example.com/v2', spec: { host: 'a', port: '1' } });
    expect(JSON.parse((await server.log.event(server.revision()))?.object ?? '')).toMatchObject({
      apiVersion: 'hosts.example.com/v1',
      spec: { hostPort: 'a:1' },
    });
    expect(await good({ path: `${path('hosts', 'v1')}/a` })).toMatchObject({
      apiVersion: 'hosts.example.com/v1',
      metadata: { uid: made.metadata.uid },
      spec: { hostPort: 'a:1' },
    });
    const before = server.revision();
    await good({ method: 'PATCH', path: `${path('hosts', 'v2')}/a`, headers: MERGE, body: '{"spec":{"port":"2"}}' });
    expect(server.revision()).toBe(before + 1);
    expect((await good({ path: `${path('hosts', 'v1')}/a` })).spec).toEqual({ hostPort: 'a:2' });
    await good({
      method: 'PATCH',
      path: `${path('hosts', 'v2')}/a?fieldManager=m&force=true`,
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: JSON.stringify(host('hosts', 'v2', 'a', { port: '3' })),
    });
    expect((await good({ path: `${path('hosts', 'v1')}/a` })).spec).toEqual({ hostPort: 'a:3' });
  });

  test('are asked once for a whole list, and fields select in the version that is asked for', async () => {
    hooks.answer('/lists', converted);
    await define('lists');
    for (const name of ['a', 'b', 'c']) await good({ path: path('lists', 'v1'), body: host('lists', 'v1', name, { hostPort: `${name}:1` }) });
    expect(hooks.asked('/lists')).toHaveLength(0);
    const { items } = await good<{ items: Host[] }>({ path: path('lists', 'v2') });
    expect(items.map(({ spec }) => spec)).toEqual(['a', 'b', 'c'].map((name) => ({ host: name, port: '1' })));
    expect(hooks.asked('/lists').map(({ objects }) => objects.length)).toEqual([3]);
    expect((await good<{ items: Host[] }>({ path: `${path('lists', 'v2')}?fieldSelector=spec.host%3Db` })).items.map(({ metadata }) => metadata.name)).toEqual([
      'b',
    ]);
  });

  test('convert what a watch shows, in order', async () => {
    hooks.answer('/watched', async (asked) => {
      await new Promise((next) => setTimeout(next, 30));
      return converted(asked);
    });
    await define('watched');
    const write = (name: string): Promise<Host> => good({ path: path('watched', 'v1'), body: host('watched', 'v1', name, { hostPort: `${name}:1` }) });
    await write('a');
    const other = server.client();
    const watching = other({ path: `${path('watched', 'v2')}?watch=true&timeoutSeconds=2` });
    await new Promise((next) => setTimeout(next, 300));
    await Promise.all(['b', 'c', 'd'].map(write));
    const events = (await watching).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { object: Host });
    expect(events.map(({ object }) => [object.apiVersion, object.spec])).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => ['watched.example.com/v2', { host: name, port: '1' }]),
    );
  }, 10_000);

  test('that fail, fail the request in their own words', async () => {
    const refusedBy = async (group: string): Promise<Answered> => ask({ path: path(group, 'v2'), body: host(group, 'v2', 'x', { host: 'a', port: '1' }) });
    await define('nowhere', 'https://127.0.0.1:1/x');
    expect((await refusedBy('nowhere')).json()).toMatchObject({
      code: 500,
      message:
        'conversion webhook for nowhere.example.com/v2, Kind=Host failed: Post "https://127.0.0.1:1/x?timeout=30s": dial tcp 127.0.0.1:1: connect: connection refused',
    });
    await define('refusing');
    hooks.answer('/refusing', () => ({ result: { status: 'Failed', message: 'not today' } }));
    expect((await refusedBy('refusing')).json()).toMatchObject({
      code: 500,
      message: 'conversion webhook for refusing.example.com/v2, Kind=Host failed: not today',
    });
    hooks.answer('/refusing', () => ({ result: { status: 'Success' }, convertedObjects: [] }));
    expect((await refusedBy('refusing')).json()).toMatchObject({
      message: 'conversion webhook for refusing.example.com/v2, Kind=Host returned 0 objects, expected 1',
    });
    hooks.answer('/refusing', ({ objects }) => ({ result: { status: 'Success' }, convertedObjects: [...objects] }));
    expect((await refusedBy('refusing')).json<{ message: string }>().message).toContain(
      'invalid groupVersion (expected refusing.example.com/v1, received refusing.example.com/v2)',
    );
    hooks.answer('/refusing', (asked) => ({
      result: { status: 'Success' },
      convertedObjects: converted(asked).convertedObjects?.map((object) => ({ ...object, metadata: { name: 'y' } })),
    }));
    expect((await refusedBy('refusing')).json<{ message: string }>().message).toContain('must have the same name: x != y');
    hooks.answer('/refusing', converted);
    expect((await refusedBy('refusing')).code).toBe(201);
  });
});
