import type { Container, ContainerStatus, PodStatus } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod';
import { isBeingDeleted } from '#lib/api/meta';
import { report, warn, type Command } from '#lib/reconcile/command';
import { nameOf } from './pod-lifecycle';
import type { MissingReferences } from './references';
import type { ContainerFacts, PodFacts, PullFacts } from './runtimes/runtime';

const containersOf = (pod: Pod): Container[] => [...(pod.spec.initContainers ?? []), ...pod.spec.containers];

/** The Kubernetes Events of what happened to images and containers since the last look. */
export function runtimeReports(pod: Pod, facts: PodFacts): Command[] {
  const isNews = (at: number | undefined): boolean => at !== undefined && at > facts.since && at <= facts.at;
  const commands: Command[] = [];
  for (const container of containersOf(pod)) {
    const runs = facts.containers[container.name];
    const pull = facts.pulls[container.name];
    if (pull) commands.push(...pullReports(pod, container, pull, isNews));
    for (const run of [runs?.last, runs?.current]) if (run) commands.push(...runReports(pod, container, run, isNews));
  }
  return commands;
}

/** The Kubernetes Events of what the new status says for the first time. */
export function statusReports(pod: Pod, status: PodStatus, missing: MissingReferences): Command[] {
  const commands: Command[] = [];
  if (pod.status?.startTime === undefined) commands.push(...missing.mounts.map((message) => warn(pod, 'FailedMount', message)));
  for (const container of containersOf(pod)) {
    commands.push(...waitingReports(pod, container, statusOf(pod.status, container.name), statusOf(status, container.name)));
  }
  if (status.reason === 'DeadlineExceeded' && pod.status?.reason !== 'DeadlineExceeded') {
    commands.push(report(pod, 'DeadlineExceeded', status.message ?? ''));
  }
  return commands;
}

const statusOf = (status: PodStatus | undefined, name: string): ContainerStatus | undefined =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].find((one) => one.name === name);

type IsNews = (at: number | undefined) => boolean;

function pullReports(pod: Pod, container: Container, pull: PullFacts, isNews: IsNews): Command[] {
  const commands: Command[] = [];
  const image = `image "${container.image}"`;
  const isNeverPulled = pull.error?.includes('pull policy of Never') ?? false;
  if (isNews(pull.startedAt) && !pull.wasPresent && !isNeverPulled) commands.push(report(pod, 'Pulling', `Pulling ${image}`));
  if (!isNews(pull.finishedAt)) return commands;
  if (pull.state === 'failed') {
    const error = pull.error ?? '';
    commands.push(warn(pod, isNeverPulled ? 'ErrImageNeverPull' : 'Failed', isNeverPulled ? error : `Failed to pull ${image}: ${error}`));
    commands.push(warn(pod, 'Failed', `Error: ${isNeverPulled ? 'ErrImageNeverPull' : 'ErrImagePull'}`));
  } else if (pull.wasPresent) {
    commands.push(report(pod, 'Pulled', `Container ${image} already present on machine`));
  } else {
    const took = goSeconds((pull.finishedAt ?? pull.startedAt) - pull.startedAt);
    commands.push(report(pod, 'Pulled', `Successfully pulled ${image} in ${took} (${took} including waiting). Image size: ${pull.sizeBytes ?? 0} bytes.`));
  }
  return commands;
}

/** As Go prints short durations: `10ms`, `2.5s`. */
const goSeconds = (ms: number): string => (ms < 1000 ? `${ms}ms` : `${ms / 1000}s`);

function runReports(pod: Pod, container: Container, run: ContainerFacts, isNews: IsNews): Command[] {
  const commands: Command[] = [];
  if (isNews(run.startedAt)) {
    commands.push(report(pod, 'Created', `Created container: ${container.name}`), report(pod, 'Started', `Started container ${container.name}`));
  }
  if (run.unhealthy && isNews(run.unhealthy.at)) {
    commands.push(warn(pod, 'Unhealthy', `${run.unhealthy.probe} probe failed: ${run.unhealthy.message}`));
  }
  if (isNews(run.stoppedAt)) commands.push(report(pod, 'Killing', whyKilled(pod, container, run)));
  return commands;
}

function whyKilled(pod: Pod, container: Container, { unhealthy }: ContainerFacts): string {
  if (!isBeingDeleted(pod) && unhealthy && unhealthy.probe !== 'Readiness') {
    return `Container ${container.name} failed ${unhealthy.probe.toLowerCase()} probe, will be restarted`;
  }
  return `Stopping container ${container.name}`;
}

/** A reason to wait that the pod's status did not tell before. */
function waitingReports(pod: Pod, container: Container, before: ContainerStatus | undefined, after: ContainerStatus | undefined): Command[] {
  const waiting = after?.state?.waiting;
  if (!waiting || (before?.state?.waiting?.reason === waiting.reason && before?.restartCount === after?.restartCount)) return [];
  switch (waiting.reason) {
    case 'CrashLoopBackOff':
      return [warn(pod, 'BackOff', `Back-off restarting failed container ${container.name} in pod ${nameOf(pod)}`)];
    case 'ImagePullBackOff':
      return [report(pod, 'BackOff', `Back-off pulling image "${container.image}"`), warn(pod, 'Failed', 'Error: ImagePullBackOff')];
    case 'CreateContainerConfigError':
      return [warn(pod, 'Failed', `Error: ${waiting.message ?? ''}`)];
    default:
      return [];
  }
}

