import { duplicate, forbidden, invalid, notSupported, required, tooLong, type FieldError } from '#lib/api/field-error';
import { sameValue } from '#lib/api/equality';
import { validateLabelSelector } from '#lib/api/validation/labels';
import { validateImmutable } from '#lib/api/validation/meta';
import { isDNS1123Subdomain, isQualifiedName } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import type { CSIDriver } from './csidriver';
import type { CSINode } from './csinode';
import type { CSIStorageCapacity } from './csistoragecapacity';
import type { VolumeAttachment } from './volumeattachment';
import { quantityProblem, parseQuantity } from '#lib/api/quantity';

const FS_GROUP = ['File', 'None', 'ReadWriteOnceWithFSType'];
const MODES = ['Ephemeral', 'Persistent'];

/** The name of a driver: a subdomain of at most 63 characters, in any case. Mirrors ValidateCSIDriverName. */
export const validateDriverName = (name: string, field: string): FieldError[] => [
  ...(name === '' ? [required(field)] : []),
  ...(name.length > 63 ? [tooLong(field, 63)] : []),
  ...isDNS1123Subdomain(name.toLowerCase()).map((text) => invalid(field, name, text)),
];

/** Mirrors ValidateCSIDriver. */
export function validateCSIDriver({ metadata, spec }: CSIDriver): FieldError[] {
  const { attachRequired, podInfoOnMount, storageCapacity, fsGroupPolicy, tokenRequests = [], volumeLifecycleModes = [] } = spec;
  const errors = validateDriverName(metadata.name, 'metadata.name');
  for (const [name, value] of Object.entries({ attachRequired, podInfoOnMount, storageCapacity })) {
    if (value === undefined) errors.push(required(name === 'attachRequired' ? 'spec.attachedRequired' : `spec.${name}`));
  }
  if (fsGroupPolicy !== undefined && !FS_GROUP.includes(fsGroupPolicy))
    errors.push(notSupported('spec.fsGroupPolicy', fsGroupPolicy, FS_GROUP));
  for (const [i, { audience, expirationSeconds }] of tokenRequests.entries()) {
    const field = `spec.tokenRequests[${i}]`;
    if (tokenRequests.findIndex((other) => other.audience === audience) < i) errors.push(duplicate(`${field}.audience`, audience));
    if (expirationSeconds === undefined) continue;
    if (expirationSeconds < 600)
      errors.push(invalid(`${field}.expirationSeconds`, expirationSeconds, 'may not specify a duration less than 10 minutes'));
    if (expirationSeconds > 2 ** 32)
      errors.push(invalid(`${field}.expirationSeconds`, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  return [
    ...errors,
    ...volumeLifecycleModes.filter((mode) => !MODES.includes(mode)).map((mode) => notSupported('spec.volumeLifecycleModes', mode, MODES)),
  ];
}

/** Mirrors ValidateCSIDriverUpdate. */
export const validateCSIDriverStep = ({ spec }: CSIDriver, { spec: old }: CSIDriver): FieldError[] => [
  ...validateImmutable(spec.attachRequired, old.attachRequired, 'spec.attachedRequired'),
  ...validateImmutable(spec.volumeLifecycleModes, old.volumeLifecycleModes, 'spec.volumeLifecycleModes'),
];

/** Mirrors ValidateCSINode. */
export const validateCSINode = ({ spec }: CSINode): FieldError[] =>
  (spec.drivers ?? []).flatMap(({ name, nodeID = '', topologyKeys = [], allocatable }, i) => {
    const field = `spec.drivers[${i}]`;
    const count = allocatable?.count;
    return [
      ...validateDriverName(name ?? '', `${field}.name`),
      ...((spec.drivers ?? []).findIndex((other) => other.name === name) < i ? [duplicate(`${field}.name`, name)] : []),
      ...(nodeID === '' ? [required(`${field}.nodeID`)] : []),
      ...(nodeID.length > 256 ? [invalid(`${field}.nodeID`, nodeID, 'must be 256 characters or less')] : []),
      ...(count !== undefined && count < 0 ? [invalid(`${field}.allocatable.count`, count, 'must be greater than or equal to 0')] : []),
      ...topologyKeys.flatMap((key, j) => [
        ...(topologyKeys.indexOf(key) < j ? [duplicate(`${field}.topologyKeys`, key)] : []),
        ...(key === '' ? [required(`${field}.topologyKeys`)] : obeys(`${field}.topologyKeys`, key, isQualifiedName)),
      ]),
    ];
  });

/** A driver of a node never changes; it goes and comes. Mirrors ValidateCSINodeUpdate. */
export const validateCSINodeStep = ({ spec }: CSINode, { spec: old }: CSINode): FieldError[] =>
  (spec.drivers ?? []).flatMap((driver, i) => {
    const before = (old.drivers ?? []).find(({ name }) => name === driver.name);
    return !before || sameValue(before, driver) ? [] : [invalid(`spec.drivers[${i}]`, driver, 'field is immutable')];
  });

/** Mirrors ValidateCSIStorageCapacity. */
export const validateStorageCapacity = ({
  nodeTopology,
  storageClassName = '',
  capacity,
  maximumVolumeSize,
}: CSIStorageCapacity): FieldError[] => [
  ...validateLabelSelector(nodeTopology, 'nodeTopology'),
  ...isDNS1123Subdomain(storageClassName).map((text) => invalid('storageClassName', storageClassName, text)),
  ...Object.entries({ capacity, maximumVolumeSize }).flatMap(([name, amount]) =>
    amount !== undefined && (quantityProblem(amount) !== undefined || parseQuantity(amount).nano < 0n)
      ? [invalid(name, amount, 'must be greater than or equal to 0')]
      : [],
  ),
];

/** Mirrors ValidateCSIStorageCapacityUpdate. */
export const validateStorageCapacityStep = (next: CSIStorageCapacity, previous: CSIStorageCapacity): FieldError[] => [
  ...validateImmutable(next.nodeTopology, previous.nodeTopology, 'nodeTopology'),
  ...validateImmutable(next.storageClassName, previous.storageClassName, 'storageClassName'),
];

/** Mirrors ValidateVolumeAttachment. */
export function validateVolumeAttachment({ spec }: VolumeAttachment): FieldError[] {
  const { attacher = '', source = {}, nodeName = '' } = spec;
  const errors = validateDriverName(attacher, 'spec.attacher');
  const { persistentVolumeName: name, inlineVolumeSpec: inline } = source;
  if (inline === undefined && name === undefined)
    errors.push(required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  if (inline !== undefined && name !== undefined)
    errors.push(forbidden('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  if (name !== undefined) {
    if (name === '') errors.push(required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'));
    errors.push(...obeys('spec.source.persistentVolumeName', name, isDNS1123Subdomain));
  }
  return [...errors, ...obeys('spec.nodeName', nodeName, isDNS1123Subdomain)];
}

/** What is wanted of an attachment never changes. Mirrors ValidateVolumeAttachmentUpdate. */
export const validateVolumeAttachmentStep = ({ spec }: VolumeAttachment, { spec: old }: VolumeAttachment): FieldError[] =>
  sameValue(spec, old) ? [] : [invalid('spec', spec, 'field is immutable')];
