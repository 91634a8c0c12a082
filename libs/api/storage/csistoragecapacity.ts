import type { CSIStorageCapacity as WireCapacity } from 'kubernetes-types/storage/v1';
import { NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { selectorWarnings } from '#lib/api/core/deprecated-labels';
import { validateStorageCapacity, validateStorageCapacityStep } from './driver-validation';

/** How much room a storage driver has in some part of the cluster. */
export type CSIStorageCapacity = Stored<WireCapacity>;

/** Mirrors pkg/registry/storage/csistoragecapacity/strategy.go and ValidateCSIStorageCapacity. */
export const CSIStorageCapacity = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  scope: 'Namespaced',
  validate: validateStorageCapacity,
  validateUpdate: validateStorageCapacityStep,
  warnings: ({ nodeTopology }) => selectorWarnings(nodeTopology, 'nodeTopology'),
  columns: [
    NAME,
    { name: 'StorageClassName', type: 'string', value: ({ storageClassName }) => storageClassName },
    { name: 'Capacity', type: 'string', value: ({ capacity }) => capacity ?? '<unset>' },
  ],
});
