import { duplicate, invalid, invalidPart, required, type FieldError } from '#lib/api/field-error';
import { validateNonnegative } from '#lib/api/validation/meta';
import { indexesIn } from './indexes';
import type { Job } from './job';

type Status = Job['status'];

const has = ({ conditions = [] }: Status, type: string): boolean =>
  conditions.some((condition) => condition.type === type && condition.status === 'True');
const CONDITIONS = 'status.conditions';

/** A status of a Job, and the step to it. Mirrors validateJobStatus and ValidateJobStatusUpdate. */
export function validateJobStatus(job: Job, previous: Job): FieldError[] {
  const { status } = job;
  const counts = (['active', 'succeeded', 'failed', 'ready', 'terminating'] as const).flatMap((name) =>
    validateNonnegative(status[name], `status.${name}`),
  );
  return [
    ...counts,
    ...validateUncounted(status),
    ...validateConditions(job),
    ...validateTimes(status),
    ...validateFinished(status),
    ...validateIndexes(job),
    ...validateStep(job, previous),
  ];
}

function validateUncounted({ uncountedTerminatedPods: pods }: Status): FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((name) =>
    (pods?.[name] ?? []).flatMap((uid, i): FieldError[] => {
      const field = `status.uncountedTerminatedPods.${name}[${i}]`;
      if (uid === '') return [invalid(field, uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicate(field, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

function validateConditions({ status, spec }: Job): FieldError[] {
  const [complete, failed, failing, enough] = ['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet'].map((type) =>
    has(status, type),
  ) as [boolean, boolean, boolean, boolean];
  const problems: readonly (readonly [boolean, string])[] = [
    [complete && failed, 'cannot set Complete=True and Failed=true conditions'],
    [complete && failing, 'cannot set Complete=True and FailureTarget=true conditions'],
    [failed && !failing, 'cannot set Failed=True condition without the FailureTarget=true condition'],
    [complete && !enough, 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition'],
    [enough && failed, 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
    [enough && failing, 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'],
    [
      spec.successPolicy !== undefined && !enough && complete,
      'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
    ],
  ];
  return problems.filter(([holds]) => holds).map(([, text]) => invalidPart(CONDITIONS, text));
}

function validateTimes(status: Status): FieldError[] {
  const { completionTime, startTime } = status;
  const errors: FieldError[] = [];
  const field = 'status.completionTime';
  const complete = has(status, 'Complete');
  if (completionTime && !complete)
    errors.push(invalid(field, completionTime, 'cannot set completionTime when there is no Complete=True condition'));
  if (!completionTime && complete) errors.push(required(field, 'completionTime is required for Complete jobs'));
  if (startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime)) {
    errors.push(invalid(field, completionTime, 'completionTime cannot be set before startTime'));
  }
  return errors;
}

function validateFinished(status: Status): FieldError[] {
  const { active = 0, terminating = 0, ready, startTime, uncountedTerminatedPods: pods } = status;
  const errors: FieldError[] = [];
  if (has(status, 'Complete') || has(status, 'Failed')) {
    if (active > 0) errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'));
    if (!startTime) errors.push(required('status.startTime', 'startTime is required for finished job'));
    if ((pods?.failed?.length ?? 0) + (pods?.succeeded?.length ?? 0) > 0) {
      errors.push(invalid('status.uncountedTerminatedPods', pods, 'uncountedTerminatedPods needs to be empty for finished job'));
    }
    if (terminating > 0) errors.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  }
  if (ready !== undefined && ready > active) errors.push(invalid('status.ready', ready, 'cannot set more ready pods than active'));
  return errors;
}

function validateIndexes({ spec, status }: Job): FieldError[] {
  const { completedIndexes = '' } = status;
  const failedIndexes = (status as { failedIndexes?: string }).failedIndexes;
  const errors: FieldError[] = [];
  const check = (name: string, text: string): void => {
    const { problem } = indexesIn(text, spec.completions ?? 0);
    if (problem !== undefined) errors.push(invalid(`status.${name}`, text, `error parsing ${name}: ${problem}`));
  };
  if (spec.completions !== undefined) check('completedIndexes', completedIndexes);
  if (spec.completions !== undefined && spec.backoffLimitPerIndex !== undefined && failedIndexes !== undefined)
    check('failedIndexes', failedIndexes);
  if (completedIndexes !== '' && spec.completionMode !== 'Indexed') {
    errors.push(
      invalid('status.completedIndexes', completedIndexes, 'cannot set non-empty completedIndexes when non-indexed completion mode'),
    );
  }
  if (spec.backoffLimitPerIndex === undefined && failedIndexes !== undefined) {
    errors.push(invalid('status.failedIndexes', failedIndexes, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'));
  }
  return errors;
}

function validateStep({ spec, status }: Job, { status: old = {} }: Job): FieldError[] {
  const errors = ['Failed', 'Complete', 'FailureTarget']
    .filter((type) => has(old, type) && !has(status, type))
    .map((type) => invalidPart(CONDITIONS, `cannot disable the terminal ${type}=True condition`));
  for (const name of ['failed', 'succeeded'] as const) {
    if ((status[name] ?? 0) < (old[name] ?? 0))
      errors.push(invalid(`status.${name}`, status[name] ?? 0, `cannot decrease the ${name} counter`));
  }
  if (status.completionTime && old.completionTime && status.completionTime !== old.completionTime) {
    errors.push(invalid('status.completionTime', status.completionTime, 'completionTime cannot be mutated'));
  }
  if (old.startTime && old.startTime !== status.startTime && !spec.suspend) {
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'));
  }
  if (has(old, 'SuccessCriteriaMet') && !has(status, 'SuccessCriteriaMet'))
    errors.push(invalidPart(CONDITIONS, 'cannot disable the SuccessCriteriaMet=True condition'));
  if (has(old, 'Complete') && !has(old, 'SuccessCriteriaMet') && has(status, 'SuccessCriteriaMet')) {
    errors.push(invalidPart(CONDITIONS, 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'));
  }
  return errors;
}
