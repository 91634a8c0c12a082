import { forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { sameValue } from '#lib/api/equality';
import { rangeError } from '#lib/api/validation/names';
import type { Pod } from '#lib/api/core/pod/pod';
import type { Container, PodSpec } from '#lib/api/core/pod/pod-types';
import { MIRROR_ANNOTATION, validateMirrorUnchanged } from '#lib/api/core/pod/pod-validation-annotations';
import { validateGatedUpdate } from '#lib/api/core/pod/pod-validation-gated';
import { validateImageSpaces } from '#lib/api/core/pod/pod-validation-containers';
import { difference } from '#lib/api/core/spec-difference';

const MAX_INT32 = 2 ** 31 - 1;

const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** What may change in a pod that exists. `validatePod` has run too. Mirrors ValidatePodUpdate. */
export function validatePodUpdate(pod: Pod, previous: Pod): FieldError[] {
  const errors = validateMirrorUnchanged(pod.metadata.annotations, previous.metadata.annotations, 'metadata.annotations');
  const spec: PodSpec = pod.spec;
  const before: PodSpec = previous.spec;
  for (const list of ['containers', 'initContainers'] as const) {
    const found = validateContainerList(spec[list] ?? [], before[list] ?? [], `spec.${list}`);
    errors.push(...found.errors);
    if (found.stop) return errors;
  }
  const deadline = validateDeadline(spec.activeDeadlineSeconds, before.activeDeadlineSeconds);
  errors.push(...deadline.errors);
  if (deadline.stop) return errors;
  errors.push(...validateTolerationsOnlyAdded(spec, before), ...validateGatesOnlyRemoved(spec, before));
  if (sameValue(spec, before)) return errors;

  const { munged, errors: gated } = validateGatedUpdate(withoutUpdatable(spec, before), before);
  errors.push(...gated);
  if (!sameValue(munged, before)) {
    errors.push(
      forbidden('spec', `pod updates may not change fields other than ${UPDATABLE}\n${difference('core.PodSpec', before, munged)}`),
    );
  }
  return errors;
}

interface Findings {
  readonly errors: FieldError[];
  /** Nothing after this could be judged. */
  readonly stop: boolean;
}

function validateContainerList(containers: readonly Container[], before: readonly Container[], field: string): Findings {
  if (containers.length !== before.length)
    return { errors: [forbidden(field, 'pod updates may not add or remove containers')], stop: true };
  const errors = containers.flatMap((container, i) => [
    ...(container.image ? [] : [required(`${field}[${i}].image`)]),
    ...validateImageSpaces(container, `${field}[${i}]`),
  ]);
  return { errors, stop: false };
}

/** A deadline may come or come nearer, but not go. */
function validateDeadline(value: number | undefined, before: number | undefined): Findings {
  const field = 'spec.activeDeadlineSeconds';
  if (value === undefined) {
    const errors = before === undefined ? [] : [invalid(field, null, 'must not update from a positive integer to nil value')];
    return { errors, stop: false };
  }
  if (value < 0 || value > MAX_INT32) return { errors: [invalid(field, value, rangeError(0, MAX_INT32))], stop: true };
  if (before === undefined || before >= value) return { errors: [], stop: false };
  return { errors: [invalid(field, value, 'must be less than or equal to previous value')], stop: true };
}

function validateTolerationsOnlyAdded(spec: PodSpec, before: PodSpec): FieldError[] {
  const kept = (before.tolerations ?? []).every((old) =>
    (spec.tolerations ?? []).some((toleration) => sameValue({ ...old, tolerationSeconds: toleration.tolerationSeconds }, toleration)),
  );
  return kept ? [] : [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function validateGatesOnlyRemoved(spec: PodSpec, before: PodSpec): FieldError[] {
  const old = new Set((before.schedulingGates ?? []).map((gate) => gate.name));
  return (spec.schedulingGates ?? []).flatMap(({ name }, i) =>
    old.has(name)
      ? []
      : [forbidden(`spec.schedulingGates[${i}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`)],
  );
}

/** The wished spec with everything that may change put back: what still differs may not. */
function withoutUpdatable(spec: PodSpec, before: PodSpec): PodSpec {
  const withOldImages = (containers: Container[] | undefined, old: Container[] | undefined): Container[] | undefined =>
    containers?.map((container, i) => ({ ...container, image: old?.[i]?.image }));
  const grace = before.terminationGracePeriodSeconds;
  const isMended = grace !== undefined && grace < 0 && spec.terminationGracePeriodSeconds === 1;
  return {
    ...spec,
    containers: withOldImages(spec.containers, before.containers) ?? [],
    initContainers: withOldImages(spec.initContainers, before.initContainers),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    schedulingGates: before.schedulingGates,
    tolerations: before.tolerations,
    terminationGracePeriodSeconds: isMended ? grace : spec.terminationGracePeriodSeconds,
  };
}

/**
 * The `ephemeralcontainers` subresource: containers may be added, never changed or removed. Mirrors ValidatePodEphemeralContainersUpdate.
 */
export function validateEphemeralContainersUpdate(pod: Pod, previous: Pod): FieldError[] {
  if (MIRROR_ANNOTATION in (previous.metadata.annotations ?? {})) return [forbidden('', 'static pods do not support ephemeral containers')];
  const field = 'spec.ephemeralContainers';
  return (previous.spec.ephemeralContainers ?? []).flatMap((old) => {
    const now = pod.spec.ephemeralContainers?.find((container) => container.name === old.name);
    const name = JSON.stringify(old.name);
    if (!now) return [forbidden(field, `existing ephemeral containers ${name} may not be removed\n`)];
    if (sameValue(now, old)) return [];
    return [
      forbidden(field, `existing ephemeral containers ${name} may not be changed\n${difference('core.EphemeralContainer', old, now)}`),
    ];
  });
}
