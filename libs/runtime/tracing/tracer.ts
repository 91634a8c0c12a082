import { randomBytes } from 'node:crypto';
import { OtlpExporter } from './otlp';
import { contextOf, KIND, traceparentOf, type Attributes, type FinishedSpan, type SpanContext } from './span';

/** How a span begins. */
export interface SpanOptions {
  /** What it is a part of. Default: it begins a trace. */
  readonly parent?: SpanContext | string;
  /** What else it comes from. Default: nothing. */
  readonly links?: readonly SpanContext[];
  /** A number of KIND. Default: internal. */
  readonly kind?: number;
  /** Milliseconds since 1970. Default: now. */
  readonly start?: number;
}

/** Something that takes time. Nothing is told of it before its end, and of one that is not sampled never. */
export class Span {
  private attributes: Record<string, string | number | boolean> = {};
  private failure: string | undefined;

  constructor(
    private readonly tracer: Tracer,
    public name: string,
    readonly context: SpanContext,
    private readonly options: {
      readonly parent?: SpanContext;
      readonly links: readonly SpanContext[];
      readonly kind: number;
      readonly start: number;
    },
  ) {}

  /** For the header and for entries of the log. */
  get traceparent(): string {
    return traceparentOf(this.context);
  }

  set(attributes: Attributes): void {
    Object.assign(this.attributes, attributes);
  }

  fail(why: string): void {
    this.failure = why;
  }

  end(): void {
    if (!this.context.sampled) return;
    const { name, context, attributes, failure } = this;
    this.tracer.finished({ name, context, ...this.options, end: now(), attributes, ...(failure !== undefined && { failure }) });
  }
}

/** The wall clock in milliseconds, with fractions. */
const now = (): number => performance.timeOrigin + performance.now();

/** Traces of entries that are remembered: causes are seldom older. */
const REMEMBERED = 16_384;

/** Makes spans. */
export class Tracer {
  private readonly traces = new Map<number, string>();

  /** `share` of the traces that begin here is sampled; those that others began are as they say. */
  constructor(
    private readonly exporter: Pick<OtlpExporter, 'add' | 'flush'>,
    private readonly share = 1,
  ) {}

  start(name: string, { parent, links = [], kind = KIND.internal, start = now() }: SpanOptions = {}): Span {
    const of = typeof parent === 'string' ? contextOf(parent) : parent;
    const traceId = of?.traceId ?? randomBytes(16).toString('hex');
    const sampled = of ? of.sampled : this.share >= 1 || Math.random() < this.share;
    return new Span(
      this,
      name,
      { traceId, spanId: randomBytes(8).toString('hex'), sampled },
      { ...(of && { parent: of }), links, kind, start },
    );
  }

  finished(span: FinishedSpan): void {
    this.exporter.add(span);
  }

  /** Which trace an entry of the log belongs to. */
  remember(revision: number, traceparent: string): void {
    this.traces.set(revision, traceparent);
    if (this.traces.size <= REMEMBERED) return;
    for (const oldest of this.traces.keys()) {
      this.traces.delete(oldest);
      return;
    }
  }

  /** Where the entries of these revisions come from, as far as it is known; each trace once. */
  linksTo(revisions: readonly number[]): SpanContext[] {
    const found = new Map<string, SpanContext>();
    for (const revision of revisions) {
      const context = contextOf(this.traces.get(revision));
      if (context) found.set(context.spanId, context);
    }
    return [...found.values()];
  }

  /** Sends what waits. */
  flush(): Promise<void> {
    return this.exporter.flush();
  }
}

/**
 * From OpenTelemetry's variables: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (a whole URL) or OTEL_EXPORTER_OTLP_ENDPOINT (`/v1/traces` is added),
 * OTEL_EXPORTER_OTLP_HEADERS (`key=value,…`), OTEL_SERVICE_NAME (default `decklog`), OTEL_TRACES_SAMPLER_ARG (0 to 1, default 1).
 * Undefined without an endpoint. @throws Error for an endpoint that is no URL of http or https, and for a share that is none.
 */
export function tracerFrom(env: NodeJS.ProcessEnv): Tracer | undefined {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const given = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || (base && `${base.replace(/\/+$/, '')}/v1/traces`);
  if (!given || env.OTEL_SDK_DISABLED === 'true') return undefined;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw new Error(`OTEL_EXPORTER_OTLP_ENDPOINT must be a URL of http or https, and not ${JSON.stringify(given)}`);
  const share = Number(env.OTEL_TRACES_SAMPLER_ARG || 1);
  if (!(share >= 0 && share <= 1))
    throw new Error(`OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, and not ${JSON.stringify(env.OTEL_TRACES_SAMPLER_ARG)}`);
  const exporter = new OtlpExporter({
    url: given,
    headers: headersFrom(env.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
    service: env.OTEL_SERVICE_NAME || 'decklog',
  });
  return new Tracer(exporter, share);
}

const headersFrom = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(',')
      .filter((pair) => pair.includes('='))
      .map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), decodeURIComponent(pair.slice(pair.indexOf('=') + 1).trim())]),
  );

/** The tracer of this process; undefined, which costs nothing, unless the environment names a collector. */
export const tracer: Tracer | undefined = tracerFrom(process.env);
