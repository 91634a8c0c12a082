import type { Container, ContainerState, ContainerStateTerminated, ContainerStatus } from 'kubernetes-types/core/v1';
import { rfc3339 } from '#lib/api/time';
import type { Plan } from './pod-lifecycle';
import type { ContainerFacts, PodFacts } from './runtimes/runtime';

/** What a container is for: `init` ones are done when they have ended well. */
export type Role = 'init' | 'sidecar' | 'main';

/** Reasons that say more than that the container is on its way. */
const ON_ITS_WAY = new Set(['ContainerCreating', 'PodInitializing']);

/** What the pod's status says of one container. Mirrors kubelet_pods.convertToAPIContainerStatuses. */
export function containerStatus(container: Container, role: Role, facts: PodFacts, plan: Plan): ContainerStatus {
  const runs = facts.containers[container.name];
  const current = runs?.current;
  const waiting = plan.waiting[container.name] ?? { reason: facts.containers[container.name] ? 'ContainerCreating' : 'PodInitializing' };
  const isHeldBack = current?.finishedAt !== undefined && !ON_ITS_WAY.has(waiting.reason ?? '');
  const shown = current?.startedAt === undefined && current?.finishedAt === undefined ? undefined : current;
  const past = isHeldBack ? current : runs?.last;
  const state = shown === undefined || isHeldBack ? { waiting } : stateOf(shown);
  return {
    name: container.name,
    state,
    lastState: past?.finishedAt === undefined ? {} : { terminated: terminated(past) },
    ready: role === 'init' ? state.terminated?.exitCode === 0 : state.running !== undefined && shown?.ready === true,
    restartCount: current?.attempt ?? 0,
    image: current?.image ?? container.image ?? '',
    imageID: current?.imageId ?? '',
    ...(shown && { containerID: shown.id }),
    started: state.running !== undefined && shown?.started === true,
  };
}

function stateOf(run: ContainerFacts): ContainerState {
  if (run.finishedAt !== undefined) return { terminated: terminated(run) };
  return { running: { startedAt: rfc3339(new Date(run.startedAt ?? 0)) } };
}

function terminated(run: ContainerFacts): ContainerStateTerminated {
  return {
    exitCode: run.exitCode ?? 0,
    reason: run.reason ?? (run.exitCode === 0 ? 'Completed' : 'Error'),
    ...(run.message && { message: run.message }),
    startedAt: rfc3339(new Date(run.startedAt ?? run.finishedAt ?? 0)),
    finishedAt: rfc3339(new Date(run.finishedAt ?? 0)),
    containerID: run.id,
  };
}
