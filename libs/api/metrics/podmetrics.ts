import { NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { amountsOf, sumOf, usageOf, type Usage } from './usage';

/** What the containers of a pod use, over a window that ended at a time. Made when it is asked for, never stored. */
export interface PodMetrics extends KubeObject {
  /** RFC 3339. */
  timestamp: string;
  /** A duration as Go writes it: `15s`. */
  window: string;
  containers: { name: string; usage: Usage }[];
}

const total = ({ containers }: PodMetrics): Usage => usageOf(sumOf(containers.map(({ usage }) => amountsOf(usage))));

/** Mirrors k8s.io/metrics/pkg/apis/metrics/v1beta1 and the columns of metrics-server. */
export const PodMetrics = defineKind<PodMetrics>({
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  kind: 'PodMetrics',
  plural: 'pods',
  singular: '',
  scope: 'Namespaced',
  verbs: ['get', 'list'],
  view: true,
  columns: [
    NAME,
    { name: 'cpu', type: 'string', value: (metrics) => total(metrics).cpu },
    { name: 'memory', type: 'string', value: (metrics) => total(metrics).memory },
    { name: 'Window', type: 'string', value: ({ window }) => window },
  ],
});
