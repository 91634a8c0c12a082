import type { VolumeAttachment as WireVolumeAttachment } from 'kubernetes-types/storage/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateVolumeAttachment, validateVolumeAttachmentStep } from './driver-validation';

/** The wish that a volume be attached to a node. */
export type VolumeAttachment = Stored<WireVolumeAttachment>;

/** Mirrors pkg/registry/storage/volumeattachment/strategy.go and ValidateVolumeAttachment. */
export const VolumeAttachment = defineKind<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  scope: 'Cluster',
  subresources: ['status'],
  hasGeneration: false,
  prepareCreate(draft) {
    draft.status = { attached: false };
  },
  validate: validateVolumeAttachment,
  validateUpdate: validateVolumeAttachmentStep,
  columns: [
    NAME,
    { name: 'Attacher', type: 'string', format: 'name', value: ({ spec }) => spec.attacher },
    { name: 'PV', type: 'string', value: ({ spec }) => spec.source?.persistentVolumeName ?? '' },
    { name: 'Node', type: 'string', value: ({ spec }) => spec.nodeName },
    { name: 'Attached', type: 'boolean', value: ({ status }) => status?.attached ?? false },
    AGE,
  ],
});
