/** Where a span stands, as it travels in the header `traceparent` and in entries of the log. */
export interface SpanContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Reads a W3C traceparent; undefined when it is none. */
export function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const match = traceparent === undefined ? null : TRACEPARENT.exec(traceparent);
  if (!match || /^0+$/.test(match[1] as string) || /^0+$/.test(match[2] as string)) return undefined;
  return { traceId: match[1] as string, spanId: match[2] as string, sampled: (parseInt(match[3] as string, 16) & 1) === 1 };
}

/** Writes a W3C traceparent. */
export const traceparentOf = ({ traceId, spanId, sampled }: SpanContext): string => `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;

/** OTLP's numbers. */
export const KIND = { internal: 1, server: 2, client: 3, consumer: 5 } as const;

/** What is told of a span. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A span that is over. */
export interface FinishedSpan {
  readonly context: SpanContext;
  readonly parent?: SpanContext;
  readonly links: readonly SpanContext[];
  readonly name: string;
  readonly kind: number;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  /** What went wrong; absent when nothing did. */
  readonly failure?: string;
}
