import { Event } from '#lib/api/core/event';
import { tooManyRequests, type ApiError } from '#lib/api/errors';
import { TokenBucket } from './token-bucket';
import type { AdmissionPlugin, AdmissionRequest } from '../plugin';
import type { EventLimit } from './configuration';

/** Buckets that a limit keeps when it does not say: those asked last. */
const DEFAULT_CACHE = 4096;

const keysOf: Readonly<Record<EventLimit['type'], (request: AdmissionRequest) => string>> = {
  Server: () => '',
  Namespace: ({ namespace }) => namespace,
  User: ({ user }) => user.name,
  SourceAndObject({ object }) {
    const { source = {}, involvedObject: about } = object as Event;
    return [source.component, source.host, about.kind, about.namespace, about.name, about.uid, about.apiVersion].join('');
  },
};

/** One limit, with a bucket for each of those whom it tells apart. */
class Limiter {
  private readonly buckets = new Map<string, TokenBucket>();
  private readonly size: number;

  constructor(
    private readonly limit: EventLimit,
    private readonly now: () => number,
  ) {
    this.size = limit.cacheSize || DEFAULT_CACHE;
  }

  /** Takes a token; the refusal when there is none. */
  refusal(request: AdmissionRequest): ApiError | undefined {
    const { type } = this.limit;
    const key = keysOf[type](request);
    if (this.bucketOf(key).take(this.now())) return undefined;
    return tooManyRequests(`Too many requests: limit reached on type ${type} for key ${key}`, 0);
  }

  private bucketOf(key: string): TokenBucket {
    const bucket = this.buckets.get(key) ?? new TokenBucket(this.limit.qps, this.limit.burst, this.now());
    this.buckets.delete(key);
    this.buckets.set(key, bucket); // the one asked last stands last
    if (this.buckets.size > this.size) this.buckets.delete(this.buckets.keys().next().value as string);
    return bucket;
  }
}

/** By world: several API servers may run in one process, each with limits of its own. */
const limiters = new WeakMap<object, readonly Limiter[]>();

/** From now on, Events that clients write against this world are limited. `now` in milliseconds. */
export const limitEvents = (world: object, limits: readonly EventLimit[], now: () => number = () => performance.now()): void =>
  void limiters.set(
    world,
    limits.map((limit) => new Limiter(limit, now)),
  );

/**
 * Refuses Events that come too fast; only where a configuration says so. Every limit takes its token, and of several refusals the last
 * is told. Like upstream, it means Events of v1 and not those of events.k8s.io. Mirrors plugin/pkg/admission/eventratelimit.
 */
export const eventRateLimit: AdmissionPlugin = {
  name: 'EventRateLimit',
  settle(request, { world }) {
    if (request.kind !== Event || request.view || request.operation === 'DELETE') return;
    const refusals = (limiters.get(world) ?? []).map((limiter) => limiter.refusal(request));
    const refused = refusals.filter((one) => one !== undefined).at(-1);
    if (refused) throw refused;
  },
};
