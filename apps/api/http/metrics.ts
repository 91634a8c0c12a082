import { Counter, Gauge, Histogram, register } from 'prom-client';
import type { Incoming, Outgoing } from './exchange';

const requests = new Counter({
  name: 'apiserver_request_total',
  help: 'Requests by method, what they asked for and the code of the answer.',
  labelNames: ['method', 'what', 'code'],
});

const durations = new Histogram({
  name: 'apiserver_request_duration_seconds',
  help: 'Time from the request to the end of its answer; watches are left out.',
  labelNames: ['what'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

const inflight = new Gauge({ name: 'apiserver_current_inflight_requests', help: 'Requests that are being answered, watches included.' });

/** Clients may invent others, and each would be kept for ever. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Measures one request. */
export class Observed {
  private readonly start = performance.now();
  private what = 'unknown';

  constructor(private readonly request: Incoming) {
    inflight.inc();
  }

  /** What was asked for, once that is known. */
  about(what: string): void {
    this.what = what;
  }

  closed({ statusCode }: Outgoing): void {
    const { what } = this;
    const method = this.request.method ?? '';
    inflight.dec();
    requests.inc({ method: METHODS.has(method) ? method : 'OTHER', what, code: statusCode });
    if (!what.startsWith('watch ')) durations.observe({ what }, (performance.now() - this.start) / 1000);
  }
}

/** Everything that is counted in this process, in Prometheus' text format. */
export const metricsText = (): Promise<string> => register.metrics();
export const metricsType = register.contentType;
