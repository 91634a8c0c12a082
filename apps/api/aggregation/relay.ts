import { userHeaders } from '#lib/client/extension';
import type { ServiceEndpoint } from '#lib/reconcile/service-endpoints';
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { drain, send, type Exchange } from '../http/exchange';
import { writeHead } from '../http/head';
import { answerHeaders, forwardedHeaders } from './headers';
import type { Remote } from './remote';

/** As upstream says it: in plain text. */
export function plainly({ request, response }: Exchange, text: string): void {
  send(response, 503, Buffer.from(`${text}\n`), { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  drain(request);
}

/** Host and path as the client asked, whoever is behind it. */
export function questionFor(exchange: Exchange, remote: Remote, { host, port }: ServiceEndpoint): RequestOptions {
  const path = (exchange.request.url ?? '/').replace(/^https?:\/\/[^/]*/, '');
  const headers = {
    ...forwardedHeaders(exchange),
    ...userHeaders(exchange.user),
    host: `${host.includes(':') ? `[${host}]` : host}:${port}`,
  };
  return { host, port, path, method: exchange.method, headers, ...remote.tls };
}

/** The answer as it comes; headers go out at once, since a watch may say nothing for long. */
export function relay({ response, request: asked }: Exchange, answer: IncomingMessage): void {
  writeHead(response, answer.statusCode ?? 502, answerHeaders(answer));
  if ('flushHeaders' in response) response.flushHeaders();
  answer.on('error', () => response.destroy());
  answer.pipe(response as NodeJS.WritableStream);
  answer.once('end', () => drain(asked));
}
