import type { Node as WireNode } from 'kubernetes-types/core/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { nodeColumns } from '#lib/api/core/node-columns';
import { validateNode, validateNodeStatus, validateNodeUpdate } from '#lib/api/core/node-validation';
import { roundResources } from '#lib/api/core/pod/pod-volume-defaults';

export type Node = Stored<WireNode>;

/** Mirrors kubernetes/pkg/registry/core/node/strategy.go. */
export const Node = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  scope: 'Cluster',
  subresources: ['status'],
  hasGeneration: false,
  statusOnCreate: true,

  defaults(draft) {
    draft.spec ??= {};
    mirrorPodCIDR(draft.spec);
    if (!draft.status) return;
    if (!draft.status.allocatable && draft.status.capacity) draft.status.allocatable = { ...draft.status.capacity };
    roundResources(draft.status.capacity);
    roundResources(draft.status.allocatable);
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatus: validateNodeStatus,
  warnings(node) {
    const texts: string[] = [];
    if (node.spec.configSource) texts.push('spec.configSource: deprecated in v1.22, support removal is planned in v1.23');
    if (node.spec.externalID) texts.push('spec.externalID: this field is deprecated, and is unused by Kubernetes');
    return texts;
  },

  selectableFields: {
    'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false),
  },
  columns: nodeColumns,
});

/** `podCIDR` is the first of `podCIDRs`; when they differ the single one is believed. Mirrors Convert_v1_NodeSpec_To_core_NodeSpec. */
function mirrorPodCIDR(spec: Node['spec']): void {
  const first = spec.podCIDRs?.[0];
  if (spec.podCIDR && spec.podCIDR !== first) spec.podCIDRs = [spec.podCIDR];
  else if (first && !spec.podCIDR) spec.podCIDR = first;
}
