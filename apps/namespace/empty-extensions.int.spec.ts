import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APIService } from '#lib/api/apiregistration/apiservice';
import { Service } from '#lib/api/core/service';
import { EndpointSlice } from '#lib/api/discovery/endpointslice';
import type { KubeObject } from '#lib/api/meta';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { build } from '#lib/reconcile/testing/builders/object';
import { worldOf } from '#lib/reconcile/testing/given';
import { emptyExtensions } from './empty-extensions';

const RESOURCES = [
  { name: 'ships', namespaced: true, kind: 'Ship', verbs: ['delete', 'deletecollection', 'list'] },
  { name: 'ships/status', namespaced: true, kind: 'Ship', verbs: ['get', 'delete'] },
  { name: 'boats', namespaced: true, kind: 'Boat', verbs: ['delete', 'list'] },
  { name: 'rafts', namespaced: true, kind: 'Raft', verbs: ['delete', 'deletecollection', 'list'] },
  { name: 'seas', namespaced: false, kind: 'Sea', verbs: ['delete', 'deletecollection', 'list'] },
  { name: 'logs', namespaced: true, kind: 'Log', verbs: ['create'] },
];

describe('an extension server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'decklog-extension-'));
  const stored: Record<string, string[]> = { ships: ['a', 'b'], boats: ['c', 'held'], seas: ['d'] };
  const asked: string[] = [];
  let server: Server;
  let world: ReturnType<typeof worldOf>;
  let remote: APIService;

  beforeAll(async () => {
    process.env['DECKLOG_PKI_DIR'] = folder;
    const ca = await ClusterCa.loadOrCreate(folder);
    const { key, certificate } = await ca.issueServing({ dnsNames: ['fleet.ops.svc'], ips: ['127.0.0.1'] });
    server = createServer({ key, cert: certificate }, (request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${String(request.headers['x-remote-user'])}`);
      const [, kind = '', name] = /\/namespaces\/shop\/(\w+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? [];
      if (kind === 'rafts') {
        response.statusCode = 403;
        response.end(JSON.stringify({ kind: 'Status', message: 'rafts.fleet.example.com is forbidden' }));
        return;
      }
      if (request.method === 'DELETE') stored[kind] = (stored[kind] ?? []).filter((one) => one === 'held' || (name !== undefined && one !== name));
      response.end(JSON.stringify(kind === '' ? { resources: RESOURCES } : { items: (stored[kind] ?? []).map((one) => ({ metadata: { name: one } })) }));
    });
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up));
    const { port } = server.address() as AddressInfo;
    remote = apiService('v1', port, ca.certificate, 'True');
    world = worldOf(
      build(Service, { name: 'fleet', namespace: 'ops' }, { spec: { ports: [{ port }] } }),
      build(
        EndpointSlice,
        { name: 'fleet', namespace: 'ops', labels: { 'kubernetes.io/service-name': 'fleet' } },
        { addressType: 'IPv4', ports: [{ port }], endpoints: [{ addresses: ['127.0.0.1'] }] },
      ) as KubeObject,
    );
  });
  afterAll(async () => {
    delete process.env['DECKLOG_PKI_DIR'];
    server.closeAllConnections();
    await new Promise((down) => server.close(down));
    rmSync(folder, { recursive: true, force: true });
  });

  const apiService = (version: string, port: number, ca: string, available: string): APIService =>
    build(
      APIService,
      { name: `${version}.fleet.example.com` },
      {
        spec: { group: 'fleet.example.com', version, service: { namespace: 'ops', name: 'fleet', port }, caBundle: Buffer.from(ca).toString('base64') },
        status: { conditions: [{ type: 'Available', status: available }] },
      },
    );

  test('is asked to delete what a namespace holds, in the name of the controller; what stays is counted, what is refused is told', async () => {
    expect(await emptyExtensions('shop', [remote], world)).toEqual({
      stale: [],
      errors: ['rafts.fleet.example.com is forbidden'],
      remaining: { 'boats.fleet.example.com': 1 },
    });
    expect(stored).toEqual({ ships: [], boats: ['held'], seas: ['d'] });
    expect(asked[1]).toBe('DELETE /apis/fleet.example.com/v1/namespaces/shop/ships system:serviceaccount:kube-system:namespace-controller');
  });

  test('that is away, or said to be, is named', async () => {
    const [away, said] = [apiService('v2', 1, '', 'True'), apiService('v3', 1, '', 'False')];
    expect(await emptyExtensions('shop', [away, said], world)).toEqual({ stale: ['fleet.example.com/v2', 'fleet.example.com/v3'], errors: [], remaining: {} });
  });
});
