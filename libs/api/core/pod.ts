import type { Pod as WirePod } from 'kubernetes-types/core/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

export type Pod = Stored<WirePod>;

export const Pod = defineKind<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status', 'binding', 'eviction', 'log', 'ephemeralcontainers', 'resize'],
  /** An agent receives only the pods of its own node. */
  route: (pod) => pod.spec.nodeName ?? '_',
  indexes: {
    /** '' holds the pods that no node has yet. */
    node: (pod) => pod.spec.nodeName ?? '',
  },
});
