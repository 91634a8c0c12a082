import type { StorageClass as WireStorageClass } from 'kubernetes-types/storage/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { deprecatedLabel } from '#lib/api/core/deprecated-labels';
import { validateStorageClass, validateStorageClassStep } from './storageclass-validation';

/** A way to make volumes. */
export type StorageClass = Stored<WireStorageClass>;

/** Marks the class that claims get when they name none. */
export const DEFAULT_STORAGE_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** Whether claims without a class get this one; the annotation of the beta counts as well. Mirrors IsDefaultAnnotation. */
export const isDefaultClass = ({ metadata: { annotations = {} } }: Pick<StorageClass, 'metadata'>): boolean =>
  annotations[DEFAULT_STORAGE_CLASS] === 'true' || annotations['storageclass.beta.kubernetes.io/is-default-class'] === 'true';

/** Mirrors pkg/registry/storage/storageclass/strategy.go, SetDefaults_StorageClass and ValidateStorageClass. */
export const StorageClass = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  scope: 'Cluster',

  defaults(draft) {
    draft.reclaimPolicy ??= 'Delete';
    draft.volumeBindingMode ??= 'Immediate';
  },

  validate: validateStorageClass,
  validateUpdate: validateStorageClassStep,
  warnings: topologyWarnings,

  columns: [
    { ...NAME, value: (object) => `${object.metadata.name}${isDefaultClass(object) ? ' (default)' : ''}` },
    { name: 'Provisioner', type: 'string', value: ({ provisioner }) => provisioner },
    { name: 'ReclaimPolicy', type: 'string', value: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete' },
    { name: 'VolumeBindingMode', type: 'string', value: ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate' },
    { name: 'AllowVolumeExpansion', type: 'string', value: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false },
    AGE,
  ],
});

/** Mirrors GetWarningsForStorageClass. */
function topologyWarnings({ allowedTopologies = [] }: StorageClass): string[] {
  return allowedTopologies.flatMap(({ matchLabelExpressions = [] }, i) =>
    matchLabelExpressions.flatMap(({ key }, j) => {
      const text = deprecatedLabel(key);
      return text === undefined ? [] : [`allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${text}`];
    }),
  );
}
