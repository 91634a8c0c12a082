import { forbidden, invalid, notSupported, required, tooLong, type FieldError } from '#lib/api/field-error';
import { isExtendedResource } from '#lib/api/core/pod/pod-resources';
import { validateDriverName } from '#lib/api/storage/driver-validation';
import { sameValue } from '#lib/api/equality';
import { isBeingDeleted } from '#lib/api/meta';
import { validateAnnotations, validateLabels } from '#lib/api/validation/labels';
import { validateImmutable } from '#lib/api/validation/meta';
import { isDNS1123Subdomain, isQualifiedName, isValidLabelValue } from '#lib/api/validation/names';
import { obeys, unsupported } from '#lib/api/validation/rules';
import { byteLength } from '#lib/api/validation/size';
import type {
  DeviceConfig,
  DeviceConstraint,
  DeviceRequest,
  ExactRequest,
  ResourceClaim,
  ResourceClaimSpec,
  ResourceClaimTemplate,
} from './claims';
import { validateEach, validateFullName, validateLabelText, validateOnce } from './device-names';
import type { DeviceClass } from './devices';

const MAX_LIST = 32;
const MAX_ALTERNATIVES = 8;
const MAX_TOLERATIONS = 16;
const MAX_RESERVED = 256;
const MAX_EXPRESSION_BYTES = 10 * 1024;
const MAX_PARAMETER_BYTES = 10 * 1024;
const EFFECTS = ['NoExecute', 'NoSchedule'];

type Selector = { cel?: { expression: string } };
type Toleration = NonNullable<ExactRequest['tolerations']>[number];

/** Mirrors ValidateResourceClaim. */
export const validateClaim = ({ spec }: ResourceClaim): FieldError[] => specErrors(spec, 'spec');

/** What is wanted never changes. Mirrors ValidateResourceClaimUpdate. */
export const validateClaimStep = (next: ResourceClaim, previous: ResourceClaim): FieldError[] =>
  validateImmutable(next.spec, previous.spec, 'spec');

/** Mirrors ValidateResourceClaimTemplate. */
export function validateClaimTemplate({ spec }: ResourceClaimTemplate): FieldError[] {
  const { labels, annotations, ...others } = spec.metadata ?? {};
  return [
    ...validateAnnotations(annotations, 'spec.metadata.annotations'),
    ...validateLabels(labels, 'spec.metadata.labels'),
    ...Object.keys(others)
      .filter((name) => name !== 'creationTimestamp')
      .map((name) => forbidden(`spec.metadata.${name}`, 'cannot be set')),
    ...specErrors(spec.spec, 'spec.spec'),
  ];
}

/** Mirrors ValidateResourceClaimTemplateUpdate. */
export const validateClaimTemplateStep = (next: ResourceClaimTemplate, previous: ResourceClaimTemplate): FieldError[] =>
  validateImmutable(next.spec, previous.spec, 'spec');

/** Mirrors ValidateDeviceClass. */
export const validateDeviceClass = ({ spec }: DeviceClass): FieldError[] => [
  ...selectorErrors(spec.selectors, 'spec.selectors'),
  ...validateEach(spec.config as DeviceConfig[] | undefined, MAX_LIST, 'spec.config', configErrors),
  ...(spec.extendedResourceName !== undefined &&
  (!isExtendedResource(spec.extendedResourceName) || isQualifiedName(spec.extendedResourceName).length > 0)
    ? [invalid('spec.extendedResourceName', spec.extendedResourceName, 'must be a valid extended resource name')]
    : []),
];

/** Users of a claim that was given devices, and devices that stay once they are given. Mirrors validateResourceClaimStatusUpdate. */
export function validateClaimStatus(next: ResourceClaim, previous: ResourceClaim): FieldError[] {
  const { reservedFor = [], allocation } = next.status ?? {};
  const [field, old] = ['status.reservedFor', previous.status ?? {}];
  const errors = validateOnce(
    reservedFor,
    MAX_RESERVED,
    field,
    ({ uid }) => uid,
    ({ resource, name, uid }, at) => [
      ...(resource ? [] : [required(`${at}.resource`)]),
      ...(name ? [] : [required(`${at}.name`)]),
      ...(uid ? [] : [required(`${at}.uid`)]),
    ],
  );
  const isNew = reservedFor.some((user) => !(old.reservedFor ?? []).some((other) => sameValue(user, other)));
  if (reservedFor.length > 0 && !allocation) errors.push(forbidden(field, 'may not be specified when `allocated` is not set'));
  else if (isNew && isBeingDeleted(next))
    errors.push(forbidden(field, 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set'));
  return old.allocation && allocation ? [...errors, ...validateImmutable(allocation, old.allocation, 'status.allocation')] : errors;
}

function specErrors({ devices = {} }: ResourceClaimSpec, spec: string): FieldError[] {
  const field = `${spec}.devices`;
  const names = new Map(
    (devices.requests ?? []).map(({ name, firstAvailable = [] }) => [name, firstAvailable.map((one) => one.name ?? '')]),
  );
  return [
    ...validateOnce(devices.requests, MAX_LIST, `${field}.requests`, ({ name }) => name, requestErrors),
    ...validateEach(devices.constraints as DeviceConstraint[] | undefined, MAX_LIST, `${field}.constraints`, (constraint, at) =>
      constraintErrors(constraint, at, names),
    ),
    ...validateEach(devices.config as DeviceConfig[] | undefined, MAX_LIST, `${field}.config`, (config, at) => [
      ...referenceErrors(config.requests, `${at}.requests`, names),
      ...configErrors(config, at),
    ]),
  ];
}

function requestErrors(request: DeviceRequest, field: string): FieldError[] {
  const { name = '', exactly, firstAvailable = [] } = request;
  const errors = validateLabelText(name, `${field}.name`);
  if (!exactly && firstAvailable.length === 0)
    return [...errors, required(field, 'exactly one of `exactly` or `firstAvailable` is required')];
  if (exactly && firstAvailable.length > 0)
    return [...errors, invalid(field, null, 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set')];
  if (exactly) return [...errors, ...exactErrors(exactly, `${field}.exactly`)];
  const each = (one: ExactRequest, at: string): FieldError[] => [
    ...validateLabelText(one.name ?? '', `${at}.name`),
    ...exactErrors(one, at),
  ];
  return [...errors, ...validateOnce(firstAvailable, MAX_ALTERNATIVES, `${field}.firstAvailable`, (one) => one.name ?? '', each)];
}

function exactErrors(
  { deviceClassName = '', selectors, allocationMode = '', count = 0, tolerations }: ExactRequest,
  field: string,
): FieldError[] {
  return [
    ...(deviceClassName === ''
      ? [required(`${field}.deviceClassName`)]
      : obeys(`${field}.deviceClassName`, deviceClassName, isDNS1123Subdomain)),
    ...selectorErrors(selectors, `${field}.selectors`),
    ...modeErrors(allocationMode, count, field),
    ...validateEach(tolerations, MAX_TOLERATIONS, `${field}.tolerations`, tolerationErrors),
  ];
}

function modeErrors(mode: string, count: number, field: string): FieldError[] {
  if (mode === 'All') return count !== 0 ? [invalid(`${field}.count`, count, "must not be specified when allocationMode is 'All'")] : [];
  if (mode === 'ExactCount') return count <= 0 ? [invalid(`${field}.count`, count, 'must be greater than zero')] : [];
  return [unsupported(`${field}.allocationMode`, mode, ['All', 'ExactCount'])];
}

/** Whether the expression compiles is asked in apps/api/admission/device-selectors.ts. */
const selectorErrors = (selectors: readonly Selector[] | undefined, field: string): FieldError[] =>
  validateEach(selectors, MAX_LIST, field, ({ cel }, at) =>
    !cel
      ? [required(`${at}.cel`)]
      : byteLength(cel.expression ?? '') > MAX_EXPRESSION_BYTES
        ? [tooLong(`${at}.cel.expression`, MAX_EXPRESSION_BYTES)]
        : [],
  );

function tolerationErrors({ key = '', operator = '', value = '', effect = '' }: Toleration, field: string): FieldError[] {
  const errors = key === '' ? [] : obeys(`${field}.key`, key, isQualifiedName);
  if (operator === 'Exists' && value !== '') errors.push(invalid(`${field}.value`, value, 'must be empty for operator `Exists`'));
  if (operator === 'Equal') errors.push(...obeys(`${field}.value`, value, isValidLabelValue));
  if (operator !== 'Exists' && operator !== 'Equal') errors.push(notSupported(`${field}.operator`, operator, ['Equal', 'Exists']));
  if (effect !== '' && !EFFECTS.includes(effect)) errors.push(notSupported(`${field}.effect`, effect, EFFECTS));
  return errors;
}

type Names = ReadonlyMap<string, readonly string[]>;

function constraintErrors({ requests, matchAttribute, distinctAttribute }: DeviceConstraint, field: string, names: Names): FieldError[] {
  const errors = referenceErrors(requests, `${field}.requests`, names);
  if (matchAttribute !== undefined) return [...errors, ...validateFullName(matchAttribute, `${field}.matchAttribute`)];
  if (distinctAttribute !== undefined) return [...errors, ...validateFullName(distinctAttribute, `${field}.distinctAttribute`)];
  return [...errors, required(`${field}.matchAttribute`)];
}

/** `request`, or `request/alternative`, of this claim. Mirrors validateRequestNameRef. */
const referenceErrors = (references: readonly string[] | undefined, field: string, names: Names): FieldError[] =>
  validateOnce(
    references,
    MAX_LIST,
    field,
    (name) => name,
    (name, at) => {
      const [request = '', alternative, ...more] = name.split('/');
      const wrong = invalid(
        at,
        name,
        "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
      );
      if (more.length > 0) return [wrong];
      const isThere = alternative === undefined ? names.has(request) : names.get(request)?.includes(alternative);
      return [
        ...[request, ...(alternative === undefined ? [] : [alternative])].flatMap((part) => validateLabelText(part, at)),
        ...(isThere ? [] : [wrong]),
      ];
    },
  );

function configErrors({ opaque }: DeviceConfig, field: string): FieldError[] {
  if (!opaque) return [required(`${field}.opaque`)];
  const { driver = '', parameters } = opaque;
  const at = `${field}.opaque.parameters`;
  const errors = validateDriverName(driver, `${field}.opaque.driver`);
  if (parameters === undefined || parameters === null) return [...errors, required(at)];
  if (typeof parameters !== 'object' || Array.isArray(parameters))
    return [...errors, invalid(at, '<value omitted>', 'must be a valid JSON object')];
  return byteLength(JSON.stringify(parameters)) > MAX_PARAMETER_BYTES ? [...errors, tooLong(at, MAX_PARAMETER_BYTES)] : errors;
}
