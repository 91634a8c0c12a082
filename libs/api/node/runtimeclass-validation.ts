import type { Toleration } from 'kubernetes-types/core/v1';
import type { FieldError } from '#lib/api/field-error';
import { validateOverhead } from '#lib/api/core/pod/pod-validation-resources';
import { validateTolerations } from '#lib/api/core/pod/pod-validation-scheduling';
import { validateLabels } from '#lib/api/validation/labels';
import { validateImmutable } from '#lib/api/validation/meta';
import { isDNS1123Label } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import type { RuntimeClass } from './runtimeclass';

/** Mirrors ValidateRuntimeClass. */
export const validateRuntimeClass = ({ handler = '', overhead, scheduling }: RuntimeClass): FieldError[] => [
  ...obeys('handler', handler, isDNS1123Label),
  ...(overhead ? validateOverhead(overhead.podFixed ?? {}, 'overhead') : []),
  ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
  ...validateTolerations(scheduling?.tolerations as Toleration[] | undefined, 'scheduling.tolerations'),
];

/** Mirrors ValidateRuntimeClassUpdate. */
export const validateRuntimeClassStep = (next: RuntimeClass, previous: RuntimeClass): FieldError[] =>
  validateImmutable(next.handler, previous.handler, 'handler');
