import type { ContainerStatus } from 'kubernetes-types/core/v1';
import { ageOf } from '#lib/api/duration';
import type { Column } from '#lib/api/kind';
import type { Pod } from '#lib/api/core/pod/pod';
import { isPodFinished, isPodReady, podCondition } from '#lib/api/core/pod/pod-conditions';

const NONE = '<none>';

/** What `kubectl get pods` shows. Mirrors podColumnDefinitions and printPod of pkg/printers/internalversion. */
export const podColumns: readonly Column<Pod>[] = [
  { name: 'Name', type: 'string', format: 'name', value: (pod) => pod.metadata.name },
  {
    name: 'Ready',
    type: 'string',
    description: 'The aggregate readiness state of this pod for accepting traffic.',
    value: (pod) => readyText(pod),
  },
  {
    name: 'Status',
    type: 'string',
    description: 'The aggregate status of the containers in this pod.',
    value: (pod) => summaryOf(pod).reason,
  },
  {
    name: 'Restarts',
    type: 'string',
    description:
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    value: (pod, now) => restartsText(pod, now),
  },
  { name: 'Age', type: 'string', value: (pod, now) => ageOf(pod.metadata.creationTimestamp, now) },
  { name: 'IP', type: 'string', priority: 1, value: (pod) => pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || NONE },
  { name: 'Node', type: 'string', priority: 1, value: (pod) => pod.spec.nodeName || NONE },
  { name: 'Nominated Node', type: 'string', priority: 1, value: (pod) => pod.status?.nominatedNodeName || NONE },
  { name: 'Readiness Gates', type: 'string', priority: 1, value: (pod) => gatesText(pod) },
];

/** The STATUS column alone: `Running`, `Init:0/1`, `CrashLoopBackOff`, `Terminating` … */
export const podStatusText = (pod: Pod): string => summaryOf(pod).reason;

interface Summary {
  reason: string;
  ready: number;
  restarts: number;
  /** When a container last ended before its restart; '' when none did. */
  lastRestart: string;
}

function summaryOf(pod: Pod): Summary {
  const { status } = pod;
  const summary: Summary = { reason: status?.reason || (status?.phase ?? ''), ready: 0, restarts: 0, lastRestart: '' };
  if (podCondition(pod, 'PodScheduled')?.reason === 'SchedulingGated') summary.reason = 'SchedulingGated';

  const isInitializing = observeInitContainers(pod, summary);
  if (!isInitializing || podCondition(pod, 'Initialized')?.status === 'True') observeContainers(pod, summary);

  if (pod.metadata.deletionTimestamp && status?.reason === 'NodeLost') summary.reason = 'Unknown';
  else if (pod.metadata.deletionTimestamp && !isPodFinished(pod)) summary.reason = 'Terminating';
  return summary;
}

const isSidecar = (pod: Pod, name: string): boolean =>
  pod.spec.initContainers?.find((container) => container.name === name)?.restartPolicy === 'Always';

/** Walks to the first init container that is not through; true when there is one. */
function observeInitContainers(pod: Pod, summary: Summary): boolean {
  for (const [i, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    countRestarts(status, summary);
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (isSidecar(pod, status.name) && status.started) {
      if (status.ready) summary.ready++;
      continue;
    }
    if (terminated) summary.reason = `Init:${endText(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') summary.reason = `Init:${waiting.reason}`;
    else summary.reason = `Init:${i}/${pod.spec.initContainers?.length ?? 0}`;
    return true;
  }
  return false;
}

function observeContainers(pod: Pod, summary: Summary): void {
  summary.restarts = 0;
  summary.lastRestart = '';
  // Once the pod is through its start only those that go on restarting are of interest.
  for (const status of pod.status?.initContainerStatuses ?? []) if (isSidecar(pod, status.name)) countRestarts(status, summary);

  let isRunning = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    countRestarts(status, summary);
    const { terminated, waiting, running } = status.state ?? {};
    if (waiting?.reason) summary.reason = waiting.reason;
    else if (terminated) summary.reason = endText(terminated);
    else if (status.ready && running) {
      isRunning = true;
      summary.ready++;
    }
  }
  if (summary.reason === 'Completed' && isRunning) summary.reason = isPodReady(pod) ? 'Running' : 'NotReady';
}

/** `Error`, `OOMKilled`, `Signal:9`, `ExitCode:2`. */
function endText({ reason, signal, exitCode }: { reason?: string; signal?: number; exitCode: number }): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function countRestarts(status: ContainerStatus, summary: Summary): void {
  summary.restarts += status.restartCount ?? 0;
  const ended = status.lastState?.terminated?.finishedAt;
  if (ended && (summary.lastRestart === '' || Date.parse(ended) > Date.parse(summary.lastRestart))) summary.lastRestart = ended;
}

function readyText(pod: Pod): string {
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always').length;
  return `${summaryOf(pod).ready}/${pod.spec.containers.length + sidecars}`;
}

function restartsText(pod: Pod, now: Date): string {
  const { restarts, lastRestart } = summaryOf(pod);
  return restarts !== 0 && lastRestart !== '' ? `${restarts} (${ageOf(lastRestart, now)} ago)` : String(restarts);
}

function gatesText(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const open = gates.filter((gate) => podCondition(pod, gate.conditionType)?.status === 'True').length;
  return `${open}/${gates.length}`;
}
