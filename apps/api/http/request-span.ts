import { KIND } from '#lib/runtime/tracing/span';
import { tracer, type Span, type Tracer } from '#lib/runtime/tracing/tracer';
import type { Incoming, Outgoing } from './exchange';
import { announcedOf } from './head';

const spans = new WeakMap<Incoming, Span>();

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** The span of a request, a part of its client's trace when it names one. */
export function beginRequest(by: Tracer, request: Incoming): Span {
  const parent = one(request.headers['traceparent']);
  const span = by.start(request.method ?? '', { ...(parent !== undefined && { parent }), kind: KIND.server });
  span.set({
    'http.request.method': request.method ?? '',
    'url.path': (request.url ?? '/').replace(/\?.*/s, ''),
    'user_agent.original': one(request.headers['user-agent']) ?? '',
  });
  spans.set(request, span);
  return span;
}

/** To be called once the answer is over. */
export function endRequest(span: Span, response: Outgoing): void {
  const { statusCode } = response;
  span.set({ 'http.response.status_code': statusCode, 'audit-id': announcedOf(response, 'audit-id') ?? '' });
  if (statusCode >= 500) span.fail(`HTTP ${statusCode}`);
  span.end();
}

/** Which trace what a request causes belongs to: that of its own span, or, when nobody traces here, of its client's. */
export const traceOf = (request: Incoming): string | undefined =>
  (tracer && spans.get(request)?.traceparent) ?? one(request.headers['traceparent']);
