import { Registry, register } from 'prom-client';
import { registry as ofControllers } from '#lib/runtime/metrics';
import { tracer, type Span } from '#lib/runtime/tracing/tracer';
import { family, histogramLines, labelsOf } from './metrics-text';
import { beginRequest, endRequest } from './request-span';
import type { Incoming, Outgoing } from './exchange';

/** Upper bounds in seconds, those of upstream's apiserver_request_duration_seconds. */
const BOUNDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

/** What requests are told apart by. */
export interface RequestLabels {
  /** `GET`, `LIST`, `WATCH`, `POST`, `PUT`, `PATCH`, `APPLY`, `DELETE`, `DELETECOLLECTION`. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly scope: string;
  readonly dryRun: string;
  /** `aggregator` for what was handed on. Default: this server itself. */
  readonly component?: 'aggregator';
}

/** The requests of one sort, as plain numbers: a labelled counter of prom-client takes a microsecond to find what these hold at hand. */
class Series {
  readonly codes = new Map<number, number>();
  readonly buckets = new Array<number>(BOUNDS.length).fill(0);
  readonly labels: Record<string, string>;
  readonly lasts: boolean;
  sum = 0;
  open = 0;

  constructor({ verb, group, version, resource, subresource, scope, dryRun, component }: RequestLabels) {
    this.labels = { component: component ?? 'apiserver', dry_run: dryRun, group, resource, scope, subresource, verb, version };
    this.lasts = verb === 'WATCH' || verb === 'CONNECT' || (resource === 'pods' && subresource === 'log');
  }

  took(seconds: number): void {
    this.sum += seconds;
    for (let i = 0; i < BOUNDS.length; i++) {
      if (seconds > (BOUNDS[i] as number)) continue;
      this.buckets[i] = (this.buckets[i] as number) + 1;
      return;
    }
  }
}

const all = new Map<string, Series>();
const inflight = { readOnly: 0, mutating: 0 };
const watchEvents = new Map<string, { count: number; readonly labels: Record<string, string> }>();

/** Only labels that come from what is served may stand in them: each combination is kept for ever. */
function seriesOf(labels: RequestLabels): Series {
  const key = `${labels.verb}\n${labels.group}\n${labels.version}\n${labels.resource}\n${labels.subresource}\n${labels.scope}\n${labels.dryRun}\n${labels.component ?? ''}`;
  let series = all.get(key);
  if (!series) all.set(key, (series = new Series(labels)));
  return series;
}

const NO_RESOURCE = { group: '', version: '', resource: '', scope: '', dryRun: '' };

/** Clients may invent others, and each would be kept for ever. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const PATHS = new Set(['.well-known', 'api', 'apis', 'decklog', 'healthz', 'livez', 'metrics', 'openapi', 'openid', 'readyz', 'version']);

/** Of a request that is for no resource: by the first part of its path, if there is such a one. */
export function labelsOfPath(method: string, path: string): RequestLabels {
  const first = path.split('/')[1] ?? '';
  return { ...NO_RESOURCE, verb: METHODS.has(method) ? method : 'OTHER', subresource: PATHS.has(first) ? `/${first}` : '' };
}

/** `LIST deployments.apps`, `GET /version`. */
const nameOf = ({ verb, group, resource, subresource }: RequestLabels): string =>
  `${verb} ${resource === '' ? subresource || group : `${resource}${group && `.${group}`}${subresource && `/${subresource}`}`}`;

/** Measures one request. */
export class Observed {
  private readonly start = performance.now();
  private readonly kind: 'readOnly' | 'mutating';
  private series: Series | undefined;
  private readonly span: Span | undefined;

  constructor(request: Incoming) {
    const { method } = request;
    if (tracer) this.span = beginRequest(tracer, request);
    this.kind = method === 'GET' || method === 'HEAD' ? 'readOnly' : 'mutating';
    inflight[this.kind]++;
  }

  get isKnown(): boolean {
    return this.series !== undefined;
  }

  /** What is asked for, once that is known. */
  about(labels: RequestLabels): void {
    if (this.span) this.span.name = nameOf(labels);
    this.series = seriesOf(labels);
    if (!this.series.lasts) return;
    inflight[this.kind]--;
    this.series.open++;
  }

  closed(response: Outgoing): void {
    const { statusCode } = response;
    const { series } = this;
    if (this.span) endRequest(this.span, response);
    if (!series) return void inflight[this.kind]--;
    series.codes.set(statusCode, (series.codes.get(statusCode) ?? 0) + 1);
    if (series.lasts) return void series.open--;
    inflight[this.kind]--;
    series.took((performance.now() - this.start) / 1000);
  }
}

/** Counts what watches of a kind are sent. */
export function watchCounter({ group, version, plural }: { readonly group: string; readonly version: string; readonly plural: string }): {
  count: number;
} {
  const key = `${group}/${version}/${plural}`;
  let counter = watchEvents.get(key);
  if (!counter) watchEvents.set(key, (counter = { count: 0, labels: { group, resource: plural, version } }));
  return counter;
}

/** Names and labels are upstream's (apiserver/pkg/endpoints/metrics/metrics.go), where the meaning is the same. */
function requestFamilies(): string[] {
  const series = [...all.values()];
  const long = series.filter(({ lasts }) => lasts);
  return [
    family(
      'apiserver_request_total',
      'counter',
      'Requests by what they asked for and the code of the answer.',
      series.flatMap(({ codes, labels }) => [...codes].map(([code, count]) => `${labelsOf({ ...labels, code: String(code) })} ${count}`)),
    ),
    histogramLines(
      'apiserver_request_duration_seconds',
      'Time from the request to the end of its answer; what lasts by its nature is left out.',
      BOUNDS,
      series.filter(({ lasts }) => !lasts),
    ),
    family('apiserver_current_inflight_requests', 'gauge', 'Requests that are being answered; what lasts by its nature is left out.', [
      `${labelsOf({ request_kind: 'mutating' })} ${inflight.mutating}`,
      `${labelsOf({ request_kind: 'readOnly' })} ${inflight.readOnly}`,
    ]),
    family(
      'apiserver_longrunning_requests',
      'gauge',
      'Watches and the like that are open.',
      long.map(({ open, labels: { dry_run: _, ...labels } }) => `${labelsOf(labels)} ${open}`),
    ),
    family(
      'apiserver_watch_events_total',
      'counter',
      'Events that were sent to watches.',
      [...watchEvents.values()].map(({ count, labels }) => `${labelsOf(labels)} ${count}`),
    ),
  ];
}

/** Everything that is counted in this process, in Prometheus' text format. `more` are families that are made when they are asked for. */
export async function metricsText(more: readonly string[] = []): Promise<string> {
  return [...requestFamilies(), ...more, await register.metrics(), await ofControllers.metrics()]
    .filter((text) => text !== '')
    .map((text) => text.trimEnd())
    .join('\n')
    .concat('\n');
}

export const metricsType = Registry.PROMETHEUS_CONTENT_TYPE;
