import { Agent, request as httpsRequest } from 'node:https';
import { connect, type ClientHttp2Session } from 'node:http2';
import type { Status } from '#lib/api/errors';
import type { IssuedCertificate } from '#lib/pki/certificate';

/** Who asks: a client certificate, a bearer token, or nobody. */
export type Identity = IssuedCertificate | { readonly token: string } | undefined;

/** One request, as raw as a test wants it. */
export interface Asked {
  /** Default GET, or POST with a body. */
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** An object is sent as JSON. */
  readonly body?: string | Buffer | object;
}

/** The whole answer. */
export interface Answered {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON. @throws when it is none. */
  json<T = Status>(): T;
}

export type Protocol = 'HTTP/1.1' | 'HTTP/2';

/** A client with one identity and one protocol, which keeps its connection. */
export interface Asker {
  (asked: Asked): Promise<Answered>;
  close(): void;
}

/** `ca` is the certificate of the cluster. */
export function asker(port: number, ca: string, identity: Identity, protocol: Protocol): Asker {
  return protocol === 'HTTP/2' ? http2Asker(port, ca, identity) : http1Asker(port, ca, identity);
}

const tlsOf = (ca: string, identity: Identity): { ca: string; cert?: string; key?: string } =>
  identity && 'key' in identity ? { ca, cert: identity.certificate, key: identity.key } : { ca };

const headersOf = (asked: Asked, identity: Identity, bytes: Buffer | undefined): Record<string, string | string[]> => ({
  ...(identity && 'token' in identity && { authorization: `Bearer ${identity.token}` }),
  ...(bytes && { 'content-length': String(bytes.length) }),
  ...(bytes && !(typeof asked.body === 'string' || Buffer.isBuffer(asked.body)) && { 'content-type': 'application/json' }),
  ...asked.headers,
});

function bytesOf({ body }: Asked): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function answered(code: number, headers: Answered['headers'], chunks: Buffer[]): Answered {
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString();
  return { code, headers, bytes, text, json: <T>() => JSON.parse(text) as T };
}

function http1Asker(port: number, ca: string, identity: Identity): Asker {
  const agent = new Agent({ keepAlive: true, ...tlsOf(ca, identity) });
  const ask = (asked: Asked): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const bytes = bytesOf(asked);
      const { path, method = bytes ? 'POST' : 'GET' } = asked;
      const sent = httpsRequest({ host: '127.0.0.1', port, agent, path, method, headers: headersOf(asked, identity, bytes) }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve(answered(response.statusCode ?? 0, response.headers, chunks)));
      });
      sent.on('error', reject);
      sent.end(bytes);
    });
  return Object.assign(ask, { close: () => agent.destroy() });
}

function http2Asker(port: number, ca: string, identity: Identity): Asker {
  let session: ClientHttp2Session | undefined;
  const live = (): ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session;
    session = connect(`https://127.0.0.1:${port}`, tlsOf(ca, identity));
    session.on('error', () => undefined); // the stream that it concerns tells
    return session;
  };
  const ask = (asked: Asked): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const bytes = bytesOf(asked);
      const { path, method = bytes ? 'POST' : 'GET' } = asked;
      const stream = live().request({ ':path': path, ':method': method, ...headersOf(asked, identity, bytes) }, { endStream: bytes === undefined });
      const chunks: Buffer[] = [];
      let code = 0;
      let headers: Answered['headers'] = {};
      stream.on('response', (got) => {
        code = Number(got[':status']);
        headers = got as Answered['headers'];
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () => (code === 0 ? reject(new Error('the stream ended without an answer')) : resolve(answered(code, headers, chunks))));
      if (bytes) stream.end(bytes);
    });
  return Object.assign(ask, { close: () => session?.destroy() });
}
