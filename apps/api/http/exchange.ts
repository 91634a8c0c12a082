import { requestTimeout, tooLargeBody, type ApiError } from '#lib/api/errors';
import { MAX_BODY_BYTES } from '#lib/schema/decode/body';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { User } from '../auth/authorizer';
import { Deadlines } from './deadlines';
import { writeHead, type Headers } from './head';

export type Incoming = IncomingMessage | Http2ServerRequest;
export type Outgoing = ServerResponse | Http2ServerResponse;

/** One request with all that is known of it before its work begins. */
export interface Exchange {
  readonly request: Incoming;
  readonly response: Outgoing;
  readonly method: string;
  /** Without the `/asof/…` prefix. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly user: User;
  /** Who really asked, when `user` is impersonated. */
  readonly impersonator?: string;
  readonly id: string;
  /** The moment that ages are counted to: that of the request, or of the past that is read. */
  readonly now: Date;
  /** The revision that is read, when the path begins with `/asof/`. */
  readonly past: number | undefined;
  readonly warnings: string[];
  /** What admission wants the record of the request to say. */
  readonly annotations: Record<string, string>;
  /** What the body calls the object, where the path does not: for the record of the request. */
  named: string | undefined;
}

/** Upstream's time for a request, which here is the time for its body: everything after it takes milliseconds. */
const bodyDeadlines = new Deadlines(60_000);

/** The client went away before its request was complete: there is nobody to answer, and nothing to act on. */
export class ClientGone extends Error {}

/** Who else wants to see the body of a request, once it is read. */
export const bodyListeners = new WeakMap<Incoming, (body: Buffer) => void>();

const keptBodies = new WeakMap<Incoming, Buffer>();

/** Reads the body and keeps it, for a request that may be carried out more than once. @throws as `bodyOf`. */
export async function keepBody(request: Incoming): Promise<void> {
  keptBodies.set(request, await bodyOf(request));
}

/**
 * Reads the body whole. @throws ApiError 413 past upstream's 3 MiB, 504 when it does not come; ClientGone when it ends before its end:
 * half a body may be a valid one.
 */
export function bodyOf(request: Incoming): Promise<Buffer> {
  const kept = keptBodies.get(request);
  if (kept) return Promise.resolve(kept);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const refuse = (error: Error): void => {
      clear();
      request.removeAllListeners('data');
      reject(error);
    };
    const clear = bodyDeadlines.set(() => refuse(requestTimeout()));
    let whole = false; // every request is closed in the end: an error made for each of them cost 32 µs in a profile under load
    const gone = (): void => void (whole || refuse(new ClientGone('the body ended before its end')));
    if (request.destroyed || request.aborted) return gone();
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return refuse(tooLargeBody(MAX_BODY_BYTES));
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return refuse(tooLargeBody(MAX_BODY_BYTES));
      chunks.push(chunk);
    });
    request.once('aborted', gone).once('error', gone).once('close', gone);
    request.once('end', () => {
      if (request.aborted) return gone(); // HTTP/2: a stream that was reset ends, too
      whole = true;
      clear();
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      bodyListeners.get(request)?.(body);
      resolve(body);
    });
  });
}

/** How long what is left of a refused body is read and thrown away, so that the client comes to read its answer. */
const DRAIN_MS = 5_000;

/** A body that nobody read must not block the connection, nor go on for ever. */
export function drain(request: Incoming): void {
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), DRAIN_MS).unref();
  request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
}

export const JSON_TYPE = 'application/json';

/** Sends a whole answer. */
export function send(response: Outgoing, code: number, body: Buffer, headers: Headers = {}): void {
  if (response.headersSent) return;
  writeHead(response, code, headers, { 'content-type': JSON_TYPE, 'cache-control': 'no-cache, private', 'content-length': body.length });
  response.end(body);
}

export function sendError(response: Outgoing, error: ApiError, headers: Headers = {}): void {
  send(response, error.code, Buffer.from(JSON.stringify(error.status)), { ...headers, ...retryHeaders(error) });
}

/** When a client should come back, for those errors that say so. */
export function retryHeaders({ status }: ApiError): Record<string, string> {
  const retry = status.details?.retryAfterSeconds;
  return retry ? { 'retry-after': String(retry) } : {};
}

/**
 * Beyond so many characters the texts are cut, and beyond so many cut ones left out. Mirrors apiserver/pkg/endpoints/filters/warning.go.
 */
const MAX_WARNINGS = 4096;
const CUT_WARNING = 256;

/** `Warning:` headers as kubectl prints them. */
export function warningHeaders(warnings: readonly string[]): Record<string, string[]> {
  if (warnings.length === 0) return {};
  const texts = [...new Set(warnings)];
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const kept = length <= MAX_WARNINGS ? texts : texts.slice(0, MAX_WARNINGS / CUT_WARNING).map((text) => text.slice(0, CUT_WARNING));
  return { warning: kept.map((text) => `299 - ${JSON.stringify(text.replace(/[^\x20-\x7e]/g, '?'))}`) };
}
