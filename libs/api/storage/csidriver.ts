import type { CSIDriver as WireCSIDriver } from 'kubernetes-types/storage/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateCSIDriver, validateCSIDriverStep } from './driver-validation';

/** What a storage driver can do, and wants. */
export type CSIDriver = Stored<WireCSIDriver>;

/** Mirrors pkg/registry/storage/csidriver/strategy.go, SetDefaults_CSIDriver and ValidateCSIDriver. */
export const CSIDriver = defineKind<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  scope: 'Cluster',
  hasGeneration: true,

  defaults(draft) {
    const spec = (draft.spec ??= {});
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },

  validate: validateCSIDriver,
  validateUpdate: validateCSIDriverStep,

  columns: [
    NAME,
    { name: 'AttachRequired', type: 'boolean', value: ({ spec }) => spec.attachRequired ?? true },
    { name: 'PodInfoOnMount', type: 'boolean', value: ({ spec }) => spec.podInfoOnMount ?? false },
    { name: 'StorageCapacity', type: 'boolean', value: ({ spec }) => spec.storageCapacity ?? false },
    {
      name: 'TokenRequests',
      type: 'string',
      value: ({ spec }) => (spec.tokenRequests ?? []).map(({ audience }) => audience).join(',') || '<unset>',
    },
    { name: 'RequiresRepublish', type: 'boolean', value: ({ spec }) => spec.requiresRepublish ?? false },
    { name: 'Modes', type: 'string', value: ({ spec }) => (spec.volumeLifecycleModes ?? []).join(',') || '<none>' },
    AGE,
  ],
});
