import { requestTimeout } from '#lib/api/errors';
import { dialWords } from '#lib/client/dial-words';
import { NoEndpoint, type ServiceEndpoint } from '#lib/reconcile/service-endpoints';
import type { ClientRequest } from 'node:http';
import { request } from 'node:https';
import type { Http2ServerRequest } from 'node:http2';
import type { Exchange, Incoming } from '../http/exchange';
import { plainly, questionFor, relay } from './relay';
import type { Remote } from './remote';
import { connect } from './tunnel';
import { upgradeOf } from './upgrade';

/** Upstream's time for a request that does not last by its nature. */
const TIMEOUT_MS = 60_000;

/**
 * Hands a request on to an extension server, with the name of its user, and its answer back, both as they come. Resolves when the answer is
 * over, or has begun when it lasts. @throws ApiError 504. Mirrors kube-aggregator/pkg/apiserver/handler_proxy.go.
 */
export async function forward(exchange: Exchange, remote: Remote, lasts: boolean): Promise<void> {
  const endpoint = remote.isAvailable ? endpointOf(remote) : undefined;
  if (!endpoint) return plainly(exchange, 'service unavailable');
  const upgrade = upgradeOf(exchange.request);
  if (upgrade) return connect(exchange, remote, endpoint, upgrade);
  return carry(exchange, remote, endpoint, lasts, true);
}

function endpointOf(remote: Remote): ServiceEndpoint | undefined {
  try {
    return remote.endpoint();
  } catch (error) {
    if (error instanceof NoEndpoint) return undefined;
    throw error;
  }
}

function carry(exchange: Exchange, remote: Remote, endpoint: ServiceEndpoint, lasts: boolean, mayRetry: boolean): Promise<void> {
  const { request: asked, response } = exchange;
  return new Promise((resolve, reject) => {
    const isEmpty = hasNoBody(asked);
    const sent = request({ ...questionFor(exchange, remote, endpoint), agent: remote.agent });
    const timer = lasts ? undefined : setTimeout(() => sent.destroy(requestTimeout()), TIMEOUT_MS);
    let isOver = false;
    response.once('close', () => {
      isOver = true;
      clearTimeout(timer);
      sent.destroy(); // the client has its answer, or has gone
      resolve();
    });
    sent.on('response', (answer) => {
      clearTimeout(timer);
      relay(exchange, answer);
      if (lasts) resolve(); // it holds nobody up
    });
    sent.on('error', (error) => {
      clearTimeout(timer);
      if (isOver) return;
      if (response.headersSent) return void response.destroy();
      if ('status' in error) return reject(error);
      // A kept connection that the other side closed meanwhile: nothing of this request arrived.
      if (mayRetry && isEmpty && sent.reusedSocket) return void carry(exchange, remote, endpoint, lasts, false).then(resolve, reject);
      plainly(exchange, `error trying to reach service: ${dialWords(error, { ...endpoint, serverName: remote.serverName })}`);
    });
    give(asked, sent, isEmpty);
  });
}

function give(asked: Incoming, sent: ClientRequest, isEmpty: boolean): void {
  if (isEmpty) return void sent.end();
  asked.once('aborted', () => sent.destroy());
  asked.pipe(sent);
}

function hasNoBody(asked: Incoming): boolean {
  if (asked.httpVersionMajor === 2) return (asked as Http2ServerRequest).stream.endAfterHeaders;
  const { 'content-length': length, 'transfer-encoding': coding } = asked.headers;
  return coding === undefined && (length === undefined || length === '0');
}
