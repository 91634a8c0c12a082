import { Counter, Histogram } from 'prom-client';

/** One call of a webhook, as upstream's metrics tell calls apart. */
export interface WebhookCall {
  readonly name: string;
  readonly type: 'admit' | 'validating';
  readonly operation: string;
}

/** What came of it: the code of a refusal, or why there was no answer. */
export type Outcome = { readonly refused: number } | { readonly failed: true; readonly ignored: boolean } | 'allowed';

const LABELS = ['name', 'type', 'operation'] as const;

const seconds = new Histogram({
  name: 'apiserver_admission_webhook_admission_duration_seconds',
  help: 'Duration of calls of webhooks.',
  labelNames: [...LABELS, 'rejected'] as const,
  buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25],
});
const requests = new Counter({
  name: 'apiserver_admission_webhook_request_total',
  help: 'Calls of webhooks.',
  labelNames: [...LABELS, 'code', 'rejected'] as const,
});
const rejections = new Counter({
  name: 'apiserver_admission_webhook_rejection_count',
  help: 'Requests that were refused by a webhook, or because of one.',
  labelNames: [...LABELS, 'error_type', 'rejection_code'] as const,
});
const failedOpen = new Counter({
  name: 'apiserver_admission_webhook_fail_open_count',
  help: 'Calls that failed and were passed over.',
  labelNames: ['name', 'type'] as const,
});

/** Counts one call. Names and labels are those of apiserver/pkg/admission/metrics. */
export function countWebhook(call: WebhookCall, outcome: Outcome, tookMs: number): void {
  const { name, type, operation } = call;
  const labels = { name, type, operation };
  const isFailure = outcome !== 'allowed' && 'failed' in outcome;
  const isRefused = outcome !== 'allowed' && !(isFailure && outcome.ignored);
  const code = outcome === 'allowed' ? 200 : isFailure ? 0 : Math.min(outcome.refused, 600);
  const rejected = String(isRefused);
  seconds.observe({ ...labels, rejected }, tookMs / 1000);
  requests.inc({ ...labels, rejected, code: String(code) });
  if (isRefused) rejections.inc({ ...labels, error_type: isFailure ? 'calling_webhook_error' : 'no_error', rejection_code: String(code) });
  else if (isFailure) failedOpen.inc({ name, type });
}
