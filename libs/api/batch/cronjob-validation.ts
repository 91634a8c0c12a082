import { invalid, required, type FieldError } from '#lib/api/field-error';
import { validateNonnegative } from '#lib/api/validation/meta';
import { unsupported } from '#lib/api/validation/rules';
import { CronError, parseSchedule } from './cron';
import type { CronJob } from './cronjob';
import { validateJobSpec } from './job-validation';

const POLICIES = ['Allow', 'Forbid', 'Replace'];

/** A CronJob by itself, its schedule and time zone apart: those depend on what was there before. Mirrors validateCronJobSpec. */
export function validateCronJob({ spec }: CronJob): FieldError[] {
  const job = spec.jobTemplate?.spec;
  const errors = [
    ...validateNonnegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'),
    ...validatePolicy(spec.concurrencyPolicy ?? ''),
    ...(job ? validateJobSpec(job, 'spec.jobTemplate.spec') : []),
  ];
  if (job?.selector) errors.push(invalid('spec.jobTemplate.spec.selector', job.selector, '`selector` will be auto-generated'));
  if (job?.manualSelector) errors.push(unsupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']));
  return [
    ...errors,
    ...validateNonnegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...validateNonnegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ];
}

function validatePolicy(policy: string): FieldError[] {
  if (policy === '') return [required('spec.concurrencyPolicy')];
  return POLICIES.includes(policy) ? [] : [unsupported('spec.concurrencyPolicy', policy, POLICIES)];
}

/**
 * What only a new one can do wrong: eleven characters are appended to its name to make those of its Jobs. Mirrors ValidateCronJobCreate.
 */
export function validateNewCronJob({ metadata, spec }: CronJob): FieldError[] {
  return [
    ...validateSchedule(spec.schedule ?? '', spec.timeZone, false),
    ...validateTimeZone(spec.timeZone),
    ...((metadata.name ?? '').length > 52 ? [invalid('metadata.name', metadata.name, 'must be no more than 52 characters')] : []),
  ];
}

/** A schedule that had a time zone in it may keep one. Mirrors ValidateCronJobUpdate. */
export function validateCronJobStep({ spec }: CronJob, previous: CronJob): FieldError[] {
  return [
    ...validateSchedule(spec.schedule ?? '', spec.timeZone, (previous.spec.schedule ?? '').includes('TZ')),
    ...(spec.timeZone === previous.spec.timeZone ? [] : validateTimeZone(spec.timeZone)),
  ];
}

function validateSchedule(schedule: string, timeZone: string | undefined, allowsZone: boolean): FieldError[] {
  const field = 'spec.schedule';
  if (schedule === '') return [required(field)];
  const errors: FieldError[] = [];
  try {
    parseSchedule(schedule);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    errors.push(invalid(field, schedule, error.message));
  }
  if (!schedule.includes('TZ')) return errors;
  if (!allowsZone) errors.push(invalid(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  else if (timeZone !== undefined) errors.push(invalid(field, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  return errors;
}

function validateTimeZone(zone: string | undefined): FieldError[] {
  const field = 'spec.timeZone';
  if (zone === undefined) return [];
  if (zone === '') return [invalid(field, zone, 'timeZone must be nil or non-empty string')];
  const isName = zone.split('/').every((part) => part !== '.' && part !== '..' && /^[A-Za-z._0-9+][A-Za-z.\-_0-9+]{0,13}$/.test(part));
  if (!isName) return [invalid(field, zone, `unknown time zone ${zone}`)];
  if (zone.toLowerCase() === 'local')
    return [invalid(field, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')];
  return isKnownZone(zone) ? [] : [invalid(field, zone, `unknown time zone ${zone}`)];
}

function isKnownZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}
