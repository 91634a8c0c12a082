import { Counter, Gauge, Histogram, Registry } from 'prom-client';

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
export const queueDepth = new Gauge({ name: 'workqueue_depth', help: 'Keys that wait for a decision', labelNames: ['name'] as const, registers });

/** Commands sent, by kind of command. */
export const commandsSent = new Counter({
  name: 'decklog_commands_total',
  help: 'Commands sent to the API server',
  labelNames: ['controller', 'do'] as const,
  registers,
});

/** The revision that this process' world has reached. */
export const worldRevision = new Gauge({ name: 'decklog_world_revision', help: 'Revision of the log that this process has folded', registers });
