import type { NodeSelector } from 'kubernetes-types/core/v1';
import { forbidden, invalid, notSupported, required, tooLong, tooMany, type FieldError } from '#lib/api/field-error';
import { validateNodeSelector } from '#lib/api/core/pod/pod-validation-scheduling';
import { validateDriverName } from '#lib/api/storage/driver-validation';
import { validateImmutable } from '#lib/api/validation/meta';
import { isDNS1123Subdomain, isQualifiedName, isValidLabelValue } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import { validateEach, validateLabelText, validateOnce, validatePoolName, validateQualifiedName } from './device-names';
import type { Counted, Device, DeviceAttribute, DeviceTaint, ResourceSlice } from './devices';

const MAX_DEVICES = 128;
/** With taints or counters there is more to say of each. */
const MAX_RICH_DEVICES = 64;
const MAX_COUNTER_SETS = 8;
const MAX_COUNTERS = 32;
const MAX_CONSUMED = 2;
const MAX_PROPERTIES = 32;
const MAX_TAINTS = 16;
const MAX_VALUE = 64;
const EFFECTS = ['NoExecute', 'NoSchedule'];
const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

/** Mirrors ValidateResourceSlice. */
export function validateSlice({ spec }: ResourceSlice): FieldError[] {
  const { driver = '', pool, devices, sharedCounters } = spec;
  const { name = '', resourceSliceCount = 0, generation = 0 } = pool ?? {};
  const isRich = (devices ?? []).some(({ taints = [], consumesCounters = [] }) => taints.length > 0 || consumesCounters.length > 0);
  return [
    ...validateDriverName(driver, 'spec.driver'),
    ...validatePoolName(name, 'spec.pool.name'),
    ...(resourceSliceCount <= 0 ? [invalid('spec.pool.resourceSliceCount', resourceSliceCount, 'must be greater than zero')] : []),
    ...(generation < 0 ? [invalid('spec.pool.generation', generation, 'must be greater than or equal to zero')] : []),
    ...placeErrors(spec),
    ...(sharedCounters && devices ? [invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed')] : []),
    ...validateOnce(
      devices,
      isRich ? MAX_RICH_DEVICES : MAX_DEVICES,
      'spec.devices',
      (device) => device.name,
      (device, at) => deviceErrors(device, at, spec.perDeviceNodeSelection === true),
    ),
    ...validateOnce(
      sharedCounters,
      MAX_COUNTER_SETS,
      'spec.sharedCounters',
      (set) => set.name ?? '',
      (set, at) => countedErrors(set, 'name', at),
    ),
  ];
}

/** Mirrors ValidateResourceSliceUpdate. */
export const validateSliceStep = ({ spec }: ResourceSlice, { spec: old }: ResourceSlice): FieldError[] => [
  ...validateImmutable(spec.pool?.name, old.pool?.name, 'spec.pool.name'),
  ...validateImmutable(spec.driver, old.driver, 'spec.driver'),
  ...validateImmutable(spec.nodeName, old.nodeName, 'spec.nodeName'),
];

interface Place {
  readonly nodeName?: string;
  readonly nodeSelector?: object;
  readonly allNodes?: boolean;
  readonly perDeviceNodeSelection?: boolean;
}

/** What says from where devices can be reached, as far as it is said. */
function placesOf({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection }: Place): string {
  const names = {
    nodeName: Boolean(nodeName),
    nodeSelector: nodeSelector !== undefined,
    allNodes: allNodes === true,
    perDeviceNodeSelection: perDeviceNodeSelection === true,
  };
  return Object.entries(names)
    .filter(([, isSet]) => isSet)
    .map(([name]) => `\`${name}\``)
    .join(', ');
}

function placeErrors(spec: ResourceSlice['spec']): FieldError[] {
  const { nodeName, nodeSelector } = spec;
  const errors: FieldError[] = [];
  if (nodeName === '') errors.push(invalid('spec.nodeName', nodeName, 'must be either unset or set to a non-empty string'));
  else if (nodeName !== undefined) errors.push(...obeys('spec.nodeName', nodeName, isDNS1123Subdomain));
  if (nodeSelector) {
    const { nodeSelectorTerms: terms = [] } = nodeSelector as NodeSelector;
    errors.push(...validateNodeSelector(nodeSelector as NodeSelector, 'spec.nodeSelector'));
    if (terms.length !== 1) errors.push(invalid('spec.nodeSelector.nodeSelectorTerms', terms, 'must have exactly one node selector term'));
  }
  for (const name of ['allNodes', 'perDeviceNodeSelection'] as const)
    if (spec[name] === false) errors.push(invalid(`spec.${name}`, false, 'must be either unset or set to true'));
  const places = placesOf(spec);
  const detail = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (places === '') errors.push(required('spec', detail));
  else if (places.includes(', ')) errors.push(invalid('spec', `{${places}}`, `${detail}, but multiple fields are set`));
  return errors;
}

function deviceErrors(device: Device, field: string, hasOwnPlace: boolean): FieldError[] {
  const { name = '', attributes = {}, capacity = {}, taints, consumesCounters, allowMultipleAllocations } = device;
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  return [
    ...validateLabelText(name, `${field}.name`),
    ...(count > MAX_PROPERTIES
      ? [invalid(field, count, `the total number of attributes and capacities must not exceed ${MAX_PROPERTIES}`)]
      : []),
    ...Object.entries(attributes).flatMap(([key, value]) => [
      ...validateQualifiedName(key, `${field}.attributes`),
      ...attributeErrors(value, `${field}.attributes[${key}]`),
    ]),
    ...Object.entries(capacity).flatMap(([key, { requestPolicy }]) => [
      ...validateQualifiedName(key, `${field}.capacity`),
      ...(requestPolicy && !allowMultipleAllocations
        ? [forbidden(`${field}.capacity[${key}].requestPolicy`, 'allowMultipleAllocations must be true')]
        : []),
    ]),
    ...validateEach(taints, MAX_TAINTS, `${field}.taints`, taintErrors),
    ...validateOnce(
      consumesCounters,
      MAX_CONSUMED,
      `${field}.consumesCounters`,
      (set) => set.counterSet ?? '',
      (set, at) => countedErrors(set, 'counterSet', at),
    ),
    ...devicePlaceErrors(device, field, hasOwnPlace),
  ];
}

function devicePlaceErrors(device: Device, field: string, hasOwnPlace: boolean): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!hasOwnPlace) {
    if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return [];
    return [
      invalid(
        field,
        null,
        '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      ),
    ];
  }
  const places = placesOf({ ...device, perDeviceNodeSelection: false });
  const detail =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  return [
    ...(nodeName === ''
      ? [invalid(`${field}.nodeName`, nodeName, 'must not be empty')]
      : nodeName === undefined
        ? []
        : obeys(`${field}.nodeName`, nodeName, isDNS1123Subdomain)),
    ...(nodeSelector ? validateNodeSelector(nodeSelector as NodeSelector, `${field}.nodeSelector`) : []),
    ...(allNodes === false ? [invalid(`${field}.allNodes`, allNodes, 'must be either unset or set to true')] : []),
    ...(places === '' ? [required(field, detail)] : places.includes(', ') ? [invalid(field, `{${places}}`, detail)] : []),
  ];
}

/** One value of one kind. Mirrors validateDeviceAttribute. */
function attributeErrors(attribute: DeviceAttribute, field: string): FieldError[] {
  const { string, version } = attribute;
  const given = (['bool', 'int', 'string', 'version'] as const).filter((name) => attribute[name] !== undefined);
  return [
    ...(string !== undefined && string.length > MAX_VALUE ? [tooLong(`${field}.string`, MAX_VALUE)] : []),
    ...(version !== undefined && !SEMVER.test(version)
      ? [invalid(`${field}.version`, version, 'must be a string compatible with semver.org spec 2.0.0')]
      : []),
    ...(version !== undefined && version.length > MAX_VALUE ? [tooLong(`${field}.version`, MAX_VALUE)] : []),
    ...(given.length === 1 ? [] : [invalid(field, given.length === 0 ? '' : attribute, 'exactly one value must be specified')]),
  ];
}

function taintErrors({ key = '', value = '', effect = '' }: DeviceTaint, field: string): FieldError[] {
  return [
    ...obeys(`${field}.key`, key, isQualifiedName),
    ...(value === '' ? [] : obeys(`${field}.value`, value, isValidLabelValue)),
    ...(effect === '' ? [required(`${field}.effect`)] : EFFECTS.includes(effect) ? [] : [notSupported(`${field}.effect`, effect, EFFECTS)]),
  ];
}

/** A set of counters, or what is taken from one. Mirrors validateCounterSet and validateDeviceCounterConsumption. */
function countedErrors(set: Counted, named: 'name' | 'counterSet', field: string): FieldError[] {
  const name = set[named] ?? '';
  const counters = Object.keys(set.counters ?? {});
  return [
    ...(name === '' ? [required(`${field}.${named}`)] : validateLabelText(name, `${field}.${named}`)),
    ...(counters.length === 0 ? [required(`${field}.counters`)] : []),
    ...(counters.length > MAX_COUNTERS
      ? [tooMany(`${field}.counters`, counters.length, MAX_COUNTERS)]
      : counters.flatMap((counter) => validateLabelText(counter, `${field}.counters`))),
  ];
}
