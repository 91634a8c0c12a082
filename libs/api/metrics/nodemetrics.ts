import { NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { Usage } from './usage';

/** What a node uses, over a window that ended at a time. Made when it is asked for, never stored. */
export interface NodeMetrics extends KubeObject {
  /** RFC 3339. */
  timestamp: string;
  /** A duration as Go writes it: `15s`. */
  window: string;
  usage: Usage;
}

/** Mirrors k8s.io/metrics/pkg/apis/metrics/v1beta1 and the columns of metrics-server. */
export const NodeMetrics = defineKind<NodeMetrics>({
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  kind: 'NodeMetrics',
  plural: 'nodes',
  singular: '',
  scope: 'Cluster',
  verbs: ['get', 'list'],
  view: true,
  columns: [
    NAME,
    { name: 'cpu', type: 'string', value: ({ usage }) => usage.cpu },
    { name: 'memory', type: 'string', value: ({ usage }) => usage.memory },
    { name: 'Window', type: 'string', value: ({ window }) => window },
  ],
});
