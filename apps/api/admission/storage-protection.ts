import { PersistentVolume } from '#lib/api/core/persistentvolume';
import { PersistentVolumeClaim } from '#lib/api/core/persistentvolumeclaim';
import type { AnyKind } from '#lib/api/kind';
import { PV_PROTECTION, PVC_PROTECTION, VAC_PROTECTION } from '#lib/api/storage/protection';
import { VolumeAttributesClass } from '#lib/api/storage/volumeattributesclass';
import type { AdmissionPlugin } from './plugin';

const finalizers: ReadonlyMap<AnyKind, string> = new Map<AnyKind, string>([
  [PersistentVolumeClaim, PVC_PROTECTION],
  [PersistentVolume, PV_PROTECTION],
  [VolumeAttributesClass, VAC_PROTECTION],
]);

/**
 * Gives storage a finalizer, so that it stays while it is in use; controllers take it away again. Mirrors
 * plugin/pkg/admission/storage/storageobjectinuseprotection.
 */
export const storageProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  mutate({ kind, operation, subresource, object: { metadata } }) {
    if (operation !== 'CREATE' || subresource) return;
    const finalizer = finalizers.get(kind);
    if (finalizer === undefined || metadata.finalizers?.includes(finalizer)) return;
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};
