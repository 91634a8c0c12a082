import { roundedToMilli } from '#lib/api/quantity';
import type { ResourceList, Volume } from '#lib/api/core/pod/pod-types';
import { pullPolicyFor } from '#lib/api/core/image-reference';

/** 0644 */
const FILE_MODE = 420;
const HOUR = 3600;
const DAY = 86_400;

/** Fills one volume in place. Mirrors SetDefaults_Volume and the defaults of its sources in pkg/apis/core/v1. */
export function volumeDefaults(volume: Volume): void {
  if (!hasSource(volume)) volume.emptyDir = {};
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) {
    if (source) source.defaultMode ??= FILE_MODE;
  }
  for (const item of volume.downwardAPI?.items ?? []) downwardItemDefaults(item);
  projectedDefaults(volume);
  if (volume.image) volume.image.pullPolicy ||= pullPolicyFor(volume.image.reference ?? '');
  sharedSourceDefaults(volume);
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim) {
    claim.volumeMode ??= 'Filesystem';
    roundResources(claim.resources?.requests);
    roundResources(claim.resources?.limits);
  }
}

const hasSource = (volume: Volume): boolean =>
  Object.entries(volume).some(([key, value]) => key !== 'name' && value !== undefined && value !== null);

type DownwardItem = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

function downwardItemDefaults(item: DownwardItem): void {
  if (item.fieldRef) item.fieldRef.apiVersion ||= 'v1';
  if (item.resourceFieldRef) item.resourceFieldRef.divisor ??= '0';
}

/** Short-lived certificates of a pod (1.34), which the wire types do not know. */
interface CertificateSource {
  podCertificate?: { maxExpirationSeconds?: number };
}

function projectedDefaults(volume: Volume): void {
  for (const source of volume.projected?.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= HOUR;
    for (const item of source.downwardAPI?.items ?? []) downwardItemDefaults(item);
    const { podCertificate } = source as CertificateSource;
    if (podCertificate) podCertificate.maxExpirationSeconds ??= DAY;
  }
}

/**
 * The sources that a volume of a pod and a PersistentVolume have in common. Those of a PersistentVolume may name secrets of other
 * namespaces.
 */
type SharedSources = Pick<Volume, 'hostPath' | 'iscsi' | 'azureDisk'> & {
  readonly rbd?: { pool?: string; user?: string; keyring?: string };
  readonly scaleIO?: { storageMode?: string; fsType?: string };
};

/** Fills them in place. Mirrors SetDefaults_HostPathVolumeSource and its neighbours in pkg/apis/core/v1/defaults.go. */
export function sharedSourceDefaults({ hostPath, iscsi, rbd, azureDisk, scaleIO }: SharedSources): void {
  if (hostPath) hostPath.type ??= '';
  if (iscsi) iscsi.iscsiInterface ||= 'default';
  if (rbd) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}

/**
 * Brings the amounts of a resource list to their canonical form, rounded up to thousandths; what is no quantity stays for validation.
 * Mirrors SetDefaults_ResourceList.
 */
export function roundResources(list: ResourceList | undefined | null): void {
  for (const name in list) {
    const text = list[name] as string;
    try {
      const rounded = roundedToMilli(text);
      // What is right already is not touched: the list may belong to a stored object.
      if (rounded !== text) (list as ResourceList)[name] = rounded;
    } catch {
      // Left as written: validation quotes it.
    }
  }
}
