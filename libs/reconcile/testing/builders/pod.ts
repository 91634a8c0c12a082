import type { Container, ContainerStatus, PodCondition, PodSpec, PodStatus } from 'kubernetes-types/core/v1';
import { Pod } from '#lib/api/core/pod/pod';
import { secondsAgo } from '#lib/reconcile/testing/now';
import { build, withoutUndefined, type Common } from './object';

/** What a test says of a pod. */
export interface PodOptions extends Common {
  /** `spec.nodeName`. Default: no node yet, or `node-1` when the pod has left Pending. */
  readonly node?: string;
  /** Default: `Running` when ready is given, else `Pending`. */
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  /** Sets the phase, the conditions and the container's status. Default: not running. */
  readonly ready?: boolean;
  /** When the Ready condition last changed. Default: half an hour before NOW. */
  readonly readySince?: string;
  readonly ip?: string;
  readonly image?: string;
  /** Resource requests of its container, e.g. `{ cpu: '100m' }`. */
  readonly requests?: Record<string, string>;
  /** Restarts of its container. */
  readonly restarts?: number;
  /** Over what the other options make. */
  readonly spec?: Partial<PodSpec>;
  /** Over what the other options make. */
  readonly status?: Partial<PodStatus>;
}

/** A pod with one container `app`. */
export function aPod(options: PodOptions = {}): Pod {
  const phase = options.phase ?? (options.ready === undefined ? 'Pending' : 'Running');
  const node = options.node ?? (phase === 'Pending' ? undefined : 'node-1');
  const spec = withoutUndefined({ containers: [containerOf(options)], restartPolicy: 'Always', nodeName: node, ...options.spec });
  const status = withoutUndefined({ phase, ...(phase === 'Running' ? running(options) : {}), podIP: options.ip, ...options.status });
  return build(Pod, options, { spec, status });
}

const containerOf = (options: PodOptions): Container => ({
  name: 'app',
  image: options.image ?? 'registry.k8s.io/pause:3.10',
  ...(options.requests && { resources: { requests: options.requests } }),
});

function running(options: PodOptions): Partial<PodStatus> {
  const ready = options.ready ?? true;
  const since = options.readySince ?? secondsAgo(1800);
  const condition = (type: string, status: boolean): PodCondition => ({ type, status: status ? 'True' : 'False', lastTransitionTime: since });
  const container: ContainerStatus = {
    name: 'app',
    image: options.image ?? 'registry.k8s.io/pause:3.10',
    imageID: '',
    ready,
    started: true,
    restartCount: options.restarts ?? 0,
    state: { running: { startedAt: since } },
  };
  return {
    conditions: [condition('PodScheduled', true), condition('Initialized', true), condition('ContainersReady', ready), condition('Ready', ready)],
    containerStatuses: [container],
    startTime: since,
  };
}
