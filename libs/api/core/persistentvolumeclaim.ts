import type { PersistentVolumeClaim as WireClaim } from 'kubernetes-types/core/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import { isBeingDeleted, type Stored } from '#lib/api/meta';
import { printAccessModes, storageClassOf } from './access-modes';
import { claimSpecDefaults } from './claim-defaults';
import { claimWarnings } from './storage-warnings';
import { validateClaimSpec, validateClaimStep } from './persistentvolumeclaim-validation';

/** A wish for storage, and the volume that was found for it. */
export type PersistentVolumeClaim = Stored<WireClaim>;

/** Mirrors pkg/registry/core/persistentvolumeclaim/strategy.go, SetDefaults_PersistentVolumeClaim and ValidatePersistentVolumeClaim. */
export const PersistentVolumeClaim = defineKind<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  scope: 'Namespaced',
  subresources: ['status'],
  hasGeneration: false,

  prepareCreate(draft) {
    draft.status = { phase: 'Pending' };
  },

  defaults(draft) {
    claimSpecDefaults((draft.spec ??= {}));
    draft.status ??= {};
    draft.status.phase ??= 'Pending';
  },

  validate: ({ spec }) => validateClaimSpec(spec, 'spec'),
  validateUpdate: validateClaimStep,
  warnings: claimWarnings,

  columns: [
    NAME,
    { name: 'Status', type: 'string', value: (claim) => (isBeingDeleted(claim) ? 'Terminating' : (claim.status?.phase ?? '')) },
    { name: 'Volume', type: 'string', value: ({ spec }) => spec.volumeName ?? '' },
    { name: 'Capacity', type: 'string', value: ({ spec, status }) => (spec.volumeName ? (status?.capacity?.storage ?? '0') : '') },
    { name: 'Access Modes', type: 'string', value: ({ spec, status }) => (spec.volumeName ? printAccessModes(status?.accessModes) : '') },
    { name: 'StorageClass', type: 'string', value: storageClassOf },
    { name: 'VolumeAttributesClass', type: 'string', value: ({ spec }) => spec.volumeAttributesClassName ?? '<unset>' },
    AGE,
    { name: 'VolumeMode', type: 'string', priority: 1, value: ({ spec }) => spec.volumeMode ?? '<unset>' },
  ],
});
