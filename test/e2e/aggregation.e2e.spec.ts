import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { frontProxy } from '#lib/pki/front-proxy';
import type { IssuedCertificate } from '#lib/pki/certificate';
import { asker, type Answered, type Asker } from '../support/ask';
import { extensionServer, FLUNDERS, type ExtensionServer } from '../support/extension-server';
import { otlpCollector, type Collector, type OtlpSpan } from '../support/otlp-collector';
import { eventually } from '../support/program';
import { watcher } from '../support/watcher';
import { eachKubectl, startCluster, tested, type Cluster } from './cluster';

const NAME = `${FLUNDERS.version}.${FLUNDERS.group}`;
const APISERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const BASE = `/apis/${FLUNDERS.group}/${FLUNDERS.version}`;
const LIST = `${BASE}/namespaces/default/flunders`;
const LONG_MS = 60_000;

describe('extension servers, and what is measured of everything', () => {
  let cluster: Cluster;
  let extension: ExtensionServer;
  let admin: IssuedCertificate;
  let ca: ClusterCa;
  let ask: Asker;
  let overHttp2: Asker;

  let collector: Collector;
  let forwardedTrace = '';

  beforeAll(async () => {
    collector = await otlpCollector();
    cluster = await startCluster({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const pki = join(cluster.home, 'pki');
    ca = await ClusterCa.loadOrCreate(pki);
    admin = await ca.issueClient({ user: 'admin', groups: ['system:masters'] });
    ask = asker(cluster.port, ca.certificate, admin, 'HTTP/1.1');
    overHttp2 = asker(cluster.port, ca.certificate, admin, 'HTTP/2');
    extension = await extensionServer('wardle.default.svc', (await frontProxy(pki)).ca);
  }, 150_000);
  afterAll(async () => {
    ask?.close();
    overHttp2?.close();
    await extension?.stop();
    await cluster?.stop();
    await collector?.stop();
  }, LONG_MS);

  const made = async (path: string, body: object): Promise<Answered> => {
    const answer = await ask({ path, body });
    if (answer.code !== 201) throw new Error(answer.text);
    return answer;
  };
  const condition = async (name = NAME): Promise<Record<string, string>> =>
    (await ask({ path: `${APISERVICES}/${name}` }))
      .json<{ status?: { conditions?: Record<string, string>[] } }>()
      .status?.conditions?.find(({ type }) => type === 'Available') ?? {};
  const becomes = (reason: string): Promise<unknown> => eventually(`the APIService is ${reason}`, async () => (await condition()).reason === reason, LONG_MS);
  const discovered = async (): Promise<{ freshness: string; resources: { resource: string }[] } | undefined> => {
    const { text } = await ask({ path: '/apis', headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' } });
    const list = JSON.parse(text) as { items: { metadata: { name: string }; versions: { freshness: string; resources: { resource: string }[] }[] }[] };
    return list.items.find(({ metadata }) => metadata.name === FLUNDERS.group)?.versions[0];
  };

  test(
    'is not there as long as its service is not',
    async () => {
      await made(APISERVICES, {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: NAME },
        spec: {
          ...FLUNDERS,
          groupPriorityMinimum: 2000,
          versionPriority: 200,
          service: { namespace: 'default', name: 'wardle', port: 7443 },
          caBundle: extension.caBundle,
        },
      });
      await becomes('ServiceNotFound');
      const answer = await ask({ path: LIST });
      expect([answer.code, answer.text, answer.headers['content-type']]).toEqual([503, 'service unavailable\n', 'text/plain; charset=utf-8']);
      expect(await discovered()).toMatchObject({ freshness: 'Stale', resources: [] });
      await made('/api/v1/namespaces/default/services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'wardle' }, spec: { ports: [{ port: 7443 }] } });
      await becomes('EndpointsNotFound');
    },
    LONG_MS,
  );

  test(
    'is served a moment after the service is ready, over both versions of HTTP, for the user who asks',
    async () => {
      await made('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'wardle', labels: { 'kubernetes.io/service-name': 'wardle' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [extension.ip], conditions: { ready: true } }],
        ports: [{ port: extension.port, protocol: 'TCP' }],
      });
      await becomes('Passed');
      const flunder = { apiVersion: `${FLUNDERS.group}/${FLUNDERS.version}`, kind: 'Flunder', metadata: { name: 'a' }, spec: { big: 'x'.repeat(300_000) } };
      for (const client of [ask, overHttp2]) {
        extension.arrived.length = 0;
        const as = { 'impersonate-user': 'alice', 'impersonate-group': 'system:masters', 'impersonate-extra-example.com%2fscopes': 'view' };
        const created = await client({ path: `${LIST}?fieldManager=me`, body: flunder, headers: as });
        expect([created.code, created.json()]).toEqual([201, flunder]);
        const [arrived] = extension.arrived;
        expect(arrived).toMatchObject({ method: 'POST', url: `${LIST}?fieldManager=me`, client: 'front-proxy-client' });
        expect(arrived?.headers).toMatchObject({
          'x-remote-user': 'alice',
          'x-remote-extra-example.com%2fscopes': 'view',
          'audit-id': created.headers['audit-id'],
          'x-forwarded-proto': 'https',
        });
        expect(arrived?.rawHeaders.filter((_, i, all) => all[i - 1]?.toLowerCase() === 'x-remote-group')).toEqual(['system:masters', 'system:authenticated']);
        expect(Object.keys(arrived?.headers ?? {}).filter((name) => /^(authorization|impersonate-)/.test(name))).toEqual([]);
        expect((await client({ path: LIST })).json<{ items: object[] }>().items).toEqual([flunder]);
      }
    },
    LONG_MS,
  );

  test('is asked only for those whom RBAC lets, and cannot be told who they are by anybody else', async () => {
    const bob = await ca.issueClient({ user: 'bob' });
    const his = asker(cluster.port, ca.certificate, bob, 'HTTP/1.1');
    extension.arrived.length = 0;
    const denied = await his({ path: LIST, headers: { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' } });
    expect(denied.json()).toMatchObject({
      code: 403,
      message: `flunders.${FLUNDERS.group} is forbidden: User "bob" cannot list resource "flunders" in API group "${FLUNDERS.group}" in the namespace "default"`,
    });
    expect(extension.arrived).toEqual([]);
    await ask({ path: LIST, headers: { 'x-remote-user': 'mallory', 'x-remote-group': 'other' } });
    expect(extension.arrived[0]?.headers).toMatchObject({ 'x-remote-user': 'admin' });
    expect(extension.arrived[0]?.rawHeaders).not.toContain('other');
    his.close();
  });

  test.each(['HTTP/1.1', 'HTTP/2'] as const)(
    'streams watches over %s as they come, and ends them when their client goes',
    async (protocol) => {
      const watching = await watcher({ port: cluster.port, ca: ca.certificate, identity: admin }, protocol, `${LIST}?watch=true`);
      await eventually('the watch arrives', async () => extension.watches === 1, LONG_MS);
      for (let i = 1; i <= 3; i++) {
        extension.tell({ type: 'ADDED', object: { i } });
        await eventually(`event ${i}`, async () => watching.events.length === i, LONG_MS);
      }
      expect(watching.events.map(({ object }) => (object as { i: number }).i)).toEqual([1, 2, 3]);
      watching.close();
      await eventually('the watch is over', async () => extension.watches === 0, LONG_MS);
    },
    LONG_MS,
  );

  test(
    'may speak another protocol on the connection',
    async () => {
      const speak = async (protocol: string): Promise<string> => {
        const socket: TLSSocket = connectTls({
          host: '127.0.0.1',
          port: cluster.port,
          ca: ca.certificate,
          cert: admin.certificate,
          key: admin.key,
          ALPNProtocols: ['http/1.1'],
        });
        let heard = '';
        socket.on('data', (chunk: Buffer) => void (heard += chunk.toString())).on('error', () => undefined);
        socket.write(`GET ${LIST}/a/echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
        await eventually('the other side agrees', async () => /hello |\r\n\r\nno$/.test(heard), LONG_MS).catch(() => undefined);
        if (heard.includes('101')) {
          socket.write('is anybody there?');
          await eventually('the echo', async () => heard.endsWith('there?'), LONG_MS);
        }
        socket.destroy();
        return heard;
      };
      expect(await speak('echo')).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n[\s\S]*Upgrade: echo[\s\S]*\r\n\r\nhello is anybody there\?$/);
      expect(extension.arrived.at(-1)?.headers).toMatchObject({ 'x-remote-user': 'admin', upgrade: 'echo' });
      forwardedTrace = String(extension.arrived.at(-1)?.headers['traceparent']);
      expect(await speak('other')).toMatch(/^HTTP\/1.1 403 Forbidden\r\n[\s\S]*no$/);
    },
    LONG_MS,
  );

  test(
    'is a part of discovery and of OpenAPI',
    async () => {
      await eventually('its resources in discovery', async () => (await discovered())?.freshness === 'Current', LONG_MS);
      expect((await discovered())?.resources).toMatchObject([
        {
          resource: 'flunders',
          responseKind: { ...FLUNDERS, kind: 'Flunder' },
          scope: 'Namespaced',
          shortNames: ['fl'],
          subresources: [{ subresource: 'echo' }],
        },
      ]);
      const groups = (await ask({ path: '/apis' })).json<{ groups: { name: string }[] }>().groups.map(({ name }) => name);
      expect(groups.indexOf(FLUNDERS.group)).toBeLessThan(groups.indexOf('metrics.k8s.io'));
      expect(groups.indexOf(FLUNDERS.group)).toBeGreaterThan(groups.indexOf('apps'));
      expect((await ask({ path: `/apis/${FLUNDERS.group}` })).json()).toMatchObject({ preferredVersion: { version: FLUNDERS.version } });
      expect((await ask({ path: BASE })).json()).toMatchObject({ kind: 'APIResourceList', resources: [{ name: 'flunders' }, { name: 'flunders/echo' }] });
      const v2 = (await ask({ path: '/openapi/v2' })).json<{ paths: object; definitions: object }>();
      expect(v2.definitions).toHaveProperty(['com.example.wardle.Flunder', 'description']);
      expect(v2.definitions).toHaveProperty(['io.k8s.api.core.v1.Pod']);
      const v3 = (await ask({ path: '/openapi/v3' })).json<{ paths: Record<string, { serverRelativeURL: string }> }>();
      const url = v3.paths[BASE.slice(1)]?.serverRelativeURL ?? '';
      expect(url).toBe(`/openapi/v3${BASE}?hash=ABC`);
      expect((await ask({ path: url })).json()).toMatchObject({ info: { title: 'wardle' } });
    },
    LONG_MS,
  );

  tested(
    'is like any other to kubectl',
    async () => {
      const space = await cluster.space('default');
      expect(await space.rows('apiservices')).toEqual(expect.arrayContaining([`${NAME}  default/wardle  True`, 'v1.  Local  True', 'v1.apps  Local  True']));
      expect(await space.run('get flunders,fl -o name')).toContain(`flunder.${FLUNDERS.group}/a`);
      expect(await space.run('explain flunders.spec')).toContain('What is asked of it.');
      expect(await space.run('api-resources --api-group wardle.example.com --no-headers')).toMatch(
        /^flunders\s+fl\s+wardle.example.com\/v1alpha1\s+true\s+Flunder/,
      );
    },
    LONG_MS,
  );

  tested.each(eachKubectl)(
    '%s shows what nodes and pods use, and the parts of the control plane',
    async (_, program) => {
      const space = await cluster.space('default', program);
      await space.run(
        'run web --image=nginx --overrides={"metadata":{"annotations":{"simulated.decklog.io/cpu":"250m","simulated.decklog.io/memory":"64Mi"}}}',
      );
      await space.run('wait --for=condition=Ready pod/web --timeout=60s');
      expect(await space.run('top pods --no-headers --containers')).toMatch(/^web\s+web\s+250m\s+64Mi\s*$/);
      expect(await space.run('top pods -A -l run=web --no-headers')).toMatch(/^default\s+web\s+250m\s+64Mi\s*$/);
      expect(await space.run('top nodes --no-headers')).toMatch(/^node-1\s+\d+m\s+\d+%\s+\d+Mi\s+\d+%\s*\nnode-2\s/);
      expect(await space.run('delete pod web --now')).toContain('deleted');
      expect(await space.refused('top pod web')).toContain('not found');
      expect((await space.rows('componentstatuses')).map((row) => row.trim())).toEqual([
        'controller-manager  Healthy  ok',
        'nats-0  Healthy  ok',
        'postgresql-0  Healthy  ok',
        'scheduler  Healthy  ok',
      ]);
      expect((await space.try('get cs scheduler')).stderr).toContain('Warning: v1 ComponentStatus is deprecated in v1.19+');
    },
    LONG_MS,
  );

  test(
    'that fails is unavailable, and is served again when it has recovered',
    async () => {
      extension.fails = 500;
      await made('/api/v1/namespaces/default/services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'other' }, spec: { ports: [{ port: 1 }] } });
      await ask({
        path: '/api/v1/namespaces/default/services/wardle',
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: '{"metadata":{"labels":{"a":"b"}}}',
      });
      await becomes('FailedDiscoveryCheck');
      const url = `https://${extension.ip}:${extension.port}${BASE}`;
      expect(await condition()).toMatchObject({ status: 'False', message: `failing or missing response from ${url}: bad status from ${url}: 500` });
      expect((await ask({ path: LIST })).code).toBe(503);
      extension.fails = undefined;
      await becomes('Passed');
      await eventually('it is served', async () => (await ask({ path: LIST })).code === 200, LONG_MS);
    },
    LONG_MS,
  );

  test(
    'is not believed with the certificate of another',
    async () => {
      const patch = (body: object) =>
        ask({ path: `${APISERVICES}/${NAME}`, method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body: JSON.stringify(body) });
      await patch({ spec: { caBundle: Buffer.from(ca.certificate).toString('base64') } });
      await eventually('the other CA is in use', async () => (await ask({ path: LIST })).code === 503, LONG_MS);
      expect((await ask({ path: LIST })).text).toBe(
        'error trying to reach service: tls: failed to verify certificate: x509: certificate signed by unknown authority\n',
      );
      await patch({ spec: { caBundle: null, insecureSkipTLSVerify: true } });
      await eventually('nobody looks at it', async () => (await ask({ path: LIST })).code === 200, LONG_MS);
    },
    LONG_MS,
  );

  test('goes with its APIService', async () => {
    await ask({ path: `${APISERVICES}/${NAME}`, method: 'DELETE' });
    expect((await ask({ path: LIST })).code).toBe(404);
    expect(await discovered()).toBeUndefined();
  });

  test('finds the CA of its clients where upstream has it', async () => {
    const { data } = (await ask({ path: '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication' })).json<{
      data: Record<string, string>;
    }>();
    expect(data).toMatchObject({
      'client-ca-file': ca.certificate,
      'requestheader-client-ca-file': (await frontProxy(join(cluster.home, 'pki'))).ca,
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-username-headers': '["X-Remote-User"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    });
  });

  test(
    'what happens is told to a collector: the request, its entry, the decisions that it caused, and who was asked',
    async () => {
      const traceId = '0af7651916cd43dd8448eb211c80319c';
      const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
      const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
      const body = {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: { name: 'traced' },
        spec: { replicas: 1, selector: { matchLabels: { a: 'b' } }, template },
      };
      expect((await ask({ path: '/apis/apps/v1/namespaces/default/replicasets', body, headers: { traceparent } })).code).toBe(201);
      const named = (name: string): OtlpSpan | undefined => collector.spans.find((span) => span.traceId === traceId && span.name === name);
      for (const name of ['POST replicasets.apps', 'append', 'reconcile replicaset', 'reconcile scheduler'])
        await eventually(`the span ${name}`, async () => named(name) !== undefined, LONG_MS);
      const [request, decision] = [named('POST replicasets.apps'), named('reconcile replicaset')];
      expect(request).toMatchObject({ parentSpanId: 'b7ad6b7169203331', kind: 2 });
      expect(decision).toMatchObject({ parentSpanId: request?.spanId, links: [{ traceId, spanId: request?.spanId }] });
      expect(collector.spans.filter(({ name, traceId: id }) => name === 'append' && id === traceId).map(({ parentSpanId }) => parentSpanId)).toEqual(
        expect.arrayContaining([request?.spanId, decision?.spanId]),
      );
      expect(forwardedTrace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      await ask({ path: '/apis/apps/v1/namespaces/default/replicasets/traced', method: 'DELETE' });
    },
    LONG_MS,
  );

  test("what was counted has upstream's names", async () => {
    const { text, headers } = await ask({ path: '/metrics' });
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of [
      /^apiserver_request_total\{code="201",component="apiserver",dry_run="",group="apps",resource="replicasets",scope="resource",subresource="",verb="POST",version="v1"\} \d+$/m,
      /^apiserver_request_total\{code="403",.*verb="GET".*\} \d+$|^apiserver_request_total\{code="403",.*\} \d+$/m,
      /^apiserver_request_total\{code="503",component="aggregator",.*group="wardle.example.com",.*verb="LIST".*\} \d+$/m,
      /^apiserver_request_duration_seconds_bucket\{.*le="0.005",.*\} \d+$/m,
      /^workqueue_adds_total\{name="replicaset"\} \d+$/m,
      /^decklog_trace_spans_total\{outcome="sent"\} \d+$/m,
    ])
      expect(text).toMatch(line);
  });

  test(
    'of custom resources is registered while a definition serves it',
    async () => {
      await made('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'boats.example.org' },
        spec: {
          group: 'example.org',
          scope: 'Namespaced',
          names: { plural: 'boats', kind: 'Boat' },
          versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
        },
      });
      await eventually('it is registered', async () => (await condition('v1.example.org')).reason === 'Local', LONG_MS);
      await ask({ path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/boats.example.org', method: 'DELETE' });
      await eventually('it is gone', async () => (await ask({ path: `${APISERVICES}/v1.example.org` })).code === 404, LONG_MS);
    },
    LONG_MS,
  );
});
