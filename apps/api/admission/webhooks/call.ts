import { dialWords } from '#lib/client/dial-words';
import { wholeBody } from '#lib/client/whole-body';
import { Agent, request } from 'node:https';
import { isIP } from 'node:net';
import type { Address } from './address';

/** Answers of more bytes are an attack or a mistake. */
const MAX_ANSWER = 8 * 1024 * 1024;

/** Connections are kept: a handshake costs ten times a call. */
const agent = new Agent({ keepAlive: true, maxFreeSockets: 32, timeout: 60_000 });

/**
 * Posts a review and reads the answer. Rejects with an Error in the words of Go's HTTP client, after `timeoutSeconds` at the latest.
 * `trace` is a traceparent.
 */
export function callWebhook(
  address: Address,
  ca: string | undefined,
  review: object,
  timeoutSeconds: number,
  trace?: string,
): Promise<unknown> {
  const { host, port, serverName } = address;
  const mark = address.path.includes('?') ? '&' : '?';
  const timeout = `${mark}timeout=${timeoutSeconds}s`;
  const body = Buffer.from(JSON.stringify(review));
  const failed = (why: string): Error => new Error(`Post ${JSON.stringify(address.url + timeout)}: ${why}`);
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    const call = request({
      agent,
      method: 'POST',
      host,
      port,
      path: address.path + timeout,
      ...(!isIP(serverName) && { servername: serverName }),
      ...(ca && { ca }),
      headers: {
        host: `${serverName}:${port}`,
        accept: 'application/json, */*',
        'content-type': 'application/json',
        'content-length': body.length,
        'user-agent': 'kube-apiserver-admission',
        ...(trace && { traceparent: trace }),
      },
      signal,
    });
    call.on('error', (error: NodeJS.ErrnoException) =>
      reject(failed(signal.aborted ? 'context deadline exceeded' : dialWords(error, address))),
    );
    call.on('response', (response) => {
      const answer = wholeBody(response, MAX_ANSWER, () => call.destroy(new Error('http: response body too large')));
      const broken = (error: Error): void => reject(failed(signal.aborted ? 'context deadline exceeded' : error.message));
      answer.then((bytes) => resolve(contentOf(response.statusCode ?? 0, bytes.toString())), broken).catch(reject);
    });
    call.end(body);
  });
}

/** Mirrors transformResponse of client-go/rest/request.go and NewGenericServerResponse. */
function contentOf(code: number, text: string): unknown {
  const content = parsed(text);
  if (code >= 200 && code < 300) {
    if (content === undefined) throw new Error("couldn't get version/kind; json parse error: invalid character in the answer");
    return content;
  }
  const { kind, message } = (content ?? {}) as { kind?: unknown; message?: unknown };
  if (kind === 'Status' && typeof message === 'string') throw new Error(message);
  throw new Error(wordsOf(code, text.trim()));
}

function wordsOf(code: number, text: string): string {
  if (code === 400) return 'the server rejected our request for an unknown reason';
  if (code === 401) return 'the server has asked for the client to provide credentials';
  if (code === 403) return text || 'unknown';
  if (code === 404) return 'the server could not find the requested resource';
  if (code === 405) return 'the server does not allow this method on the requested resource';
  if (code === 409) return 'the server reported a conflict';
  if (code === 429) return 'the server has received too many requests and has asked us to try again later';
  if (code === 503) return 'the server is currently unable to handle the request';
  if (code === 504) return 'the server was unable to return a response in the time allotted, but may still be processing the request';
  if (code >= 500) return `an error on the server (${JSON.stringify(text || 'unknown')}) has prevented the request from succeeding`;
  return `the server responded with the status code ${code} but did not return more information`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
