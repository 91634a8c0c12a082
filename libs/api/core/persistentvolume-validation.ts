import type { CSIPersistentVolumeSource, LocalVolumeSource, SecretReference } from 'kubernetes-types/core/v1';
import { sameValue } from '#lib/api/equality';
import { forbidden, invalid, notSupported, required, tooLong, type FieldError } from '#lib/api/field-error';
import { validateImmutable } from '#lib/api/validation/meta';
import { isDNS1123Subdomain } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import type { PersistentVolume, PersistentVolumeSpec } from './persistentvolume';
import type { Volume } from '#lib/api/core/pod/pod-types';
import { noBacksteps, oneOf } from '#lib/api/core/pod/pod-validation-rules';
import { validateNodeSelector } from '#lib/api/core/pod/pod-validation-scheduling';
import { validateStorageSource } from '#lib/api/core/pod/pod-validation-storage';
import { difference } from './spec-difference';
import { validateAccessModes, validatePositiveQuantity, validateVolumeMode } from './volume-rules';

/** The sources in the order that upstream looks at them: of two the later one is complained of. */
const SOURCES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const;

const HOST_PATH_TYPES = ['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice'];
const RECLAIM = ['Delete', 'Recycle', 'Retain'];

/** A volume by itself. Mirrors ValidatePersistentVolumeSpec. */
export function validatePersistentVolume({ spec, metadata }: PersistentVolume): FieldError[] {
  const {
    accessModes = [],
    persistentVolumeReclaimPolicy: reclaim = '',
    nodeAffinity,
    storageClassName = '',
    volumeAttributesClassName: attributes,
  } = spec;
  const errors = [
    ...(accessModes.length === 0 ? [required('spec.accessModes')] : []),
    ...validateAccessModes(accessModes, 'spec.accessModes'),
    ...validateCapacity(spec.capacity ?? {}),
    ...(reclaim === '' || RECLAIM.includes(reclaim) ? [] : [notSupported('spec.persistentVolumeReclaimPolicy', reclaim, RECLAIM)]),
  ];
  if (nodeAffinity && !nodeAffinity.required) errors.push(required('spec.nodeAffinity.required', 'must specify required node constraints'));
  if (nodeAffinity?.required) errors.push(...validateNodeSelector(nodeAffinity.required, 'spec.nodeAffinity.required'));
  errors.push(...validateSource(spec, metadata.name));
  if (spec.hostPath && /^\/+(\.\/*)*$/.test(spec.hostPath.path ?? '') && reclaim === 'Recycle') {
    errors.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
  }
  if (storageClassName !== '') errors.push(...obeys('spec.storageClassName', storageClassName, isDNS1123Subdomain));
  errors.push(...validateVolumeMode(spec.volumeMode, 'spec.volumeMode'));
  if (attributes === undefined) return errors;
  if (attributes === '') errors.push(required('spec.volumeAttributesClassName', 'an empty string is disallowed'));
  else errors.push(...obeys('spec.volumeAttributesClassName', attributes, isDNS1123Subdomain));
  return spec.csi ? errors : [...errors, required('spec.csi', 'has to be specified when using volumeAttributesClassName')];
}

function validateCapacity(capacity: Readonly<Record<string, string>>): FieldError[] {
  const names = Object.keys(capacity);
  const errors = names.length === 0 ? [required('spec.capacity')] : [];
  if (capacity.storage === undefined || names.length > 1) errors.push(notSupported('spec.capacity', capacity, ['storage']));
  return [...errors, ...names.flatMap((name) => validatePositiveQuantity(capacity[name] as string, `spec.capacity[${name}]`))];
}

function validateSource(spec: PersistentVolumeSpec, name: string): FieldError[] {
  const given = SOURCES.filter((source) => spec[source] !== undefined && spec[source] !== null);
  const [first, ...more] = given;
  if (first === undefined) return [required('spec', 'must specify a volume type')];
  const errors = more.map((source) => forbidden(`spec.${source}`, 'may not specify more than 1 volume type'));
  switch (first) {
    case 'hostPath':
      return [...validateHostPath(spec), ...errors];
    case 'local':
      return [...validateLocal(spec.local as LocalVolumeSource, spec), ...errors];
    case 'csi':
      return [...validateCsi(spec.csi as CSIPersistentVolumeSource, 'spec.csi'), ...errors];
    default:
      return [...validateStorageSource({ ...spec, name } as unknown as Volume, first as keyof Volume, 'spec'), ...errors];
  }
}

function validateHostPath({ hostPath }: PersistentVolumeSpec): FieldError[] {
  const field = 'spec.hostPath';
  if (!hostPath?.path) return [required(`${field}.path`)];
  return [...noBacksteps(`${field}.path`, hostPath.path), ...oneOf(`${field}.type`, hostPath.type, HOST_PATH_TYPES)];
}

function validateLocal({ path }: LocalVolumeSource, { nodeAffinity }: PersistentVolumeSpec): FieldError[] {
  const errors = path ? noBacksteps('spec.local.path', path) : [required('spec.local.path')];
  return nodeAffinity?.required ? errors : [...errors, required('spec.nodeAffinity', 'Local volume requires node affinity')];
}

const SECRETS = ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const;

function validateCsi(csi: CSIPersistentVolumeSource, field: string): FieldError[] {
  const { driver = '', volumeHandle = '' } = csi;
  const errors = driver === '' ? [required(`${field}.driver`)] : [];
  if (driver.length > 63) errors.push(tooLong(`${field}.driver`, 63));
  errors.push(...isDNS1123Subdomain(driver.toLowerCase()).map((text) => invalid(`${field}.driver`, driver, text)));
  if (volumeHandle === '') errors.push(required(`${field}.volumeHandle`));
  return [...errors, ...SECRETS.flatMap((name) => (csi[name] ? validateSecret(csi[name] as SecretReference, `${field}.${name}`) : []))];
}

const validateSecret = (ref: SecretReference, field: string): FieldError[] =>
  (['name', 'namespace'] as const).flatMap((name) => (ref[name] ? [] : [required(`${field}.${name}`)]));

const sourceOf = (spec: PersistentVolumeSpec): Record<string, unknown> =>
  Object.fromEntries(SOURCES.filter((source) => spec[source] !== undefined).map((source) => [source, spec[source]]));

/** What a volume may become. Mirrors ValidatePersistentVolumeUpdate. */
export function validatePersistentVolumeStep({ spec }: PersistentVolume, { spec: old }: PersistentVolume): FieldError[] {
  const errors: FieldError[] = [];
  const grown = old.csi && !old.csi.controllerExpandSecretRef && spec.csi?.controllerExpandSecretRef;
  const source = grown ? { ...sourceOf(spec), csi: { ...spec.csi, controllerExpandSecretRef: undefined } } : sourceOf(spec);
  if (!sameValue(source, sourceOf(old))) {
    const what = difference('core.PersistentVolumeSource', sourceOf(old), source);
    errors.push(forbidden('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation\n${what}`));
  }
  errors.push(...validateImmutable(spec.volumeMode, old.volumeMode, 'volumeMode'));
  if (old.nodeAffinity) errors.push(...validateImmutable(spec.nodeAffinity, old.nodeAffinity, 'nodeAffinity'));
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    errors.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  }
  return errors;
}
