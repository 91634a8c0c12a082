import type { CSINode as WireCSINode } from 'kubernetes-types/storage/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateCSINode, validateCSINodeStep } from './driver-validation';

/** The storage drivers of a node. */
export type CSINode = Stored<WireCSINode>;

/** Mirrors pkg/registry/storage/csinode/strategy.go and ValidateCSINode. */
export const CSINode = defineKind<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  scope: 'Cluster',
  validate: validateCSINode,
  validateUpdate: validateCSINodeStep,
  columns: [NAME, { name: 'Drivers', type: 'integer', value: ({ spec }) => spec.drivers?.length ?? 0 }, AGE],
});
