import type { Job as WireJob, JobSpec as WireJobSpec } from 'kubernetes-types/batch/v1';
import { AGE, NAME } from '#lib/api/columns';
import { podTemplateDefaults } from '#lib/api/core/pod/pod-defaults';
import type { PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import { humanDuration } from '#lib/api/duration';
import { defineKind } from '#lib/api/kind';
import { isBeingDeleted, type Stored } from '#lib/api/meta';
import { printLabelSelector } from '#lib/api/validation/selectors';
import { jobTemplateColumns } from './job-columns';
import { CONTROLLER_UID, JOB_NAME } from './job-labels';
import { validateJobStatus } from './job-status';
import { validateJob, validateJobStep } from './job-validation';
import { podTemplateWarnings } from '#lib/api/core/pod/pod-warnings';
import { sameValue } from '#lib/api/equality';
import { isDNS1123Label } from '#lib/api/validation/names';

/** Which pods make an indexed Job a success (1.33). */
export interface SuccessPolicy {
  rules: { succeededIndexes?: string; succeededCount?: number }[];
}

/** What a Job is asked to be. */
export type JobSpec = Omit<WireJobSpec, 'template'> & { template: PodTemplateSpec; managedBy?: string; successPolicy?: SuccessPolicy };

/** Pods that run to their end, so many of them. */
export type Job = Omit<Stored<WireJob>, 'spec'> & { spec: JobSpec };

const LEGACY = { uid: 'controller-uid', name: 'job-name' };

/** Mirrors pkg/registry/batch/job/strategy.go, pkg/apis/batch/v1/defaults.go and ValidateJob. */
export const Job = defineKind<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status'],

  prepareCreate(draft) {
    draft.status = {};
    const spec = (draft.spec ??= {} as JobSpec);
    // Before the labels of the pods are added: what the template says of itself is what the Job is labelled with.
    jobLabels(draft);
    if (spec.manualSelector !== true) selectOwnPods(draft);
  },

  defaults(draft) {
    jobLabels(draft);
    jobSpecDefaults((draft.spec ??= {} as JobSpec));
  },

  validate: validateJob,
  validateUpdate: validateJobStep,
  validateStatus: validateJobStatus,
  warnings: jobWarnings,

  selectableFields: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
  columns: [
    NAME,
    { name: 'Status', type: 'string', value: statusText },
    { name: 'Completions', type: 'string', value: completionsText },
    { name: 'Duration', type: 'string', value: durationText },
    AGE,
    ...jobTemplateColumns<Job>(({ spec }) => spec),
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => printLabelSelector(spec.selector) },
  ],
});

/** What the spec of a Job gets, not that in the template of a CronJob. Mirrors SetDefaults_Job. */
function jobSpecDefaults(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  for (const rule of spec.podFailurePolicy?.rules ?? []) for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  podTemplateDefaults((spec.template ??= {} as PodTemplateSpec));
}

function jobLabels(draft: Job): void {
  const labels = draft.spec?.template?.metadata?.labels;
  if (labels && Object.keys(draft.metadata.labels ?? {}).length === 0) draft.metadata.labels = { ...labels };
}

/**
 * The Job selects its pods by its own uid, unless its template is labelled for another Job: that is left to validation. Mirrors
 * generateSelector.
 */
function selectOwnPods(draft: Job): void {
  const { name, uid } = draft.metadata;
  const template = (draft.spec.template ??= {} as PodTemplateSpec);
  const labels: Record<string, string> = { ...template.metadata?.labels };
  const called = name ?? ''; // that it has none is told with the other complaints
  const wanted = { [LEGACY.name]: called, [JOB_NAME]: called, [LEGACY.uid]: uid, [CONTROLLER_UID]: uid };
  for (const [key, value] of Object.entries(wanted)) {
    if (labels[key] !== undefined && labels[key] !== value) return;
    labels[key] = value;
  }
  template.metadata = { ...template.metadata, labels };
  const selector = (draft.spec.selector ??= {});
  selector.matchLabels = { ...selector.matchLabels, [CONTROLLER_UID]: selector.matchLabels?.[CONTROLLER_UID] ?? uid };
}

const MANY = 100_000;

/** Mirrors jobStrategy.WarningsOnCreate and WarningsForJobSpec. */
function jobWarnings({ metadata, spec }: Job, previous: Job | undefined): string[] {
  const warnings: string[] = [];
  const problems = previous ? [] : isDNS1123Label(metadata.name);
  if (problems.length > 0) {
    warnings.push(
      `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
    );
  }
  if ((spec.completions ?? 0) > MANY && (spec.parallelism ?? 0) > 10_000 && spec.completionMode === 'Indexed') {
    warnings.push(
      'spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail',
    );
  }
  return previous && sameValue(spec.template, previous.spec.template)
    ? warnings
    : [...warnings, ...podTemplateWarnings(spec.template, 'spec.template')];
}

const isTrue = ({ status }: Job, type: string): boolean =>
  (status?.conditions ?? []).find((condition) => condition.type === type)?.status === 'True';

function statusText(job: Job): string {
  if (isTrue(job, 'Complete')) return 'Complete';
  if (isTrue(job, 'Failed')) return 'Failed';
  if (isBeingDeleted(job)) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find((type) => isTrue(job, type)) ?? 'Running';
}

function completionsText({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText({ status }: Job, now: Date): string {
  if (!status?.startTime) return '';
  const end = status.completionTime ? Date.parse(status.completionTime) : now.getTime();
  return humanDuration(end - Date.parse(status.startTime));
}
