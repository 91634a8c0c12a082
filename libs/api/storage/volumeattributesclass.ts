import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { validateAttributesClass, validateAttributesClassStep } from './attributes-validation';

/** Properties of volumes that can change while they are in use. */
export interface VolumeAttributesClass extends KubeObject {
  driverName: string;
  parameters?: Record<string, string>;
}

/** Mirrors pkg/registry/storage/volumeattributesclass/strategy.go and ValidateVolumeAttributesClass. */
export const VolumeAttributesClass = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  shortNames: ['vac'],
  scope: 'Cluster',
  validate: validateAttributesClass,
  validateUpdate: validateAttributesClassStep,
  columns: [NAME, { name: 'DriverName', type: 'string', value: ({ driverName }) => driverName }, AGE],
});
