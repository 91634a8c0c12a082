import type { HorizontalPodAutoscaler as WireAutoscaler, MetricSpec } from 'kubernetes-types/autoscaling/v2';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { behaviorDefaults } from './behavior-defaults';
import { targetsText } from './metric-text';
import { validateAutoscaler, validateAutoscalerStatus } from './autoscaler-validation';

/** How many replicas something shall have at which load. */
export type HorizontalPodAutoscaler = Stored<WireAutoscaler>;

/** What is measured when nothing else is said. */
const CPU: MetricSpec = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };

/**
 * Mirrors pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go, pkg/apis/autoscaling/v2/defaults.go and
 * ValidateHorizontalPodAutoscaler.
 */
export const HorizontalPodAutoscaler = defineKind<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status'],
  hasGeneration: false,

  prepareCreate(draft) {
    draft.status = { desiredReplicas: 0, currentMetrics: [] };
  },

  defaults(draft) {
    const spec = (draft.spec ??= {} as HorizontalPodAutoscaler['spec']);
    spec.minReplicas ??= 1;
    if (!spec.metrics?.length) spec.metrics = [structuredClone(CPU)];
    if (spec.behavior) behaviorDefaults(spec.behavior);
  },

  validate: validateAutoscaler,
  validateStatus: validateAutoscalerStatus,

  columns: [
    NAME,
    { name: 'Reference', type: 'string', value: ({ spec }) => `${spec.scaleTargetRef?.kind}/${spec.scaleTargetRef?.name}` },
    { name: 'Targets', type: 'string', value: ({ spec, status }) => targetsText(spec.metrics ?? [], status?.currentMetrics ?? []) },
    { name: 'MinPods', type: 'string', value: ({ spec }) => spec.minReplicas ?? '<unset>' },
    { name: 'MaxPods', type: 'string', value: ({ spec }) => spec.maxReplicas },
    { name: 'Replicas', type: 'string', value: ({ status }) => status?.currentReplicas ?? 0 },
    AGE,
  ],
});
