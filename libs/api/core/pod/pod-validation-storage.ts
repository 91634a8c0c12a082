import { invalid, required, tooLong, type FieldError } from '#lib/api/field-error';
import { isDNS1123Subdomain, rangeError } from '#lib/api/validation/names';
import type { Volume } from '#lib/api/core/pod/pod-types';
import { unsupported } from '#lib/api/validation/rules';
import { descendingPath, label, oneOf, present } from '#lib/api/core/pod/pod-validation-rules';

/** Sources that need nothing but some fields: name of the source → names of the fields. */
const NEEDS: Partial<Record<keyof Volume, readonly string[]>> = {
  gitRepo: ['repository'],
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  nfs: ['server', 'path'],
  iscsi: ['targetPortal'],
  glusterfs: ['endpoints', 'path'],
  rbd: ['monitors', 'image'],
  cinder: ['volumeID'],
  cephfs: ['monitors'],
  flexVolume: ['driver'],
  azureFile: ['secretName', 'shareName'],
  vsphereVolume: ['volumePath'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  storageos: ['volumeName'],
  scaleIO: ['gateway', 'system', 'volumeName'],
};

/** One volume source that lies outside of the cluster. Mirrors the functions validate…VolumeSource. */
export function validateStorageSource(volume: Volume, source: keyof Volume, field: string): FieldError[] {
  // Upstream's path for this one differs from the name of the field.
  const path = `${field}.${source === 'gcePersistentDisk' ? 'persistentDisk' : source}`;
  const values = volume[source] as unknown as Record<string, unknown>;
  const missing = (NEEDS[source] ?? []).filter((name) => isEmpty(values[name])).map((name) => required(`${path}.${name}`));
  return [...missing, ...(MORE[source]?.(volume, path, field) ?? [])];
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

type Rule = (volume: Volume, path: string, field: string) => FieldError[];

const partition = (value: number | undefined, path: string): FieldError[] =>
  value !== undefined && (value < 0 || value > 255) ? [invalid(`${path}.partition`, value, rangeError(1, 255))] : [];

const lunRange = (lun: number | undefined, path: string): FieldError[] =>
  lun !== undefined && (lun < 0 || lun > 255) ? [invalid(`${path}.lun`, lun, rangeError(0, 255))] : [];

const namedSecret = (secret: { name?: string } | undefined, path: string): FieldError[] =>
  secret && !secret.name ? [required(`${path}.secretRef.name`)] : [];

const MORE: Partial<Record<keyof Volume, Rule>> = {
  gitRepo: ({ gitRepo }, path) => descendingPath(`${path}.directory`, gitRepo?.directory ?? ''),
  gcePersistentDisk: ({ gcePersistentDisk }, path) => partition(gcePersistentDisk?.partition, path),
  awsElasticBlockStore: ({ awsElasticBlockStore }, path) => partition(awsElasticBlockStore?.partition, path),
  nfs: ({ nfs }, path) => (nfs?.path?.startsWith('/') ? [] : [invalid(`${path}.path`, nfs?.path ?? '', 'must be an absolute path')]),
  iscsi: validateIscsi,
  flocker: validateFlocker,
  cinder: ({ cinder }, path) => namedSecret(cinder?.secretRef, path),
  quobyte: validateQuobyte,
  fc: validateFibreChannel,
  flexVolume: validateFlexOptions,
  azureDisk: validateAzureDisk,
  storageos: validateStorageOS,
  csi: validateCsi,
};

const ISCSI_NAMES: Record<string, RegExp> = {
  iqn: /^iqn\.\d{4}-\d{2}\.([a-zA-Z0-9-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui\.[a-fA-F0-9]{16}$/,
  naa: /^naa\.[a-fA-F0-9]{32}$/,
};

function iscsiName(name: string, field: string): FieldError[] {
  const form = ISCSI_NAMES[name.slice(0, 3)];
  if (form === undefined) return [invalid(field, name, 'must be valid format starting with iqn, eui, or naa')];
  return form.test(name) ? [] : [invalid(field, name, 'must be valid format')];
}

function validateIscsi({ name, iscsi }: Volume, path: string, field: string): FieldError[] {
  if (!iscsi) return [];
  const errors = iscsi.iqn ? iscsiName(iscsi.iqn, `${path}.iqn`) : [required(`${path}.iqn`)];
  errors.push(...lunRange(iscsi.lun, path));
  if ((iscsi.chapAuthDiscovery || iscsi.chapAuthSession) && !iscsi.secretRef) errors.push(required(`${path}.secretRef`));
  if (iscsi.initiatorName === undefined) return errors;
  errors.push(...iscsiName(iscsi.initiatorName, `${path}.initiatorname`));
  if (`${name}:${iscsi.targetPortal}`.length > 64) {
    const text = 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
    errors.push(invalid(`${field}.name`, name, text));
  }
  return errors;
}

function validateFlocker({ flocker }: Volume, path: string): FieldError[] {
  const { datasetName = '', datasetUUID = '' } = flocker ?? {};
  const errors: FieldError[] = [];
  if (!datasetName && !datasetUUID) errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  if (datasetName && datasetUUID) errors.push(invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  if (datasetName.includes('/')) errors.push(invalid(`${path}.datasetName`, datasetName, "must not contain '/'"));
  return errors;
}

function validateQuobyte({ quobyte }: Volume, path: string): FieldError[] {
  const { registry = '', tenant = '', volume = '' } = quobyte ?? {};
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  const errors: FieldError[] = [];
  if (!registry) errors.push(required(`${path}.registry`, pairs));
  else if (tenant.length >= 65) errors.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  else
    for (const pair of registry.split(','))
      if (!/^([^:]*|\[[^\]]*\]):[^:]*$/.test(pair)) errors.push(invalid(`${path}.registry`, registry, pairs));
  return [...errors, ...present(`${path}.volume`, volume)];
}

function validateFibreChannel({ fc }: Volume, path: string): FieldError[] {
  const { targetWWNs = [], wwids = [], lun } = fc ?? {};
  const errors: FieldError[] = [];
  if (targetWWNs.length === 0 && wwids.length === 0)
    errors.push(required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'));
  if (targetWWNs.length > 0 && wwids.length > 0) {
    errors.push(invalid(`${path}.targetWWNs`, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  }
  if (targetWWNs.length === 0) return errors;
  return [
    ...errors,
    ...(lun === undefined ? [required(`${path}.lun`, 'lun is required if targetWWNs is specified')] : lunRange(lun, path)),
  ];
}

function validateFlexOptions({ flexVolume }: Volume, path: string): FieldError[] {
  return Object.keys(flexVolume?.options ?? {}).flatMap((key) => {
    const domain = `.${(key.includes('/') ? key.slice(0, key.indexOf('/')) : key).toLowerCase()}`;
    const isReserved = domain.endsWith('.kubernetes.io') || domain.endsWith('.k8s.io');
    return isReserved ? [invalid(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved')] : [];
  });
}

function validateAzureDisk({ azureDisk }: Volume, path: string): FieldError[] {
  const { kind, cachingMode, diskURI = '' } = azureDisk ?? {};
  const errors = [
    ...oneOf(`${path}.cachingMode`, cachingMode, ['None', 'ReadOnly', 'ReadWrite']),
    ...oneOf(`${path}.kind`, kind, ['Dedicated', 'Managed', 'Shared']),
  ];
  const managed = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
  const blob = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  if (kind === 'Managed' && !diskURI.startsWith('/subscriptions/')) errors.push(unsupported(`${path}.diskURI`, diskURI, [managed]));
  if (kind !== undefined && kind !== 'Managed' && !diskURI.startsWith('https://'))
    errors.push(unsupported(`${path}.diskURI`, diskURI, [blob]));
  return errors;
}

function validateStorageOS({ storageos }: Volume, path: string): FieldError[] {
  const { volumeName, volumeNamespace, secretRef } = storageos ?? {};
  return [
    ...(volumeName ? label(`${path}.volumeName`, volumeName) : []),
    ...(volumeNamespace ? label(`${path}.volumeNamespace`, volumeNamespace) : []),
    ...namedSecret(secretRef, path),
  ];
}

function validateCsi({ csi }: Volume, path: string): FieldError[] {
  const driver = csi?.driver ?? '';
  const errors = present(`${path}.driver`, driver);
  if (driver.length > 63) errors.push(tooLong(`${path}.driver`, 63));
  errors.push(...isDNS1123Subdomain(driver.toLowerCase()).map((text) => invalid(`${path}.driver`, driver, text)));
  const secret = csi?.nodePublishSecretRef;
  if (secret && !secret.name) errors.push(required(`${path}.nodePublishSecretRef.name`));
  else if (secret?.name) errors.push(...isDNS1123Subdomain(secret.name).map((text) => invalid(`${path}.name`, secret.name, text)));
  return errors;
}
