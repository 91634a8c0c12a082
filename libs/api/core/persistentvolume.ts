import type { PersistentVolume as WireVolume, PersistentVolumeSpec as WireSpec } from 'kubernetes-types/core/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import { isBeingDeleted, type Stored } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { printAccessModes, storageClassOf } from './access-modes';
import { roundResources, sharedSourceDefaults } from '#lib/api/core/pod/pod-volume-defaults';
import { volumeWarnings } from './storage-warnings';
import { validatePersistentVolume, validatePersistentVolumeStep } from './persistentvolume-validation';

/** What a volume is. */
export type PersistentVolumeSpec = WireSpec & { volumeAttributesClassName?: string };

/** A piece of storage that a claim can get. */
export type PersistentVolume = Omit<Stored<WireVolume>, 'spec'> & { spec: PersistentVolumeSpec };

/** Mirrors pkg/registry/core/persistentvolume/strategy.go, SetDefaults_PersistentVolume and ValidatePersistentVolume. */
export const PersistentVolume = defineKind<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  scope: 'Cluster',
  subresources: ['status'],
  hasGeneration: false,

  prepareCreate(draft, { now }) {
    draft.status = { phase: 'Pending', lastPhaseTransitionTime: rfc3339(now) };
  },

  prepareUpdate(draft, previous, { subresource, now }) {
    if (subresource !== 'status' || !draft.status) return;
    const { phase } = previous.status ?? {};
    if (draft.status.phase !== phase) draft.status.lastPhaseTransitionTime = rfc3339(now);
  },

  defaults(draft) {
    const spec = (draft.spec ??= {});
    spec.persistentVolumeReclaimPolicy ||= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    roundResources(spec.capacity);
    draft.status ??= {};
    draft.status.phase ||= 'Pending';
    sharedSourceDefaults(spec);
  },

  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeStep,
  warnings: volumeWarnings,

  columns: [
    NAME,
    { name: 'Capacity', type: 'string', value: ({ spec }) => spec.capacity?.storage ?? '0' },
    { name: 'Access Modes', type: 'string', value: ({ spec }) => printAccessModes(spec.accessModes) },
    { name: 'Reclaim Policy', type: 'string', value: ({ spec }) => spec.persistentVolumeReclaimPolicy ?? '' },
    { name: 'Status', type: 'string', value: (volume) => (isBeingDeleted(volume) ? 'Terminating' : (volume.status?.phase ?? '')) },
    {
      name: 'Claim',
      type: 'string',
      value: ({ spec }) => (spec.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : ''),
    },
    { name: 'StorageClass', type: 'string', value: storageClassOf },
    { name: 'VolumeAttributesClass', type: 'string', value: ({ spec }) => spec.volumeAttributesClassName ?? '<unset>' },
    { name: 'Reason', type: 'string', value: ({ status }) => status?.reason ?? '' },
    AGE,
    { name: 'VolumeMode', type: 'string', priority: 1, value: ({ spec }) => spec.volumeMode ?? '<unset>' },
  ],
});
