import type { MetricSpec, MetricStatus } from 'kubernetes-types/autoscaling/v2';
import type { KubeObject } from '#lib/api/meta';

/** One part of a metric, in either form: loose, because each type has other members. */
type Part = Readonly<Record<string, unknown>>;
/** A metric as autoscaling/v2beta1 and the annotations of autoscaling/v1 write it: the values stand beside the name. */
export type BetaMetric = { readonly type: string } & Readonly<Record<string, Part | string | undefined>>;

const MEMBERS: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

/** What is asked of a metric, in its old form. Mirrors Convert_autoscaling_MetricSpec_To_v1_MetricSpec and those below it. */
export function specToBeta(metric: MetricSpec): BetaMetric {
  const member = MEMBERS[metric.type];
  const part = member === undefined ? undefined : ((metric as unknown as Part)[member] as Part | undefined);
  if (!part || member === undefined) return { type: metric.type };
  const target = (part.target ?? {}) as Part;
  const values = present({
    targetAverageUtilization: target.averageUtilization,
    ...(metric.type === 'Object'
      ? { targetValue: target.value ?? '0', averageValue: target.averageValue }
      : metric.type === 'External'
        ? { targetValue: target.value, targetAverageValue: target.averageValue }
        : { targetAverageValue: target.averageValue }),
  });
  return { type: metric.type, [member]: { ...namesToBeta(metric.type, part), ...values } };
}

/** The way back. */
export function specFromBeta(metric: BetaMetric): MetricSpec {
  const member = MEMBERS[metric.type];
  const part = member === undefined ? undefined : (metric[member] as Part | undefined);
  if (!part || member === undefined) return { type: metric.type };
  const averageValue = metric.type === 'Object' ? part.averageValue : part.targetAverageValue;
  const value = averageValue === undefined || metric.type !== 'Object' ? part.targetValue : undefined;
  const averageUtilization = part.targetAverageUtilization;
  const type =
    averageUtilization !== undefined
      ? 'Utilization'
      : averageValue !== undefined
        ? 'AverageValue'
        : value !== undefined
          ? 'Value'
          : 'AverageValue';
  return {
    type: metric.type,
    [member]: { ...namesFromBeta(metric.type, part), target: { type, ...present({ value, averageValue, averageUtilization }) } },
  };
}

/** What was observed, in its old form. */
export function statusToBeta(metric: MetricStatus): BetaMetric {
  const member = MEMBERS[metric.type];
  const part = member === undefined ? undefined : ((metric as unknown as Part)[member] as Part | undefined);
  if (!part || member === undefined) return { type: metric.type };
  const current = (part.current ?? {}) as Part;
  const average = metric.type === 'Object' ? 'averageValue' : 'currentAverageValue';
  const values = present({
    currentAverageUtilization: current.averageUtilization,
    [average]: current.averageValue,
    ...((metric.type === 'Object' || metric.type === 'External') && { currentValue: current.value ?? '0' }),
  });
  return { type: metric.type, [member]: { ...namesToBeta(metric.type, part), ...values } };
}

/** The way back. */
export function statusFromBeta(metric: BetaMetric): MetricStatus {
  const member = MEMBERS[metric.type];
  const part = member === undefined ? undefined : (metric[member] as Part | undefined);
  if (!part || member === undefined) return { type: metric.type };
  const averageValue = metric.type === 'Object' ? part.averageValue : part.currentAverageValue;
  const current = present({ value: part.currentValue, averageValue, averageUtilization: part.currentAverageUtilization });
  return { type: metric.type, [member]: { ...namesFromBeta(metric.type, part), current } };
}

/** What the metric is called and of what it is. */
function namesToBeta(type: string, part: Part): Part {
  const { name, selector } = (part.metric ?? {}) as Part;
  switch (type) {
    case 'Resource':
      return present({ name: part.name });
    case 'ContainerResource':
      return present({ name: part.name, container: part.container });
    case 'Object':
      return present({ target: part.describedObject, metricName: name, selector });
    case 'External':
      return present({ metricName: name, metricSelector: selector });
    default:
      return present({ metricName: name, selector });
  }
}

function namesFromBeta(type: string, part: Part): Part {
  if (type === 'Resource') return present({ name: part.name });
  if (type === 'ContainerResource') return present({ name: part.name, container: part.container });
  const selector = type === 'External' ? part.metricSelector : part.selector;
  return present({ describedObject: type === 'Object' ? part.target : undefined, metric: present({ name: part.metricName, selector }) });
}

const present = (members: Part): Part =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));

type Loose = KubeObject & { readonly spec?: Part; readonly status?: Part };

/** autoscaling/v2beta1 → v2; what it cannot say (`behavior`) is carried in an annotation. */
export function autoscalerFromBeta(object: KubeObject): KubeObject {
  const { spec, status } = object as Loose;
  const { [BEHAVIOR]: behavior, ...annotations } = object.metadata?.annotations ?? {};
  const { annotations: _, ...metadata } = object.metadata ?? {};
  const rules = objectIn(behavior);
  return {
    ...object,
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    ...(spec && { spec: { ...spec, ...converted(spec.metrics, 'metrics', specFromBeta), ...(rules && { behavior: rules }) } }),
    ...(status && { status: { ...status, ...converted(status.currentMetrics, 'currentMetrics', statusFromBeta) } }),
  } as KubeObject;
}

/** The way back. */
export function autoscalerToBeta(object: KubeObject): KubeObject {
  const { spec, status } = object as Loose;
  const { behavior, ...rest } = spec ?? {};
  const annotations =
    behavior === undefined ? object.metadata?.annotations : { ...object.metadata?.annotations, [BEHAVIOR]: JSON.stringify(behavior) };
  return {
    ...object,
    metadata: { ...object.metadata, ...(annotations && { annotations }) },
    ...(spec && { spec: { ...rest, ...converted(spec.metrics, 'metrics', specToBeta) } }),
    ...(status && { status: { ...status, ...converted(status.currentMetrics, 'currentMetrics', statusToBeta) } }),
  } as KubeObject;
}

/** Where versions that do not know behaviors keep them. */
export const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';

/** The object or list that a text holds; text that is no JSON says nothing, as upstream has it. */
export function objectIn(text: string | undefined): object | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const converted = <M>(list: unknown, name: string, convert: (metric: M) => unknown): object =>
  Array.isArray(list) ? { [name]: list.map((metric) => convert(metric as M)) } : {};
