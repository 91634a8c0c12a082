import { Counter, Gauge, Histogram, Registry, type Metric } from 'prom-client';

/** What `/metrics` shows. Names and meanings are those of controller-runtime and client-go, so that dashboards fit. */
export const registry = new Registry();

const registers = [registry];
const controller = ['controller'] as const;

/** Decisions by outcome: `success`, `requeue` (news: decide again), `error`. */
export const reconciles = new Counter({
  name: 'controller_runtime_reconcile_total',
  help: 'Decisions by controller and outcome',
  labelNames: ['controller', 'result'] as const,
  registers,
});

/** Decisions that failed: the controller threw or the API server refused. */
export const reconcileErrors = new Counter({
  name: 'controller_runtime_reconcile_errors_total',
  help: 'Decisions that failed',
  labelNames: controller,
  registers,
});

/** From taking a key to its outcome, with waiting for the own last write and for the API server. */
export const reconcileSeconds = new Histogram({
  name: 'controller_runtime_reconcile_time_seconds',
  help: 'Duration of a decision and its writes',
  labelNames: controller,
  buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  registers,
});

/** Keys that wait. */
export const queueDepth = new Gauge({
  name: 'workqueue_depth',
  help: 'Keys that wait for a decision',
  labelNames: ['name'] as const,
  registers,
});

/** Keys that were woken, whether they waited already or not. */
export const queueAdds = new Counter({
  name: 'workqueue_adds_total',
  help: 'Keys that were woken',
  labelNames: ['name'] as const,
  registers,
});

/** Keys that are decided on again because the last decision did not go through. */
export const queueRetries = new Counter({
  name: 'workqueue_retries_total',
  help: 'Keys that were put back',
  labelNames: ['name'] as const,
  registers,
});

/** As controller_runtime_reconcile_time_seconds, under the name that dashboards of the controller manager look for. */
export const workSeconds = new Histogram({
  name: 'workqueue_work_duration_seconds',
  help: 'Duration of the work on a key',
  labelNames: ['name'] as const,
  buckets: [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10],
  registers,
});

/** Attempts of one result: how many there were, and how many of them took up to each bound. */
interface Attempts {
  readonly labels: { readonly result: string; readonly profile: string };
  readonly buckets: number[];
  count: number;
  sum: number;
}

/** Seconds, those of kube-scheduler: 1 ms doubled fourteen times. */
const BOUNDS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);

const DURATION = 'scheduler_scheduling_attempt_duration_seconds';

const attempts = new Map<string, Attempts>();

/**
 * Counts the attempts of one decision, which all took as long as it did. Plain numbers: a histogram of prom-client takes 7 µs for each of
 * 500 pods. Names and labels are those of kube-scheduler.
 */
export function countAttempts(profile: string, counts: Readonly<Record<string, number>>, seconds: number): void {
  for (const [result, count] of Object.entries(counts)) {
    if (count === 0) continue;
    const key = `${profile}/${result}`;
    let known = attempts.get(key);
    if (!known) attempts.set(key, (known = { labels: { result, profile }, buckets: BOUNDS.map(() => 0), count: 0, sum: 0 }));
    known.count += count;
    known.sum += seconds * count;
    for (let i = 0; i < BOUNDS.length; i++) if (seconds <= (BOUNDS[i] as number)) (known.buckets[i] as number) += count;
  }
}

/** What the registry asks of a metric. */
const shown = (name: string, type: 'counter' | 'histogram', help: string, values: () => object[]): Metric =>
  ({ name, get: async () => ({ name, help, type, values: values(), aggregator: 'sum' }) }) as unknown as Metric;

registry.registerMetric(
  shown('scheduler_schedule_attempts_total', 'counter', 'Attempts to find nodes for pods, by what came of them', () =>
    [...attempts.values()].map(({ labels, count }) => ({ labels, value: count })),
  ),
);

registry.registerMetric(
  shown(DURATION, 'histogram', 'From the beginning of the decision about a pod to its end, with the binding', () =>
    [...attempts.values()].flatMap(({ labels, buckets, count, sum }) => [
      ...BOUNDS.map((le, i) => ({ labels: { le, ...labels }, value: buckets[i], metricName: `${DURATION}_bucket` })),
      { labels: { le: '+Inf', ...labels }, value: count, metricName: `${DURATION}_bucket` },
      { labels, value: sum, metricName: `${DURATION}_sum` },
      { labels, value: count, metricName: `${DURATION}_count` },
    ]),
  ),
);

/** Commands sent, by kind of command. */
export const commandsSent = new Counter({
  name: 'decklog_commands_total',
  help: 'Commands sent to the API server',
  labelNames: ['controller', 'do'] as const,
  registers,
});

/** The revision that this process' world has reached. */
export const worldRevision = new Gauge({
  name: 'decklog_world_revision',
  help: 'Revision of the log that this process has folded',
  registers,
});
