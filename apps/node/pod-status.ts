import type { ContainerStatus } from 'kubernetes-types/core/v1';
import type { Node } from '#lib/api/core/node';
import type { Pod } from '#lib/api/core/pod/pod';
import { getCondition, isPodFinished, setCondition } from '#lib/api/core/pod/pod-conditions';
import type { PodCondition, PodStatus } from '#lib/api/core/pod/pod-types';
import { rfc3339 } from '#lib/api/time';
import { containerStatus } from './container-status';
import { isSidecar, type Plan } from './pod-lifecycle';
import type { PodFacts } from './runtimes/runtime';

/** The whole status of a pod as its node sees it. Mirrors kubelet_pods.generateAPIPodStatus. */
export function podStatus(pod: Pod, node: Node, facts: PodFacts, plan: Plan): PodStatus {
  const init = (pod.spec.initContainers ?? []).map((c) => containerStatus(c, isSidecar(c) ? 'sidecar' : 'init', facts, plan));
  const main = pod.spec.containers.map((c) => containerStatus(c, 'main', facts, plan));
  const phase = isPodFinished(pod) ? (pod.status.phase as string) : phaseOf(pod, init, main, plan);
  const hostIP = node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address;
  const podIP = facts.sandbox && (pod.spec.hostNetwork ? hostIP : facts.sandbox.ip);
  const { reason, message, ...kept } = pod.status ?? {};
  const why = isPodFinished(pod) ? { reason, message } : plan.isOver ? { reason: plan.ending?.reason, message: plan.ending?.message } : {};
  return {
    ...kept,
    observedGeneration: pod.metadata.generation,
    phase,
    ...(why.reason && { reason: why.reason }),
    ...(why.message && { message: why.message }),
    conditions: conditionsOf(pod, phase, init, main, facts, plan),
    ...(hostIP && { hostIP, hostIPs: [{ ip: hostIP }] }),
    ...(podIP && { podIP, podIPs: [{ ip: podIP }] }),
    startTime: pod.status?.startTime ?? rfc3339(new Date(facts.at)),
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: [...main].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Mirrors kubelet_pods.getPhase. */
function phaseOf(pod: Pod, init: readonly ContainerStatus[], main: readonly ContainerStatus[], plan: Plan): string {
  const hasStopped = (c: ContainerStatus): boolean =>
    c.state?.terminated !== undefined || (c.state?.waiting !== undefined && c.lastState?.terminated !== undefined);
  const hasSucceeded = (c: ContainerStatus): boolean => c.state?.terminated?.exitCode === 0;
  const stopped = main.filter(hasStopped).length;
  if (plan.isOver) {
    if (plan.ending?.reason) return 'Failed';
    const neverRan = stopped === 0 && main.every((c) => c.state?.terminated === undefined);
    return !neverRan && main.every(hasSucceeded) && init.every((c, i) => hasSucceeded(c) || isSidecarAt(pod, i)) ? 'Succeeded' : 'Failed';
  }
  const isInitialized = main.some((c) => c.state?.running !== undefined || hasStopped(c));
  if (!isInitialized) return 'Pending';
  const isWaiting = main.some((c) => c.state?.waiting !== undefined && c.lastState?.terminated === undefined);
  return isWaiting ? 'Pending' : 'Running';
}

const isSidecarAt = (pod: Pod, index: number): boolean => {
  const container = pod.spec.initContainers?.[index];
  return container !== undefined && isSidecar(container);
};

interface Verdict {
  readonly type: string;
  readonly holds: boolean;
  readonly reason?: string;
  readonly message?: string;
}

/** Mirrors pkg/kubelet/status/generate.go. Conditions of others are kept, before its own. */
function conditionsOf(
  pod: Pod,
  phase: string,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
  facts: PodFacts,
  plan: Plan,
): PodCondition[] {
  const ready = containersReady(pod, phase, init, main);
  const verdicts: Verdict[] = [
    { type: 'PodReadyToStartContainers', holds: facts.sandbox !== undefined && !plan.isOver },
    initialized(pod, phase, init, main),
    podReady(pod, ready),
    { type: 'ContainersReady', ...ready },
    { type: 'PodScheduled', holds: true },
  ];
  const now = rfc3339(new Date(facts.at));
  const before = pod.status?.conditions ?? [];
  const ofOthers = before.filter(({ type }) => !verdicts.some((verdict) => verdict.type === type));
  const own = verdicts.flatMap(({ type, holds, reason, message }) => {
    const condition = {
      type,
      status: holds ? 'True' : 'False',
      ...(reason && { reason }),
      ...(message && { message }),
      lastTransitionTime: now,
      observedGeneration: pod.metadata.generation,
    };
    return setCondition(
      before.filter((known) => known.type === type),
      condition,
    );
  });
  return [...ofOthers, ...own];
}

function initialized(pod: Pod, phase: string, init: readonly ContainerStatus[], main: readonly ContainerStatus[]): Verdict {
  const type = 'Initialized';
  if (phase === 'Succeeded' && init.length > 0) return { type, holds: true, reason: 'PodCompleted' };
  const isPast = main.some(
    (c) => c.state?.running !== undefined || c.state?.terminated !== undefined || c.lastState?.terminated !== undefined,
  );
  const incomplete = init.filter((c, i) => (isSidecarAt(pod, i) ? !c.started : !c.ready)).map((c) => c.name);
  if (isPast || incomplete.length === 0) return { type, holds: true };
  return {
    type,
    holds: false,
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${incomplete.join(' ')}]`,
  };
}

type Readiness = Omit<Verdict, 'type'>;

function containersReady(pod: Pod, phase: string, init: readonly ContainerStatus[], main: readonly ContainerStatus[]): Readiness {
  if (phase === 'Succeeded') return { holds: false, reason: 'PodCompleted' };
  if (phase === 'Failed') return { holds: false, reason: 'PodFailed' };
  const unready = [...init.filter((_, i) => isSidecarAt(pod, i)), ...main].filter((c) => !c.ready).map((c) => c.name);
  if (unready.length === 0) return { holds: true };
  return { holds: false, reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
}

/** Containers, and whatever else the pod's readiness gates wait for. */
function podReady(pod: Pod, containers: Readiness): Verdict {
  const type = 'Ready';
  if (!containers.holds) return { type, ...containers };
  const messages = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = getCondition(pod.status?.conditions, conditionType);
    if (!condition) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return condition.status === 'True'
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  return messages.length === 0
    ? { type, holds: true }
    : { type, holds: false, reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}
