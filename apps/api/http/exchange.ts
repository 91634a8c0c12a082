import { ApiError, tooLargeBody } from '#lib/api/errors';
import { MAX_BODY_BYTES } from '#lib/schema/decode/body';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { User } from '../auth/authorizer';

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
  /** The revision that is read, when the path begins with `/asof/`. */
  readonly past: number | undefined;
  readonly warnings: string[];
}

/** Reads the body whole. @throws ApiError 413 past upstream's 3 MiB. */
export async function bodyOf(request: Incoming): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLargeBody(MAX_BODY_BYTES);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLargeBody(MAX_BODY_BYTES);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

export const JSON_TYPE = 'application/json';

/** Sends a whole answer. */
export function send(response: Outgoing, code: number, body: Buffer, headers: Record<string, string | string[]> = {}): void {
  if (response.headersSent) return;
  response.writeHead(code, {
    'content-type': JSON_TYPE,
    'cache-control': 'no-cache, private',
    'content-length': body.length,
    ...headers,
  });
  response.end(body);
}

export function sendError(response: Outgoing, error: ApiError, headers: Record<string, string | string[]> = {}): void {
  const retry = error.status.details?.retryAfterSeconds;
  const more: Record<string, string> = retry ? { 'retry-after': String(retry) } : {};
  send(response, error.code, Buffer.from(JSON.stringify(error.status)), { ...headers, ...more });
}

/** `Warning:` headers as kubectl prints them. */
export function warningHeaders(warnings: readonly string[]): Record<string, string[]> {
  if (warnings.length === 0) return {};
  const clean = [...new Set(warnings)].map((text) => `299 - ${JSON.stringify(text.replace(/[^\x20-\x7e]/g, '?'))}`);
  return { warning: clean };
}
