import { createServer, type ServerOptions } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import type { Duplex } from 'node:stream';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { ClusterCa } from '#lib/pki/cluster-ca';

/** Group and version that it serves; one resource, `flunders`, as upstream's sample server. */
export const FLUNDERS = { group: 'wardle.example.com', version: 'v1alpha1' };
const BASE = `/apis/${FLUNDERS.group}/${FLUNDERS.version}`;

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  /** CN of the client's certificate. */
  readonly client: string;
  readonly body: string;
}

/**
 * A real extension server: TLS with client certificates, discovery, OpenAPI, objects, watches, and a protocol of its own after an upgrade.
 */
export interface ExtensionServer {
  readonly port: number;
  /** An address of this machine that is not the loopback. */
  readonly ip: string;
  readonly caBundle: string;
  /** All requests but those of the aggregation itself, which looks after it in the background. */
  readonly arrived: Arrived[];
  /** Sends an event to every open watch. */
  tell(event: object): void;
  readonly watches: number;
  /** What it answers to everything; undefined: as it should. */
  fails: number | undefined;
  stop(): Promise<void>;
}

const flunders = {
  name: 'flunders',
  singularName: 'flunder',
  namespaced: true,
  kind: 'Flunder',
  shortNames: ['fl'],
  categories: ['all'],
  verbs: ['create', 'delete', 'get', 'list', 'watch'],
};
const definition = {
  type: 'object',
  description: 'A flunder is made by the extension server.',
  properties: { spec: { type: 'object', description: 'What is asked of it.' } },
  'x-kubernetes-group-version-kind': [{ ...FLUNDERS, kind: 'Flunder' }],
};
const operation = {
  tags: ['wardle'],
  description: 'list flunders',
  operationId: 'listFlunders',
  consumes: ['*/*'],
  produces: ['application/json'],
  schemes: ['https'],
  responses: { 200: { description: 'OK', schema: { $ref: '#/definitions/com.example.wardle.Flunder' } } },
  'x-kubernetes-action': 'list',
  'x-kubernetes-group-version-kind': { ...FLUNDERS, kind: 'Flunder' },
};

/** Its documents. There is no aggregated discovery, as in servers of old. */
const DOCUMENTS: Readonly<Record<string, object>> = {
  [BASE]: {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${FLUNDERS.group}/${FLUNDERS.version}`,
    resources: [flunders, { name: 'flunders/echo', singularName: '', namespaced: true, kind: 'Flunder', verbs: ['get'] }],
  },
  '/openapi/v2': {
    swagger: '2.0',
    info: { title: 'wardle', version: '1' },
    paths: { [`${BASE}/flunders`]: { get: operation } },
    definitions: { 'com.example.wardle.Flunder': definition },
  },
  '/openapi/v3': { paths: { [BASE.slice(1)]: { serverRelativeURL: `/openapi/v3${BASE}?hash=ABC` } } },
  [`/openapi/v3${BASE}`]: {
    openapi: '3.0.0',
    info: { title: 'wardle', version: '1' },
    paths: {
      [`${BASE}/namespaces/{namespace}/flunders`]: {
        get: {
          description: 'list flunders',
          operationId: 'list',
          responses: { 200: { description: 'OK' } },
          'x-kubernetes-group-version-kind': { ...FLUNDERS, kind: 'Flunder' },
        },
      },
    },
    components: { schemas: { 'com.example.wardle.Flunder': definition } },
  },
};

/** `serviceName` is the one that its certificate bears; clients must show a certificate of `clientCa`. */
export async function extensionServer(serviceName: string, clientCa: string): Promise<ExtensionServer> {
  const folder = mkdtempSync(join(tmpdir(), 'decklog-extension-'));
  const ca = await ClusterCa.loadOrCreate(folder, 'extension-ca');
  const ip =
    Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1';
  const { key, certificate } = await ca.issueServing({ dnsNames: [serviceName] });
  const state = { objects: new Map<string, object>(), watches: new Set<ServerResponse>(), arrived: [] as Arrived[], fails: undefined as number | undefined };
  const options: ServerOptions = { key, cert: certificate, ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const server = createServer(options, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      if (request.headers['x-remote-user'] !== 'system:kube-aggregator') state.arrived.push({ ...arrivedOf(request), body });
      if (state.fails !== undefined) return void response.writeHead(state.fails).end();
      answer(state, request, response, body);
    });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    state.arrived.push({ ...arrivedOf(request), body: '' });
    if (request.headers.upgrade !== 'echo') return void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello ');
    if (head.length > 0) socket.write(head);
    socket.on('error', () => undefined).pipe(socket);
  });
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ip,
    caBundle: Buffer.from(ca.certificate).toString('base64'),
    arrived: state.arrived,
    tell: (event) => state.watches.forEach((watch) => watch.write(`${JSON.stringify(event)}\n`)),
    get watches() {
      return state.watches.size;
    },
    get fails() {
      return state.fails;
    },
    set fails(code) {
      state.fails = code;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const arrivedOf = (request: IncomingMessage): Omit<Arrived, 'body'> => ({
  method: request.method ?? '',
  url: request.url ?? '',
  headers: request.headers,
  rawHeaders: request.rawHeaders,
  client: (request.socket as TLSSocket).getPeerCertificate().subject.CN as string,
});

function answer(state: { objects: Map<string, object>; watches: Set<ServerResponse> }, request: IncomingMessage, response: ServerResponse, body: string): void {
  const url = new URL(request.url ?? '/', 'https://extension');
  const json = (code: number, document: object): void => void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  const document = DOCUMENTS[url.pathname];
  if (document) return json(200, document);
  const [, name] = /\/flunders(?:\/([^/]+))?$/.exec(url.pathname) ?? [undefined, undefined];
  if (!url.pathname.startsWith(`${BASE}/`)) return json(404, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 });
  if (url.searchParams.get('watch')) {
    state.watches.add(response.once('close', () => state.watches.delete(response)));
    return void response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  }
  if (request.method === 'POST') {
    const made = JSON.parse(body) as { metadata: { name: string } };
    state.objects.set(made.metadata.name, made);
    return json(201, made);
  }
  if (!name)
    return json(200, {
      kind: 'FlunderList',
      apiVersion: `${FLUNDERS.group}/${FLUNDERS.version}`,
      metadata: { resourceVersion: '1' },
      items: [...state.objects.values()],
    });
  const found = state.objects.get(name);
  if (!found)
    return json(404, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      reason: 'NotFound',
      message: `flunders.${FLUNDERS.group} "${name}" not found`,
      code: 404,
    });
  if (request.method === 'DELETE') state.objects.delete(name);
  return json(200, found);
}
