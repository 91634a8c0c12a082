import { PersistentVolume } from '#lib/api/core/persistentvolume';
import { PV_PROTECTION } from '#lib/api/storage/protection';
import { defineController } from '#lib/reconcile/controller';
import { concernsProtection, protect } from '#lib/reconcile/protection';

/** Keeps volumes that are asked to go while they are bound. Mirrors kubernetes/pkg/controller/volume/pvprotection. */
export const pvProtection = defineController<PersistentVolume>({
  name: 'pv-protection',
  for: PersistentVolume,
  concerns: (volume) => concernsProtection(volume, PV_PROTECTION),
  reconcile: (volume) => protect(volume, PV_PROTECTION, () => volume.status?.phase === 'Bound'),
});
