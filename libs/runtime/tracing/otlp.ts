import { Counter } from 'prom-client';
import { registry } from '../metrics';
import type { Attributes, FinishedSpan, SpanContext } from './span';

/** Where spans are sent, and how. */
export interface OtlpOptions {
  /** The whole URL: `http://collector:4318/v1/traces`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `service.name` of the resource. */
  readonly service: string;
}

const SEND_EVERY_MS = 1_000;
const SEND_AT = 512;
/** More than that wait only when the collector is away; the oldest are dropped, since nobody must wait for it. */
const MAX_WAITING = 8_192;
const TIMEOUT_MS = 10_000;

const counted = new Counter({
  name: 'decklog_trace_spans_total',
  help: 'Spans by what became of them',
  labelNames: ['outcome'] as const,
  registers: [registry],
});

/** Sends spans to a collector as OTLP over HTTP, in JSON, in the background. What cannot be sent is dropped and counted. */
export class OtlpExporter {
  private waiting: FinishedSpan[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;

  constructor(private readonly options: OtlpOptions) {}

  add(span: FinishedSpan): void {
    this.waiting.push(span);
    if (this.waiting.length > MAX_WAITING)
      counted.inc({ outcome: 'dropped' }, this.waiting.splice(0, this.waiting.length - MAX_WAITING).length);
    if (this.waiting.length >= SEND_AT) void this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), SEND_EVERY_MS).unref();
  }

  /** Sends what waits. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.sending) return this.sending;
    const spans = this.waiting.splice(0);
    if (spans.length === 0) return;
    this.sending = this.send(spans).finally(() => (this.sending = undefined));
    await this.sending;
  }

  private async send(spans: readonly FinishedSpan[]): Promise<void> {
    const { url, headers, service } = this.options;
    const body = JSON.stringify(requestOf(service, spans));
    try {
      const { ok } = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      counted.inc({ outcome: ok ? 'sent' : 'dropped' }, spans.length);
    } catch {
      counted.inc({ outcome: 'dropped' }, spans.length);
    }
  }
}

/** An ExportTraceServiceRequest of opentelemetry-proto, in its JSON form. */
export const requestOf = (service: string, spans: readonly FinishedSpan[]): object => ({
  resourceSpans: [
    {
      resource: { attributes: attributesOf({ 'service.name': service }) },
      scopeSpans: [{ scope: { name: 'decklog' }, spans: spans.map(spanOf) }],
    },
  ],
});

const idsOf = ({ traceId, spanId }: SpanContext) => ({ traceId, spanId });

const spanOf = ({ context, parent, links, name, kind, start, end, attributes, failure }: FinishedSpan): object => ({
  ...idsOf(context),
  ...(parent && { parentSpanId: parent.spanId }),
  name,
  kind,
  startTimeUnixNano: nanos(start),
  endTimeUnixNano: nanos(end),
  attributes: attributesOf(attributes),
  links: links.map(idsOf),
  status: failure === undefined ? {} : { code: 2, message: failure },
});

/** Numbers of this size are texts in OTLP's JSON. */
const nanos = (ms: number): string => `${Math.round(ms * 1000)}000`;

const attributesOf = (attributes: Attributes): object[] =>
  Object.entries(attributes).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'boolean'
          ? { boolValue: value }
          : Number.isInteger(value)
            ? { intValue: String(value) }
            : { doubleValue: value },
  }));
