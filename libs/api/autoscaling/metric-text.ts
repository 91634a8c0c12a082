import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from 'kubernetes-types/autoscaling/v2';

/** Both what is asked of a metric and what is observed of it, whatever its type. */
interface Part<V> {
  readonly name?: string;
  readonly target?: V;
  readonly current?: V;
}

/**
 * The TARGETS column: `cpu: 12%/80%`, two at most and then how many there are besides. Mirrors formatHPAMetrics.
 */
export function targetsText(specs: readonly MetricSpec[], statuses: readonly MetricStatus[]): string {
  if (specs.length === 0) return '<none>';
  const texts = specs.slice(0, 2).map((spec, i) => metricText(spec, statuses[i]));
  return specs.length > 2 ? `${texts.join(', ')} + ${specs.length - 2} more...` : texts.join(', ');
}

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  const target = partOf<MetricTarget>(spec)?.target;
  const current = status && partOf<MetricValueStatus>(status)?.current;
  const average = (): string => `${current?.averageValue ?? '<unknown>'}/${target?.averageValue} (avg)`;
  switch (spec.type) {
    case 'External':
    case 'Object':
      return target?.averageValue !== undefined ? average() : `${current?.value ?? '<unknown>'}/${target?.value}`;
    case 'Pods':
      return `${current?.averageValue ?? '<unknown>'}/${target?.averageValue}`;
    case 'Resource':
    case 'ContainerResource': {
      const name = partOf<MetricTarget>(spec)?.name;
      if (target?.averageValue !== undefined) return `${name}: ${current?.averageValue ?? '<unknown>'}/${target.averageValue}`;
      const used = current?.averageUtilization === undefined ? '<unknown>' : `${current.averageUtilization}%`;
      return `${name}: ${used}/${target?.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`;
    }
    default:
      return '<unknown type>';
  }
}

function partOf<V>(metric: MetricSpec | MetricStatus): Part<V> | undefined {
  const { external, object, pods, resource, containerResource } = metric;
  const parts: Readonly<Record<string, unknown>> = {
    External: external,
    Object: object,
    Pods: pods,
    Resource: resource,
    ContainerResource: containerResource,
  };
  return parts[metric.type] as Part<V> | undefined;
}
