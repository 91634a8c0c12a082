import { validatePodTemplateSpec } from '#lib/api/core/pod/pod-validation';
import type { PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import { sameValue } from '#lib/api/equality';
import { invalid, notSupported, required, tooLong, type FieldError } from '#lib/api/field-error';
import { validateLabelSelector } from '#lib/api/validation/labels';
import { validateImmutable, validateNonnegative } from '#lib/api/validation/meta';
import { isDNS1123Label } from '#lib/api/validation/names';
import { domainPrefixedPath, unsupported } from '#lib/api/validation/rules';
import { fromLabelSelector } from '#lib/api/validation/selectors';
import { byteLength } from '#lib/api/validation/size';
import type { Job, JobSpec } from './job';
import { CONTROLLER_UID, JOB_NAME } from './job-labels';
import { validateFailurePolicy, validateSuccessPolicy } from './job-policies';

const MAX_INDEXED = 100_000;
const MAX_AT_MANY = 10_000;

/** A Job by itself. Mirrors ValidateJob. */
export function validateJob(job: Job): FieldError[] {
  const { spec, metadata } = job;
  const errors = [...validateGeneratedSelector(job), ...validateJobSpec(spec, 'spec')];
  if (!spec.selector) errors.push(required('spec.selector'));
  else errors.push(...validateLabelSelector(spec.selector, 'spec.selector'));
  const labels = spec.template?.metadata?.labels;
  if (!selects(spec, labels ?? {}))
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
    const longest = `${metadata.name}-${(spec.completions ?? 0) - 1}`;
    if (isDNS1123Label(longest).length > 0) {
      errors.push(invalid('metadata.name', metadata.name, `will not able to create pod with invalid DNS label: ${longest}`));
    }
  }
  return errors;
}

/** A selector that cannot be read is complained of elsewhere. */
function selects({ selector }: JobSpec, labels: Readonly<Record<string, string>>): boolean {
  try {
    return fromLabelSelector(selector).matches(labels);
  } catch {
    return true;
  }
}

/** What was generated must be as it was generated, or two Jobs might take each other's pods. */
function validateGeneratedSelector({ spec, metadata }: Job): FieldError[] {
  if (spec.manualSelector || !spec.selector) return [];
  const wanted = { 'controller-uid': metadata.uid, 'job-name': metadata.name, [CONTROLLER_UID]: metadata.uid, [JOB_NAME]: metadata.name };
  const labels = spec.template?.metadata?.labels ?? {};
  const errors = Object.entries(wanted).flatMap(([key, value]): FieldError[] => {
    const field = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === value) return [];
    return [labels[key] === undefined ? required(field, `must be '${value}'`) : invalid(field, labels, `must be '${value}'`)];
  });
  return selects(spec, wanted) ? errors : [...errors, invalid('spec.selector', spec.selector, '`selector` not auto-generated')];
}

/** The spec of a Job, also inside a CronJob. Mirrors validateJobSpec. */
export function validateJobSpec(spec: JobSpec, field: string): FieldError[] {
  const counts = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const;
  const errors = counts.flatMap((name) => validateNonnegative(spec[name], `${field}.${name}`));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  if (spec.managedBy !== undefined) {
    errors.push(...domainPrefixedPath(`${field}.managedBy`, spec.managedBy));
    if (byteLength(spec.managedBy) > 63) errors.push(tooLong(`${field}.managedBy`, 63));
  }
  errors.push(...validateMode(spec, field));
  if (spec.podFailurePolicy) errors.push(...validateFailurePolicy(spec, `${field}.podFailurePolicy`));
  if (spec.successPolicy) {
    if (spec.completionMode === 'Indexed') errors.push(...validateSuccessPolicy(spec, `${field}.successPolicy`));
    else errors.push(invalid(`${field}.successPolicy`, spec.successPolicy, 'requires indexed completion mode'));
  }
  const replacements = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  if (spec.podReplacementPolicy !== undefined && !replacements.includes(spec.podReplacementPolicy)) {
    errors.push(notSupported(`${field}.podReplacementPolicy`, spec.podReplacementPolicy, replacements));
  }
  return [
    ...errors,
    ...validatePodTemplateSpec(spec.template ?? {}, `${field}.template`),
    ...validateRestartPolicy(spec, `${field}.template.spec.restartPolicy`),
  ];
}

function validateMode(spec: JobSpec, field: string): FieldError[] {
  const { completionMode: mode } = spec;
  const errors =
    mode === undefined || mode === 'NonIndexed' || mode === 'Indexed'
      ? []
      : [unsupported(`${field}.completionMode`, mode, ['NonIndexed', 'Indexed'])];
  if (mode === 'Indexed') return validateIndexed(spec, field);
  if (mode !== undefined && mode !== 'NonIndexed') return errors;
  for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    if (spec[name] !== undefined) errors.push(invalid(`${field}.${name}`, spec[name], 'requires indexed completion mode'));
  }
  return errors;
}

function validateIndexed({ completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex }: JobSpec, field: string): FieldError[] {
  const errors = completions === undefined ? [required(`${field}.completions`, 'when completion mode is Indexed')] : [];
  if (parallelism > MAX_INDEXED) {
    errors.push(
      invalid(`${field}.parallelism`, parallelism, `must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`),
    );
  }
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
    errors.push(invalid(`${field}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'));
  }
  if ((maxFailedIndexes ?? 0) > MAX_INDEXED)
    errors.push(invalid(`${field}.maxFailedIndexes`, maxFailedIndexes, `must be less than or equal to ${MAX_INDEXED}`));
  if ((completions ?? 0) <= MAX_INDEXED || backoffLimitPerIndex === undefined) return errors;
  const atMany = `must be less than or equal to ${MAX_AT_MANY} when completions are above ${MAX_INDEXED} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined)
    errors.push(required(`${field}.maxFailedIndexes`, `must be specified when completions is above ${MAX_INDEXED}`));
  if (parallelism > MAX_AT_MANY) errors.push(invalid(`${field}.parallelism`, parallelism, atMany));
  if ((maxFailedIndexes ?? 0) > MAX_AT_MANY) errors.push(invalid(`${field}.maxFailedIndexes`, maxFailedIndexes, atMany));
  return errors;
}

function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, field: string): FieldError[] {
  const policy = template?.spec?.restartPolicy ?? '';
  if (policy === '' || policy === 'Always') return [required(field, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [unsupported(field, policy, ['OnFailure', 'Never'])];
  if (podFailurePolicy && policy !== 'Never')
    return [invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')];
  return [];
}

/** What a Job may become. Mirrors ValidateJobSpecUpdate. */
export function validateJobStep(job: Job, previous: Job): FieldError[] {
  const [spec, old] = [job.spec, previous.spec];
  const waiting = old.suspend === true && previous.status?.startTime === undefined;
  const fixed = ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const;
  return [
    ...validateCompletions(spec, old),
    ...validateImmutable(spec.selector, old.selector, 'spec.selector'),
    ...validateImmutable(spec.template, waiting ? withPlacement(old.template, spec.template) : old.template, 'spec.template'),
    ...fixed.flatMap((name) => validateImmutable(spec[name], old[name], `spec.${name}`)),
  ];
}

/** An indexed Job may grow and shrink together with its parallelism. */
function validateCompletions(spec: JobSpec, old: JobSpec): FieldError[] {
  if (spec.completionMode !== 'Indexed') return validateImmutable(spec.completions, old.completions, 'spec.completions');
  if (spec.completions === undefined || spec.completions === old.completions || spec.completions === spec.parallelism) return [];
  return [invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism')];
}

/** While a Job waits, where its pods shall run may still change. */
function withPlacement(old: PodTemplateSpec, next: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates, affinity } = next.spec ?? {};
  const nodeAffinity = affinity?.nodeAffinity;
  const merged = { ...old.spec?.affinity, nodeAffinity };
  const isEmpty = Object.values(merged).every((value) => value === undefined) && affinity === undefined;
  return {
    ...old,
    metadata: { ...old.metadata, labels: next.metadata?.labels, annotations: next.metadata?.annotations },
    spec: {
      containers: [],
      ...old.spec,
      nodeSelector,
      tolerations,
      schedulingGates,
      affinity: isEmpty || sameValue(merged, {}) ? affinity : merged,
    },
  };
}
