import type { Container, ContainerStateWaiting } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import { isPodFinished } from '#lib/api/core/pod/pod-conditions';
import { isBeingDeleted } from '#lib/api/meta';
import { keyOf } from '#lib/reconcile/controller';
import type { MissingReferences } from './references';
import { restartOf, RETRY_PULL, shownMs } from './restarts';
import type { ContainerFacts, Observation, Step } from './runtimes/runtime';

/** Why a pod is being ended by its node. */
export interface Ending {
  readonly reason?: string;
  readonly message?: string;
}

/** What is to be done for a pod now, and what is to be said of the containers that do not run. */
export interface Plan {
  readonly steps: readonly Step[];
  /** By container name. */
  readonly waiting: Readonly<Record<string, ContainerStateWaiting>>;
  /** Everything has ended, or is made to end, and nothing will be started again. */
  readonly ending?: Ending;
  /** Nothing runs any more, and nothing will. */
  readonly isOver: boolean;
  /** When to look again though nothing has happened, in milliseconds since 1970. */
  readonly wakeAt?: number;
}

/** A plan in the making. */
class Draft {
  readonly steps: Step[] = [];
  readonly waiting: Record<string, ContainerStateWaiting> = {};
  wakeAt: number | undefined;

  constructor(
    readonly pod: Pod,
    readonly facts: Observation,
    readonly missing: MissingReferences,
  ) {}

  run(container: Container): ContainerFacts | undefined {
    return this.facts.containers[container.name]?.current;
  }

  wake(at: number): void {
    this.wakeAt = Math.min(this.wakeAt ?? Infinity, at);
  }

  wait(container: Container, reason: string, message?: string): void {
    this.waiting[container.name] = { reason, ...(message && { message }) };
  }
}

export const isSidecar = (container: Container): boolean => (container as { restartPolicy?: string }).restartPolicy === 'Always';
export const isRunning = (run: ContainerFacts | undefined): boolean => run?.startedAt !== undefined && run.finishedAt === undefined;
export const hasEnded = (run: ContainerFacts | undefined): boolean => run?.finishedAt !== undefined;
const hasFailed = (run: ContainerFacts | undefined): boolean => hasEnded(run) && run?.exitCode !== 0;

/** Deletion gives this long when neither the request nor the pod says. */
const DEFAULT_GRACE_SECONDS = 30;

/** One look at a pod: what to do next. Pure; mirrors kubelet's syncPod and computePodActions. */
export function planPod(pod: Pod, facts: Observation, missing: MissingReferences): Plan {
  const draft = new Draft(pod, facts, missing);
  const ending = endingOf(pod, facts, draft);
  if (ending) stopAll(draft);
  else keepGoing(draft);
  const isOver = ending !== undefined && !containersOf(pod).some((container) => exists(draft.run(container)));
  const { steps, waiting, wakeAt } = draft;
  return { steps, waiting, isOver, ...(ending && { ending }), ...(wakeAt !== undefined && { wakeAt }) };
}

const containersOf = (pod: Pod): Container[] => [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
const exists = (run: ContainerFacts | undefined): boolean => run !== undefined && run.finishedAt === undefined;

/** Deleted, finished, out of time, or of its own accord at its end. */
function endingOf(pod: Pod, facts: Observation, draft: Draft): Ending | undefined {
  if (isPodFinished(pod)) return { reason: pod.status.reason, message: pod.status.message };
  const started = pod.status?.startTime === undefined ? facts.at : Date.parse(pod.status.startTime);
  const { activeDeadlineSeconds: deadline } = pod.spec;
  if (deadline !== undefined) {
    const at = started + deadline * 1000;
    if (facts.at >= at) return { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };
    draft.wake(at);
  }
  if (isBeingDeleted(pod)) return {};
  return isComplete(pod, draft) ? {} : undefined;
}

/** No container is left that its restart policy would start again. */
function isComplete(pod: Pod, draft: Draft): boolean {
  const policy = pod.spec.restartPolicy ?? 'Always';
  const failedInit = (pod.spec.initContainers ?? []).some((c) => !isSidecar(c) && hasFailed(draft.run(c)));
  if (failedInit && policy === 'Never') return true;
  if (policy === 'Always') return false;
  return pod.spec.containers.every((c) => hasEnded(draft.run(c)) && (policy === 'Never' || !hasFailed(draft.run(c))));
}

/** Containers first, all at once; then the sidecars, the last first. */
function stopAll(draft: Draft): void {
  const { pod } = draft;
  const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000;
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
  const others = containersOf(pod).filter((container) => !isSidecar(container));
  const first = others.filter((container) => exists(draft.run(container)));
  const next = first.length > 0 ? first : sidecars.filter((container) => exists(draft.run(container))).slice(-1);
  for (const container of next) stop(draft, container, graceMs);
}

function stop(draft: Draft, container: Container, graceMs: number): void {
  if ((draft.run(container)?.graceMs ?? Infinity) > graceMs) draft.steps.push({ do: 'stop', container: container.name, graceMs });
}

function keepGoing(draft: Draft): void {
  const { pod, facts, missing } = draft;
  const init = pod.spec.initContainers ?? [];
  for (const container of init) draft.wait(container, init.length > 0 ? 'PodInitializing' : 'ContainerCreating');
  for (const container of pod.spec.containers) draft.wait(container, init.length > 0 ? 'PodInitializing' : 'ContainerCreating');
  if (missing.mounts.length > 0) return;
  if (!facts.sandbox) return void draft.steps.push({ do: 'startSandbox' });
  if (!initialize(draft, init)) return;
  for (const container of pod.spec.containers) {
    draft.wait(container, 'ContainerCreating');
    keepRunning(draft, container);
  }
}

/** Init containers one after the other; a sidecar lets the next one begin as soon as it has started. True when all are through. */
function initialize(draft: Draft, init: readonly Container[]): boolean {
  const hasBegun = draft.pod.spec.containers.some((container) => draft.run(container) !== undefined);
  for (const container of init) {
    const run = draft.run(container);
    if (isSidecar(container)) {
      keepRunning(draft, container);
      if (!run?.started && !hasBegun) return false;
    } else if (!hasBegun && !(hasEnded(run) && run?.exitCode === 0)) {
      keepRunning(draft, container);
      return false;
    }
  }
  return true;
}

/** Starts it when it is not there, restarts it when it should be, and restarts it when its probes say so. */
function keepRunning(draft: Draft, container: Container): void {
  const run = draft.run(container);
  if (!run) return begin(draft, container, 0, 0);
  if (run.finishedAt === undefined) {
    const isSick = run.unhealthy !== undefined && run.unhealthy.probe !== 'Readiness';
    const grace = draft.pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
    if (isSick && run.stoppedAt === undefined) draft.steps.push({ do: 'stop', container: container.name, graceMs: grace * 1000 });
    return;
  }
  if (!shouldRestart(draft.pod, container, run)) return;
  const restart = restartOf(run, draft.facts.at);
  if (restart.at <= draft.facts.at) return begin(draft, container, run.attempt + 1, restart.nextBackOffMs);
  const shownUntil = run.finishedAt + shownMs(run);
  draft.wake(draft.facts.at < shownUntil ? shownUntil : restart.at);
  if (draft.facts.at < shownUntil)
    return run.hookError === undefined ? undefined : draft.wait(container, 'PostStartHookError', run.hookError);
  const message = `back-off ${duration(run.backOffMs)} restarting failed container=${container.name} pod=${nameOf(draft.pod)}`;
  draft.wait(container, 'CrashLoopBackOff', message);
}

export function shouldRestart(pod: Pod, container: Container, run: ContainerFacts): boolean {
  const isInit = pod.spec.initContainers?.some((init) => init.name === container.name) ?? false;
  const policy = isSidecar(container) ? 'Always' : (pod.spec.restartPolicy ?? 'Always');
  if (policy === 'Always') return !isInit || isSidecar(container) || run.exitCode !== 0;
  return policy === 'OnFailure' && run.exitCode !== 0;
}

/** An image, then a container. */
function begin(draft: Draft, container: Container, attempt: number, backOffMs: number): void {
  const pull = draft.facts.pulls[container.name];
  const { at } = draft.facts;
  if (!pull || (container.imagePullPolicy === 'Always' && pull.state === 'present' && pull.attempt <= attempt)) {
    return void draft.steps.push({ do: 'pull', container: container.name, attempt: Math.max(attempt + 1, (pull?.attempt ?? 0) + 1) });
  }
  if (pull.state === 'pulling') return;
  if (pull.state === 'failed') return waitForImage(draft, container, pull.attempt, pull.finishedAt ?? at, pull.error ?? '');
  const problem = draft.missing.environments[container.name];
  if (problem) return draft.wait(container, 'CreateContainerConfigError', problem);
  draft.steps.push({ do: 'start', container: container.name, attempt, backOffMs });
}

/** The error itself at first, then, until the next try, that it is waited. Mirrors images.imageManager.EnsureImageExists. */
function waitForImage(draft: Draft, container: Container, attempt: number, failedAt: number, error: string): void {
  const reason = error.includes('pull policy of Never') ? 'ErrImageNeverPull' : 'ErrImagePull';
  const { at } = draft.facts;
  const retryAt = failedAt + RETRY_PULL.after(attempt);
  if (at >= retryAt) return void draft.steps.push({ do: 'pull', container: container.name, attempt: attempt + 1 });
  const showsErrorUntil = failedAt + RETRY_PULL.showErrorMs;
  draft.wake(at < showsErrorUntil ? showsErrorUntil : retryAt);
  if (at < showsErrorUntil || reason === 'ErrImageNeverPull') return draft.wait(container, reason, error);
  draft.wait(container, 'ImagePullBackOff', `Back-off pulling image "${container.image}": ErrImagePull: ${error}`);
}

/** `web_default(uid)`: how kubelet names a pod in its texts. */
export const nameOf = (pod: Pod): string => `${keyOf(pod).split('/').reverse().join('_')}(${pod.metadata.uid})`;

/** As Go prints a duration: `10s`, `1m20s`, `5m0s`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
