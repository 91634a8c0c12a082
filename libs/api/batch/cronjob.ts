import type { CronJob as WireCronJob, CronJobSpec as WireCronJobSpec } from 'kubernetes-types/batch/v1';
import { AGE, NAME, yesOrNo } from '#lib/api/columns';
import { podTemplateDefaults } from '#lib/api/core/pod/pod-defaults';
import type { PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import { ageOf } from '#lib/api/duration';
import { defineKind } from '#lib/api/kind';
import type { ObjectMeta, Stored } from '#lib/api/meta';
import { printLabelSelector } from '#lib/api/validation/selectors';
import { jobTemplateColumns } from './job-columns';
import { validateCronJob, validateCronJobStep, validateNewCronJob } from './cronjob-validation';
import type { JobSpec } from './job';
import { podTemplateWarnings } from '#lib/api/core/pod/pod-warnings';
import { sameValue } from '#lib/api/equality';
import { isDNS1123Label } from '#lib/api/validation/names';

/** What a CronJob is asked to be. */
export type CronJobSpec = Omit<WireCronJobSpec, 'jobTemplate'> & { jobTemplate: { metadata?: Partial<ObjectMeta>; spec?: JobSpec } };

/** Jobs at times. */
export type CronJob = Omit<Stored<WireCronJob>, 'spec'> & { spec: CronJobSpec };

/** Mirrors pkg/registry/batch/cronjob/strategy.go, SetDefaults_CronJob and ValidateCronJob. */
export const CronJob = defineKind<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status'],

  prepareCreate(draft) {
    draft.status = {};
  },

  /** The template of the Job is completed when a Job is made of it; its pods' template is completed here. */
  defaults(draft) {
    const spec = (draft.spec ??= {} as CronJobSpec);
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    const template = (spec.jobTemplate ??= {});
    template.metadata ??= {};
    const job = (template.spec ??= {} as JobSpec);
    podTemplateDefaults((job.template ??= {} as PodTemplateSpec));
  },

  validate: validateCronJob,
  validateCreate: validateNewCronJob,
  validateUpdate: validateCronJobStep,
  warnings: cronJobWarnings,

  columns: [
    NAME,
    { name: 'Schedule', type: 'string', value: ({ spec }) => spec.schedule },
    { name: 'Timezone', type: 'string', value: ({ spec }) => spec.timeZone ?? '<none>' },
    { name: 'Suspend', type: 'boolean', value: ({ spec }) => yesOrNo(spec.suspend) },
    { name: 'Active', type: 'integer', value: ({ status }) => status?.active?.length ?? 0 },
    {
      name: 'Last Schedule',
      type: 'string',
      value: ({ status }, now) => (status?.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : '<none>'),
    },
    AGE,
    ...jobTemplateColumns<CronJob>(({ spec }) => spec.jobTemplate?.spec),
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => printLabelSelector(spec.jobTemplate?.spec?.selector) },
  ],
});

/** Mirrors cronJobStrategy.WarningsOnCreate and WarningsOnUpdate. */
function cronJobWarnings({ metadata, spec }: CronJob, previous: CronJob | undefined): string[] {
  const problems = previous ? [] : isDNS1123Label(metadata.name);
  const name =
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: ';
  const template = spec.jobTemplate.spec?.template;
  const isOld = previous && sameValue(template, previous.spec.jobTemplate.spec?.template);
  return [
    ...(problems.length > 0 ? [`${name}[${problems.join(' ')}]`] : []),
    ...(template && !isOld ? podTemplateWarnings(template, 'spec.jobTemplate.spec.template') : []),
  ];
}
