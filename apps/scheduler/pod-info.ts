import type { Affinity, PodAffinityTerm, Taint, Toleration } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import { podRequests, type PodRequests } from '#lib/api/core/pod/pod-conditions';
import { controllerOf } from '#lib/api/meta';
import { keyOf } from '#lib/reconcile/controller';

/** Counted for a container that asks for nothing, in scores only: without it a node of best-effort pods would look empty. */
const ASSUMED_CPU = '100m';
const ASSUMED_MEMORY = '200Mi';

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** A pod as the plugins look at it: what is asked of it more than once is worked out once. */
export interface PodInfo {
  readonly pod: Pod;
  readonly key: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly requests: PodRequests;
  /** Amounts of extended resources above 0. */
  readonly scalars: readonly (readonly [string, number])[];
  /** Requests with the assumed amounts filled in. */
  readonly scoredCpu: number;
  readonly scoredMemory: number;
  readonly hostPorts: readonly HostPort[];
  readonly affinity: Affinity | undefined;
  readonly requiredAntiAffinity: readonly PodAffinityTerm[];
  /** Has pod affinity or anti-affinity of any sort. */
  readonly hasPodAffinity: boolean;
  readonly isTerminating: boolean;
}

/** Objects are never changed, so what was worked out for one stays true as long as anybody holds it. */
const known = new WeakMap<Pod, PodInfo>();

export function podInfo(pod: Pod): PodInfo {
  let info = known.get(pod);
  if (info === undefined) known.set(pod, (info = inspect(pod)));
  return info;
}

function inspect(pod: Pod): PodInfo {
  const requests = podRequests(pod);
  const scored = asksForAll(pod) ? requests : podRequests({ spec: withAssumedRequests(pod.spec) });
  const affinity = pod.spec.affinity;
  return {
    pod,
    key: keyOf(pod),
    namespace: pod.metadata.namespace ?? '',
    labels: pod.metadata.labels ?? {},
    priority: pod.spec.priority ?? 0,
    requests,
    scalars: Object.entries(requests.scalar).filter(([, amount]) => amount > 0),
    scoredCpu: scored.cpuMilli,
    scoredMemory: scored.memoryBytes,
    hostPorts: hostPortsOf(pod),
    affinity,
    requiredAntiAffinity: affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    hasPodAffinity: affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined,
    isTerminating: pod.metadata.deletionTimestamp !== undefined,
  };
}

const allContainers = (spec: Pod['spec']): Pod['spec']['containers'] => [...(spec.initContainers ?? []), ...spec.containers];

const asksForAll = (pod: Pod): boolean =>
  allContainers(pod.spec).every((c) => c.resources?.requests?.cpu !== undefined && c.resources.requests.memory !== undefined);

function withAssumedRequests(spec: Pod['spec']): Pod['spec'] {
  const assume = (container: Pod['spec']['containers'][number]): Pod['spec']['containers'][number] => ({
    ...container,
    resources: { ...container.resources, requests: { cpu: ASSUMED_CPU, memory: ASSUMED_MEMORY, ...container.resources?.requests } },
  });
  return {
    ...spec,
    containers: spec.containers.map(assume),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(assume) }),
  };
}

/** Ports held on the node itself, also by sidecars; other init containers give theirs back. */
function hostPortsOf(pod: Pod): HostPort[] {
  const holders = [...(pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always'), ...pod.spec.containers];
  return holders.flatMap((container) =>
    (container.ports ?? [])
      .map((p) => ({
        ip: p.hostIP ?? '0.0.0.0',
        protocol: p.protocol ?? 'TCP',
        port: p.hostPort ?? (pod.spec.hostNetwork ? p.containerPort : 0),
      }))
      .filter((p) => p.port > 0),
  );
}

/** Pods with the same signature are told apart by nothing that a plugin looks at: where one cannot go, none can. */
export function signatureOf(info: PodInfo): string {
  const { spec, metadata } = info.pod;
  return JSON.stringify([
    info.namespace,
    metadata.labels,
    controllerOf(info.pod)?.uid,
    spec.nodeName,
    spec.nodeSelector,
    spec.affinity,
    spec.tolerations,
    spec.topologySpreadConstraints,
    spec.hostNetwork,
    spec.overhead,
    spec.priority,
    spec.preemptionPolicy,
    allContainers(spec).map((c) => [c.image, c.restartPolicy, c.resources?.requests, c.ports]),
    spec.initContainers?.length,
  ]);
}

/** Mirrors corev1 Toleration.ToleratesTaint. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if ((toleration.operator ?? 'Equal') === 'Exists') return true;
  return toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
}
