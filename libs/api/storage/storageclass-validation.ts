import type { TopologySelectorTerm } from 'kubernetes-types/core/v1';
import { sameValue } from '#lib/api/equality';
import { duplicate, forbidden, invalid, notSupported, required, tooLong, type FieldError } from '#lib/api/field-error';
import { validateLabelName } from '#lib/api/validation/labels';
import { validateImmutable } from '#lib/api/validation/meta';
import { isQualifiedName } from '#lib/api/validation/names';
import { byteLength } from '#lib/api/validation/size';
import type { StorageClass } from './storageclass';

const MAX_PARAMETERS = 512;
const MAX_BYTES = 256 * 1024;

/** Mirrors ValidateStorageClass of pkg/apis/storage/validation. */
export function validateStorageClass({
  provisioner,
  parameters,
  reclaimPolicy,
  volumeBindingMode,
  allowedTopologies = [],
}: StorageClass): FieldError[] {
  const errors = provisioner
    ? isQualifiedName(provisioner.toLowerCase()).map((text) => invalid('provisioner', provisioner, text))
    : [required('provisioner')];
  errors.push(...validateParameters(parameters ?? {}, 'parameters'));
  if (reclaimPolicy && !['Delete', 'Retain'].includes(reclaimPolicy))
    errors.push(notSupported('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain']));
  if (volumeBindingMode === undefined) errors.push(required('volumeBindingMode'));
  else if (!['Immediate', 'WaitForFirstConsumer'].includes(volumeBindingMode)) {
    errors.push(notSupported('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']));
  }
  for (const [i, term] of allowedTopologies.entries()) {
    errors.push(...validateTerm(term, `allowedTopologies[${i}]`));
    if (allowedTopologies.findIndex((other) => sameValue(other, term)) < i)
      errors.push(duplicate(`allowedTopologies[${i}].matchLabelExpressions`, ''));
  }
  return errors;
}

/** What a driver is told: so many keys and bytes, and no empty key. Mirrors validateParameters. */
export function validateParameters(parameters: Readonly<Record<string, string>>, field: string): FieldError[] {
  const errors = Object.keys(parameters).length > MAX_PARAMETERS ? [tooLong(field, MAX_PARAMETERS)] : [];
  let total = 0;
  for (const [key, value] of Object.entries(parameters)) {
    if (key === '') errors.push(invalid(field, key, 'field can not be empty.'));
    total += byteLength(key) + byteLength(value);
  }
  return total > MAX_BYTES ? [...errors, tooLong(field, MAX_BYTES)] : errors;
}

function validateTerm({ matchLabelExpressions = [] }: TopologySelectorTerm, field: string): FieldError[] {
  return matchLabelExpressions.flatMap(({ key, values = [] }, i) => {
    const at = `${field}.matchLabelExpressions[${i}]`;
    return [
      ...(values.length === 0 ? [required(`${at}.values`)] : []),
      ...values.flatMap((value, j) => (values.indexOf(value) < j ? [duplicate(`${at}.values[${j}]`, value)] : [])),
      ...validateLabelName(key, `${at}.key`),
      ...(matchLabelExpressions.findIndex((other) => other.key === key) < i ? [duplicate(`${at}.key`, key)] : []),
    ];
  });
}

/** Only how it binds topologies and expands may change. Mirrors ValidateStorageClassUpdate. */
export function validateStorageClassStep(next: StorageClass, previous: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ['parameters', 'provisioner', 'reclaimPolicy'] as const) {
    if (!sameValue(next[name] ?? {}, previous[name] ?? {})) errors.push(forbidden(name, `updates to ${name} are forbidden.`));
  }
  return [...errors, ...validateImmutable(next.volumeBindingMode, previous.volumeBindingMode, 'volumeBindingMode')];
}
