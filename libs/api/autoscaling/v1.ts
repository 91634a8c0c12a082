import type { MetricSpec, MetricStatus } from 'kubernetes-types/autoscaling/v2';
import type { Kind } from '#lib/api/kind';
import { viewOf } from '#lib/api/legacy/view';
import type { KubeObject } from '#lib/api/meta';
import { BEHAVIOR, objectIn, specFromBeta, specToBeta, statusFromBeta, statusToBeta, type BetaMetric } from './beta-metrics';
import { HorizontalPodAutoscaler as Stored } from './horizontalpodautoscaler';

/** What autoscaling/v1 has no fields for stands in these annotations. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';

type Loose = KubeObject & { readonly spec?: Record<string, unknown>; readonly status?: Record<string, unknown> };

/** autoscaling/v1: a target for the CPU, and no other. Mirrors pkg/apis/autoscaling/v1/conversion.go. */
export const HorizontalPodAutoscalerV1: Kind = viewOf(Stored, { group: 'autoscaling', version: 'v1', toStored, fromStored });

function toStored(object: KubeObject): KubeObject {
  const { spec = {}, status } = object as Loose;
  const { targetCPUUtilizationPercentage: cpu, ...rest } = spec;
  const {
    [METRICS]: metrics,
    [CURRENT]: current,
    [CONDITIONS]: conditions,
    [BEHAVIOR]: behavior,
    ...annotations
  } = object.metadata?.annotations ?? {};
  const all = [...listIn<BetaMetric>(metrics).map(specFromBeta), ...(cpu === undefined || cpu === null ? [] : [cpuTarget(cpu as number)])];
  const rules = objectIn(behavior);
  return {
    ...object,
    metadata: withAnnotations(object, annotations),
    spec: { ...rest, ...(all.length > 0 && { metrics: all }), ...(rules && { behavior: rules }) },
    ...(status && { status: statusToStored(status, current, conditions) }),
  } as KubeObject;
}

function statusToStored(
  { currentCPUUtilizationPercentage: used, ...rest }: Record<string, unknown>,
  current?: string,
  conditions?: string,
): object {
  const observed = [...(used === undefined ? [] : [cpuObserved(used as number)]), ...listIn<BetaMetric>(current).map(statusFromBeta)];
  const known = listIn<object>(conditions);
  return { ...rest, currentMetrics: observed, ...(known.length > 0 && { conditions: known }) };
}

function fromStored(object: KubeObject): KubeObject {
  const { spec, status } = object as Loose;
  const { metrics = [], behavior, ...wanted } = (spec ?? {}) as { metrics?: MetricSpec[]; behavior?: object };
  const { currentMetrics = [], conditions, ...rest } = (status ?? {}) as { currentMetrics?: MetricStatus[]; conditions?: object[] };
  const cpu = metrics.find(
    ({ type, resource }) => type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined,
  );
  const others = metrics.filter((metric) => metric !== cpu);
  const used = (currentMetrics ?? []).find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu');
  const annotations = {
    ...object.metadata?.annotations,
    ...(others.length > 0 && { [METRICS]: JSON.stringify(others.map(specToBeta)) }),
    ...(currentMetrics?.length && {
      [CURRENT]: JSON.stringify(
        currentMetrics.filter((metric) => metric !== used || used.resource?.current.averageUtilization === undefined).map(statusToBeta),
      ),
    }),
    ...(conditions?.length && { [CONDITIONS]: JSON.stringify(conditions) }),
    ...(behavior && { [BEHAVIOR]: JSON.stringify(behavior) }),
  };
  if (annotations[CURRENT] === '[]') delete annotations[CURRENT];
  const utilization = used?.resource?.current.averageUtilization;
  return {
    ...object,
    metadata: withAnnotations(object, annotations),
    spec: { ...wanted, ...(cpu && { targetCPUUtilizationPercentage: cpu.resource?.target.averageUtilization }) },
    ...(status && {
      status: { currentReplicas: 0, ...rest, ...(utilization !== undefined && { currentCPUUtilizationPercentage: utilization }) },
    }),
  } as KubeObject;
}

const cpuTarget = (averageUtilization: number): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const cpuObserved = (averageUtilization: number): MetricStatus => ({
  type: 'Resource',
  resource: { name: 'cpu', current: { averageUtilization } },
});

function withAnnotations({ metadata }: KubeObject, annotations: Record<string, string>): KubeObject['metadata'] {
  const { annotations: _, ...rest } = metadata ?? {};
  return (Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest) as KubeObject['metadata'];
}

function listIn<T>(text: string | undefined): T[] {
  const value = objectIn(text);
  return Array.isArray(value) ? (value as T[]) : [];
}
