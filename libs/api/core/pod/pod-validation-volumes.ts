import type { DownwardAPIVolumeFile, KeyToPath, VolumeProjection } from 'kubernetes-types/core/v1';
import { duplicate, forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { parseQuantity, quantityProblem } from '#lib/api/quantity';
import { isDNS1123Subdomain } from '#lib/api/validation/names';
import { validateLabelSelector } from '#lib/api/validation/labels';
import type { Volume } from '#lib/api/core/pod/pod-types';
import { FILE_FIELDS, validateFieldRef, validateResourceFieldRef } from '#lib/api/core/pod/pod-validation-env';
import { fileMode, label, noBacksteps, nonReservedPath, oneOf, present } from '#lib/api/core/pod/pod-validation-rules';
import { validateStorageSource } from '#lib/api/core/pod/pod-validation-storage';

/** Volume sources in upstream's order: the first one given counts. */
const SOURCES = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
] as const;

/** The valid volumes by name, and what is wrong with the others. `podName` is '' in templates. Mirrors ValidateVolumes. */
export function validateVolumes(
  volumes: readonly Volume[],
  podName: string,
  field: string,
): { valid: Map<string, Volume>; errors: FieldError[] } {
  const valid = new Map<string, Volume>();
  const errors: FieldError[] = [];
  const claims = new Set(podName ? volumes.filter((volume) => volume.ephemeral).map((volume) => `${podName}-${volume.name}`) : []);
  for (const [i, volume] of volumes.entries()) {
    const path = `${field}[${i}]`;
    const own = validateSource(volume, podName, path);
    own.push(...(volume.name ? label(`${path}.name`, volume.name) : [required(`${path}.name`)]));
    if (valid.has(volume.name)) own.push(duplicate(`${path}.name`, volume.name));
    if (own.length === 0) valid.set(volume.name, volume);
    errors.push(...own);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && claims.has(claim)) {
      errors.push(
        invalid(`${path}.persistentVolumeClaim.claimName`, claim, 'must not reference a PVC that gets created for an ephemeral volume'),
      );
    }
  }
  return { valid, errors };
}

function validateSource(volume: Volume, podName: string, field: string): FieldError[] {
  const [first, ...others] = SOURCES.filter((name) => volume[name]);
  if (first === undefined) return [required(field, 'must specify a volume type')];
  return [
    ...(LOCAL.has(first) ? validateLocalSource(volume, first, podName, field) : validateStorageSource(volume, first, field)),
    ...others.map((name) => forbidden(`${field}.${MISSPELT[name] ?? name}`, 'may not specify more than 1 volume type')),
  ];
}

function validateLocalSource(volume: Volume, source: keyof Volume, podName: string, field: string): FieldError[] {
  const path = `${field}.${source}`;
  switch (source) {
    case 'emptyDir':
      return validateSizeLimit(volume.emptyDir?.sizeLimit, `${path}.sizeLimit`);
    case 'hostPath':
      return validateHostPath(volume.hostPath as NonNullable<Volume['hostPath']>, path);
    case 'secret':
      return validateFiles(volume.secret ?? {}, 'secretName', volume.secret?.secretName, path);
    case 'configMap':
      return validateFiles(volume.configMap ?? {}, 'name', volume.configMap?.name, path);
    case 'downwardAPI':
      return [
        ...fileMode(`${path}.defaultMode`, volume.downwardAPI?.defaultMode),
        ...(volume.downwardAPI?.items ?? []).flatMap((item) => validateDownwardFile(item, path)),
      ];
    case 'projected':
      return validateProjected(volume.projected ?? { sources: [] }, path);
    case 'persistentVolumeClaim':
      return present(`${path}.claimName`, volume.persistentVolumeClaim?.claimName);
    default:
      return validateEphemeral(volume, podName, field);
  }
}

const LOCAL = new Set<string>([
  'emptyDir',
  'hostPath',
  'secret',
  'configMap',
  'downwardAPI',
  'projected',
  'persistentVolumeClaim',
  'ephemeral',
]);
/** Upstream's own spelling in the complaint about a second source. */
const MISSPELT: Partial<Record<string, string>> = { downwardAPI: 'downwarAPI', cephfs: 'cephFS' };

function validateSizeLimit(limit: string | undefined, field: string): FieldError[] {
  if (limit === undefined) return [];
  const isWrong = quantityProblem(limit) !== undefined || parseQuantity(limit).nano < 0n;
  return isWrong ? [forbidden(field, 'SizeLimit field must be a valid resource quantity')] : [];
}

const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

function validateHostPath({ path, type }: NonNullable<Volume['hostPath']>, field: string): FieldError[] {
  if (!path) return [required(`${field}.path`)];
  return [...noBacksteps(`${field}.path`, path), ...oneOf(`${field}.type`, type, HOST_PATH_TYPES)];
}

function validateFiles(
  source: { defaultMode?: number; items?: KeyToPath[] },
  nameField: string,
  name: string | undefined,
  field: string,
): FieldError[] {
  return [
    ...present(`${field}.${nameField}`, name),
    ...fileMode(`${field}.defaultMode`, source.defaultMode),
    ...(source.items ?? []).flatMap((item, i) => validateKeyToPath(item, `${field}.items[${i}]`)),
  ];
}

function validateKeyToPath({ key, path, mode }: KeyToPath, field: string): FieldError[] {
  return [
    ...present(`${field}.key`, key),
    ...present(`${field}.path`, path),
    ...nonReservedPath(`${field}.path`, path ?? ''),
    ...fileMode(`${field}.mode`, mode),
  ];
}

function validateDownwardFile(file: DownwardAPIVolumeFile, field: string): FieldError[] {
  const errors = [...present(`${field}.path`, file.path), ...nonReservedPath(`${field}.path`, file.path ?? '')];
  if (file.fieldRef) {
    errors.push(...validateFieldRef(file.fieldRef, FILE_FIELDS, `${field}.fieldRef`));
    if (file.resourceFieldRef) errors.push(invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (file.resourceFieldRef) {
    errors.push(...validateResourceFieldRef(file.resourceFieldRef, `${field}.resourceFieldRef`, true));
  } else {
    errors.push(required(field, 'one of fieldRef and resourceFieldRef is required'));
  }
  return [...errors, ...fileMode(`${field}.mode`, file.mode)];
}

function validateProjected({ defaultMode, sources = [] }: NonNullable<Volume['projected']>, field: string): FieldError[] {
  const paths = new Set<string>();
  const errors = fileMode(`${field}.defaultMode`, defaultMode);
  for (const [i, source] of sources.entries()) {
    const path = `${field}.sources[${i}]`;
    errors.push(...validateProjection(source, field, path));
    for (const [file, quoted] of filesOf(source)) {
      if (paths.has(file)) errors.push(invalid(field, quoted, 'conflicting duplicate paths'));
      paths.add(file);
    }
    const given = [source.secret, source.configMap, source.downwardAPI, source.serviceAccountToken, source.clusterTrustBundle].filter(
      (part) => part,
    );
    if (given.length > 1) errors.push(forbidden(path, 'may not specify more than 1 volume type per source'));
  }
  return errors;
}

/** The paths a source writes, each with the value that upstream quotes when it is taken. */
function filesOf({ secret, configMap, downwardAPI, clusterTrustBundle }: VolumeProjection): (readonly [string, string])[] {
  const keyed = [secret, configMap].flatMap((source) => (source?.items ?? []).map(({ path }) => [path, source?.name ?? ''] as const));
  const others = [...(downwardAPI?.items ?? []), ...(clusterTrustBundle ? [clusterTrustBundle] : [])].map(
    ({ path }) => [path, path] as const,
  );
  return [...keyed, ...others].filter(([path]) => path);
}

function validateProjection(source: VolumeProjection, field: string, path: string): FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken: token, clusterTrustBundle: bundle } = source;
  const errors: FieldError[] = [];
  if (secret) errors.push(...validateFiles({ items: secret.items }, 'name', secret.name, `${path}.secret`));
  if (configMap) errors.push(...validateFiles({ items: configMap.items }, 'name', configMap.name, `${path}.configMap`));
  for (const item of downwardAPI?.items ?? []) errors.push(...validateDownwardFile(item, `${path}.downwardAPI`));
  if (token) {
    const seconds = token.expirationSeconds ?? 0;
    const expiration = `${path}.serviceAccountToken.expirationSeconds`;
    if (seconds < 600) errors.push(invalid(expiration, seconds, 'may not specify a duration less than 10 minutes'));
    if (seconds > 2 ** 32) errors.push(invalid(expiration, seconds, 'may not specify a duration larger than 2^32 seconds'));
    errors.push(...(token.path ? nonReservedPath(`${field}.path`, token.path) : [required(`${field}.path`)]));
  }
  if (bundle) errors.push(...validateTrustBundle(bundle, `${path}.clusterTrustBundle`));
  return errors;
}

function validateTrustBundle(bundle: NonNullable<VolumeProjection['clusterTrustBundle']>, field: string): FieldError[] {
  const { name, signerName, labelSelector, path } = bundle;
  const errors: FieldError[] = [];
  if (name !== undefined && signerName !== undefined) errors.push(invalid(field, bundle, 'only one of name and signerName may be used'));
  else if (name !== undefined) {
    errors.push(...present(`${field}.name`, name, 'must be a valid object name'));
    if (labelSelector) errors.push(invalid(`${field}.labelSelector`, labelSelector, 'labelSelector must be unset if name is specified'));
  } else if (signerName !== undefined) {
    errors.push(...present(`${field}.signerName`, signerName, 'must be a valid signer name'));
    errors.push(...validateLabelSelector(labelSelector, `${field}.labelSelector`));
  } else errors.push(required(field, 'either name or signerName must be specified'));
  return [...errors, ...present(`${field}.path`, path), ...nonReservedPath(`${field}.path`, path ?? '')];
}

function validateEphemeral({ name, ephemeral }: Volume, podName: string, field: string): FieldError[] {
  const template = ephemeral?.volumeClaimTemplate;
  const errors: FieldError[] = [];
  if (!template) errors.push(required(`${field}.ephemeral.volumeClaimTemplate`));
  else {
    const path = `${field}.ephemeral.volumeClaimTemplate.spec`;
    if (!template.spec?.accessModes?.length) errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
    if (template.spec?.resources?.requests?.storage === undefined) errors.push(required(`${path}.resources[storage]`));
  }
  if (!podName || !name) return errors;
  const claim = `${podName}-${name}`;
  return [
    ...errors,
    ...isDNS1123Subdomain(claim).map((text) => invalid(`${field}.name`, name, `PVC name ${JSON.stringify(claim)}: ${text}`)),
  ];
}
