import { forbidden, invalid, type FieldError } from '#lib/api/field-error';
import { sameValue } from '#lib/api/equality';
import { containersWithPaths, type PodSpec } from '#lib/api/core/pod/pod-types';
import { validateTolerations } from '#lib/api/core/pod/pod-validation-scheduling';

/** Set by a kubelet on the pods it shows but does not take from here. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
/** Which pod of a ReplicaSet goes first when it shrinks. */
export const DELETION_COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';
const TOLERATIONS_ANNOTATION = 'scheduler.alpha.kubernetes.io/tolerations';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const LOCALHOST = 'localhost/';

type Annotations = Readonly<Record<string, string>> | undefined;

/** Annotations that mean something to pods. Mirrors ValidatePodSpecificAnnotations. */
export function validatePodAnnotations(annotations: Annotations, spec: PodSpec, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (annotations?.[MIRROR_ANNOTATION] && !spec.nodeName) {
    errors.push(
      invalid(`${field}[${MIRROR_ANNOTATION}]`, annotations[MIRROR_ANNOTATION], 'must set spec.nodeName if mirror pod annotation is set'),
    );
  }
  errors.push(...tolerationsAnnotation(annotations?.[TOLERATIONS_ANNOTATION], field));
  for (const [key, value] of Object.entries(annotations ?? {})) {
    if ((key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) && !isSeccompProfile(value)) {
      errors.push(invalid(`${field}.${key}`, value, 'must be a valid seccomp profile'));
    }
  }
  const cost = annotations?.[DELETION_COST_ANNOTATION];
  if (cost !== undefined && deletionCostOf(annotations) === undefined) {
    errors.push(invalid(`${field}[${DELETION_COST_ANNOTATION}]`, cost, 'must be a 32bit integer'));
  }
  return errors;
}

/** The pod's deletion cost: 0 when absent, undefined when it is no 32 bit integer. Mirrors helper.GetDeletionCostFromPodAnnotations. */
export function deletionCostOf(annotations: Annotations): number | undefined {
  const text = annotations?.[DELETION_COST_ANNOTATION];
  if (text === undefined) return 0;
  // A plus sign or leading zeros would let the same number be written twice.
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return undefined;
  const cost = Number(text);
  return cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : undefined;
}

function tolerationsAnnotation(text: string | undefined, field: string): FieldError[] {
  if (!text) return [];
  try {
    return validateTolerations(JSON.parse(text), `${field}.${TOLERATIONS_ANNOTATION}`);
  } catch (error) {
    return [invalid(field, TOLERATIONS_ANNOTATION, (error as Error).message)];
  }
}

const isSeccompProfile = (value: string): boolean =>
  ['runtime/default', 'docker/default', 'unconfined'].includes(value) || value.startsWith(LOCALHOST);

/** Old annotations and new fields must not contradict each other. Mirrors validateSeccompAnnotationsAndFields. */
export function validateSeccompAnnotations(annotations: Annotations, spec: PodSpec, field: string): FieldError[] {
  const places = [
    [spec.securityContext, field, SECCOMP_POD] as const,
    ...containersWithPaths(spec, field).map(([one, path]) => [one.securityContext, path, `${SECCOMP_CONTAINER}${one.name}`] as const),
  ];
  return places.flatMap(([context, path, key]) => {
    const profile = context?.seccompProfile;
    const value = annotations?.[key];
    if (!profile || value === undefined) return [];
    const place = `${path}.securityContext.seccompProfile`;
    const typeDiffers = [forbidden(`${place}.type`, 'seccomp type in annotation and field must match')];
    if (profile.type === 'Unconfined') return value === 'unconfined' ? [] : typeDiffers;
    if (profile.type === 'RuntimeDefault') return value === 'runtime/default' || value === 'docker/default' ? [] : typeDiffers;
    if (profile.type !== 'Localhost') return [];
    if (!value.startsWith(LOCALHOST)) return typeDiffers;
    if (value.slice(LOCALHOST.length) === profile.localhostProfile) return [];
    return [forbidden(`${place}.localhostProfile`, 'seccomp profile in annotation and field must match')];
  });
}

/** A pod is a mirror pod for life. Mirrors ValidatePodSpecificAnnotationUpdates. */
export function validateMirrorUnchanged(annotations: Annotations, previous: Annotations, field: string): FieldError[] {
  const [next, before] = [annotations?.[MIRROR_ANNOTATION], previous?.[MIRROR_ANNOTATION]];
  if (sameValue(next, before)) return [];
  const verb = before === undefined ? 'add' : 'remove or update';
  return [forbidden(`${field}[${MIRROR_ANNOTATION}]`, `may not ${verb} mirror pod annotation`)];
}
