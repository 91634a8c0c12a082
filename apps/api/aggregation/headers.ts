import type { IncomingMessage } from 'node:http';
import type { Exchange } from '../http/exchange';
import { traceOf } from '../http/request-span';

/** Of one connection alone, or of nobody's concern: they end here. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** What says who the user is has been read; only the front proxy may say it again. */
const CREDENTIALS = /^(authorization|x-remote-.*|impersonate-.*|host|:.*)$/;

/** The headers of a request as they are handed on, all but those about its user. Mirrors NewRequestForProxy and httputil.ReverseProxy. */
export function forwardedHeaders({ request, path, id }: Exchange): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const ended = connectionOptions(request.headers.connection);
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || ended.has(name) || CREDENTIALS.test(name)) continue;
    headers[name] = value;
  }
  const address = request.socket.remoteAddress;
  const before = headers['x-forwarded-for'];
  if (address) headers['x-forwarded-for'] = before ? `${String(before)}, ${address}` : address;
  headers['x-forwarded-uri'] = path;
  headers['x-forwarded-host'] = request.headers.host ?? String(request.headers[':authority'] ?? '');
  headers['x-forwarded-proto'] = 'https';
  headers['audit-id'] = id;
  const trace = traceOf(request);
  if (trace !== undefined) headers['traceparent'] = trace;
  return headers;
}

/** Names of headers that are about the connection because `Connection` says so. */
const connectionOptions = (value: string | undefined): Set<string> =>
  new Set(
    (value ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );

/** The headers of an answer; those that came more than once still do. The id of the request is already there. */
export function answerHeaders({ rawHeaders, headers: { connection } }: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const ended = connectionOptions(connection);
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    if (HOP_BY_HOP.has(name) || ended.has(name) || name === 'audit-id') continue;
    const value = rawHeaders[i + 1] as string;
    const before = headers[name];
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return headers;
}
