import { createHash } from 'node:crypto';
import type { Container, ContainerStatus } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import { behaviourOf, fullImageName, type Behaviour, type Timings } from './behaviour';
import type { ContainerFacts, PullFacts } from './runtime';

/** One run of a simulated container: everything that will happen to it follows from these times. */
export interface SimulatedRun {
  readonly id: string;
  readonly attempt: number;
  readonly backOffMs: number;
  /** When it is up; in the future while it is being created. */
  readonly startsAt: number;
  behaviour: Behaviour;
  stoppedAt?: number;
  graceMs?: number;
  /** When it will be gone because it was told to stop, and with which code. */
  stop?: { readonly at: number; readonly code: number };
  /** It ended before this process began to look. */
  readonly ended?: { readonly at: number; readonly code: number; readonly reason?: string; readonly message?: string };
}

/** What the simulation knows of one pod. */
export interface SimulatedPod {
  readonly uid: string;
  readonly node: string;
  sandbox?: { startedAt: number; ip?: string };
  readonly pulls: Map<string, PullFacts & { readonly doneAt: number }>;
  readonly runs: Map<string, { current: SimulatedRun; last?: SimulatedRun }>;
}

export const containersOf = (pod: Pod): Container[] => [...(pod.spec.initContainers ?? []), ...pod.spec.containers];

export const containerNamed = (pod: Pod, name: string): Container | undefined =>
  containersOf(pod).find((container) => container.name === name);

/** SIGKILL comes this long after a SIGTERM that was not heard. */
const KILL_MS = 30_000;

/** When the run is over, if that is known, and how. */
export function endOf(run: SimulatedRun): { at: number; code: number; reason?: string; message?: string } | undefined {
  if (run.ended) return run.ended;
  const { behaviour, stop } = run;
  if (behaviour.hookError !== undefined)
    return stop ?? { at: run.startsAt + (behaviour.stopMs ?? KILL_MS), code: behaviour.stopMs === undefined ? 137 : behaviour.stopCode };
  const own =
    behaviour.runMs === undefined ? undefined : { at: run.startsAt + behaviour.runMs, code: behaviour.exitCode, reason: behaviour.reason };
  if (!own || (stop && stop.at < own.at)) return stop;
  return own;
}

/** The run as it is at that time. */
export function factsOfRun(run: SimulatedRun, container: Container, now: number): ContainerFacts {
  const image = fullImageName(container.image ?? '');
  const base = { id: run.id, image, imageId: imageIdOf(image), attempt: run.attempt, backOffMs: run.backOffMs };
  if (run.startsAt > now && !(run.stop && run.stop.at <= now)) {
    return {
      ...base,
      ...(run.stoppedAt !== undefined && { stoppedAt: run.stoppedAt, graceMs: run.graceMs }),
      started: false,
      ready: false,
    };
  }
  const end = endOf(run);
  const common = {
    ...base,
    startedAt: run.startsAt,
    ...(run.stoppedAt !== undefined && { stoppedAt: run.stoppedAt, graceMs: run.graceMs }),
  };
  if (end && end.at <= now) {
    const message = end.message ?? terminationMessage(run, container, end.code);
    const { hookError } = run.behaviour;
    const why = { ...(end.reason && { reason: end.reason }), ...(message && { message }), ...(hookError !== undefined && { hookError }) };
    return { ...common, finishedAt: end.at, exitCode: end.code, ...why, started: false, ready: false };
  }
  const { startedMs, readyMs, unhealthyMs } = run.behaviour;
  const age = now - run.startsAt;
  const isUnhealthy = unhealthyMs !== undefined && age >= unhealthyMs;
  return {
    ...common,
    started: age >= startedMs,
    ready: readyMs !== undefined && age >= readyMs && run.stoppedAt === undefined,
    ...(isUnhealthy && { unhealthy: { probe: 'Liveness', message: run.behaviour.unhealthyMessage ?? '', at: run.startsAt + unhealthyMs } }),
    ...(readyMs === undefined &&
      container.readinessProbe &&
      !isUnhealthy && {
        unhealthy: { probe: 'Readiness', message: 'HTTP probe failed with statuscode: 503', at: run.startsAt },
      }),
  };
}

/** Times at which the run changes by itself. */
export function momentsOf(run: SimulatedRun): number[] {
  const { startsAt, behaviour } = run;
  const after = (ms: number | undefined): number[] => (ms === undefined ? [] : [startsAt + ms]);
  const end = endOf(run);
  return [startsAt, ...after(behaviour.startedMs), ...after(behaviour.readyMs), ...after(behaviour.unhealthyMs), ...(end ? [end.at] : [])];
}

/** What a failed container leaves behind when its pod asks for the end of its log. */
function terminationMessage(run: SimulatedRun, container: Container, code: number): string | undefined {
  if (code === 0 || container.terminationMessagePolicy !== 'FallbackToLogsOnError') return undefined;
  return run.behaviour.output.length === 0 ? undefined : `${run.behaviour.output.slice(-80).join('\n')}\n`;
}

/** Takes over what an agent before this one has reported: nothing is restarted because an agent was. */
export function adopt(pod: Pod, node: string, timings: Timings): SimulatedPod {
  const adopted: SimulatedPod = { uid: pod.metadata.uid, node, pulls: new Map(), runs: new Map() };
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  if (statuses.some((status) => runOf(status))) {
    adopted.sandbox = { startedAt: Date.parse(pod.status?.startTime ?? pod.metadata.creationTimestamp), ip: pod.status?.podIP };
  }
  for (const status of statuses) {
    const container = containerNamed(pod, status.name);
    const known = runOf(status);
    if (!container || !known) continue;
    const behaviour = behaviourOf(pod, container, status.restartCount, timings);
    adopted.runs.set(status.name, { current: { ...known, attempt: status.restartCount, backOffMs: backOffOf(status), behaviour } });
  }
  return adopted;
}

/**
 * Another agent, whom this one has replaced or will be replaced by, has started a container that this one did not, or at another time, and
 * was the first to say so: then that is what happened, and not what this one was about to say.
 */
export function isElsewhere({ runs }: SimulatedPod, pod: Pod): boolean {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].some(
    ({ name, restartCount, containerID, state }) => {
      const startedAt = state?.running?.startedAt;
      if (startedAt === undefined || !containerID) return false;
      const ours = runs.get(name)?.current;
      if (!ours || ours.attempt !== restartCount) return (ours?.attempt ?? -1) < restartCount;
      return Math.floor(ours.startsAt / 1000) !== Math.floor(Date.parse(startedAt) / 1000);
    },
  );
}

function runOf(status: ContainerStatus): Pick<SimulatedRun, 'id' | 'startsAt' | 'ended'> | undefined {
  const { running, terminated } = status.state ?? {};
  if (running && status.containerID) return { id: status.containerID, startsAt: Date.parse(running.startedAt ?? '') };
  const ended = terminated ?? status.lastState?.terminated;
  if (!ended?.containerID) return undefined;
  const [startsAt, at] = [Date.parse(ended.startedAt ?? ''), Date.parse(ended.finishedAt ?? '')];
  return { id: ended.containerID, startsAt, ended: { at, code: ended.exitCode, reason: ended.reason, message: ended.message } };
}

/** What its next run would have been told: the message of a back-off is gone when the container runs. */
const backOffOf = ({ restartCount }: ContainerStatus): number =>
  restartCount === 0 ? 0 : Math.min(300_000, 10_000 * 2 ** (restartCount - 1));

export const containerIdOf = (runtime: string, pod: Pod, container: string, attempt: number): string =>
  `${runtime}://${createHash('sha256').update(`${pod.metadata.uid}/${container}/${attempt}`).digest('hex')}`;

const imageIds = new Map<string, string>();

function imageIdOf(image: string): string {
  let id = imageIds.get(image);
  if (id === undefined) {
    const name = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
    imageIds.set(image, (id = `${name}@sha256:${createHash('sha256').update(image).digest('hex')}`));
  }
  return id;
}
