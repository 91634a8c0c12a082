import type { Container, ContainerStatus, PodStatus } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import { isBeingDeleted } from '#lib/api/meta';
import { reportOn, type Command } from '#lib/reconcile/command';
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
  if (pod.status?.startTime === undefined)
    commands.push(...missing.mounts.map((message) => tell(pod, undefined, 'Warning', 'FailedMount', message)));
  for (const container of containersOf(pod)) {
    commands.push(...waitingReports(pod, container, statusOf(pod.status, container.name), statusOf(status, container.name)));
  }
  if (status.reason === 'DeadlineExceeded' && pod.status?.reason !== 'DeadlineExceeded') {
    commands.push(tell(pod, undefined, 'Normal', 'DeadlineExceeded', status.message ?? ''));
  }
  return commands;
}

/** A report of the pod's node, about one container where it is about one. */
function tell(pod: Pod, container: Container | undefined, type: 'Normal' | 'Warning', reason: string, message: string): Command {
  const { about, ...rest } = reportOn(pod, type, reason, message);
  const fieldPath = container && `spec.${pod.spec.containers.includes(container) ? 'containers' : 'initContainers'}{${container.name}}`;
  return { do: 'report', report: { ...rest, about: fieldPath ? { ...about, fieldPath } : about, host: pod.spec.nodeName } };
}

const statusOf = (status: PodStatus | undefined, name: string): ContainerStatus | undefined =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].find((one) => one.name === name);

type IsNews = (at: number | undefined) => boolean;

function pullReports(pod: Pod, container: Container, pull: PullFacts, isNews: IsNews): Command[] {
  const commands: Command[] = [];
  const image = `image "${container.image}"`;
  const isNeverPulled = pull.error?.includes('pull policy of Never') ?? false;
  if (isNews(pull.startedAt) && !pull.wasPresent && !isNeverPulled)
    commands.push(tell(pod, container, 'Normal', 'Pulling', `Pulling ${image}`));
  if (!isNews(pull.finishedAt)) return commands;
  if (pull.state === 'failed') {
    const error = pull.error ?? '';
    commands.push(
      tell(
        pod,
        container,
        'Warning',
        isNeverPulled ? 'ErrImageNeverPull' : 'Failed',
        isNeverPulled ? error : `Failed to pull ${image}: ${error}`,
      ),
    );
    commands.push(tell(pod, container, 'Warning', 'Failed', `Error: ${isNeverPulled ? 'ErrImageNeverPull' : 'ErrImagePull'}`));
  } else if (pull.wasPresent) {
    commands.push(tell(pod, container, 'Normal', 'Pulled', `Container ${image} already present on machine`));
  } else {
    const took = goSeconds((pull.finishedAt ?? pull.startedAt) - pull.startedAt);
    commands.push(
      tell(
        pod,
        container,
        'Normal',
        'Pulled',
        `Successfully pulled ${image} in ${took} (${took} including waiting). Image size: ${pull.sizeBytes ?? 0} bytes.`,
      ),
    );
  }
  return commands;
}

/** As Go prints short durations: `10ms`, `2.5s`. */
const goSeconds = (ms: number): string => (ms < 1000 ? `${ms}ms` : `${ms / 1000}s`);

function runReports(pod: Pod, container: Container, run: ContainerFacts, isNews: IsNews): Command[] {
  const commands: Command[] = [];
  if (isNews(run.startedAt)) {
    commands.push(
      tell(pod, container, 'Normal', 'Created', `Created container: ${container.name}`),
      tell(pod, container, 'Normal', 'Started', `Started container ${container.name}`),
    );
  }
  if (run.unhealthy && isNews(run.unhealthy.at)) {
    commands.push(tell(pod, container, 'Warning', 'Unhealthy', `${run.unhealthy.probe} probe failed: ${run.unhealthy.message}`));
  }
  if (run.hookError !== undefined && isNews(run.finishedAt)) {
    // The message is not told here: a secret might be in it. The status has it, which fewer may read.
    commands.push(
      tell(pod, container, 'Warning', 'FailedPostStartHook', 'PostStartHook failed'),
      tell(pod, container, 'Normal', 'Killing', 'FailedPostStartHook'),
    );
  }
  if (isNews(run.stoppedAt)) commands.push(tell(pod, container, 'Normal', 'Killing', whyKilled(pod, container, run)));
  return commands;
}

function whyKilled(pod: Pod, container: Container, { unhealthy }: ContainerFacts): string {
  if (!isBeingDeleted(pod) && unhealthy && unhealthy.probe !== 'Readiness') {
    return `Container ${container.name} failed ${unhealthy.probe.toLowerCase()} probe, will be restarted`;
  }
  return `Stopping container ${container.name}`;
}

/** A reason to wait that the pod's status did not tell before. */
function waitingReports(
  pod: Pod,
  container: Container,
  before: ContainerStatus | undefined,
  after: ContainerStatus | undefined,
): Command[] {
  const waiting = after?.state?.waiting;
  if (!waiting || (before?.state?.waiting?.reason === waiting.reason && before?.restartCount === after?.restartCount)) return [];
  switch (waiting.reason) {
    case 'CrashLoopBackOff':
      return [tell(pod, container, 'Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${nameOf(pod)}`)];
    case 'ImagePullBackOff':
      return [
        tell(pod, container, 'Normal', 'BackOff', `Back-off pulling image "${container.image}"`),
        tell(pod, container, 'Warning', 'Failed', 'Error: ImagePullBackOff'),
      ];
    case 'CreateContainerConfigError':
      return [tell(pod, container, 'Warning', 'Failed', `Error: ${waiting.message ?? ''}`)];
    default:
      return [];
  }
}
