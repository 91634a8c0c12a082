import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { isPodFinished, setCondition } from '#lib/api/core/pod/pod-conditions';
import { sameValue } from '#lib/api/equality';
import { refOf } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { bind, remove, reportOn, setStatus, wake, type Command, type Report } from '#lib/reconcile/command';
import { defineWorldController } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';
import { Cycle } from './cycle';
import { fitError } from './fit-error';
import { isOurs, pendingPods } from './pending';
import type { PodInfo } from './pod-info';
import { preempt } from './preemption';

/** Pods written about in one decision; the rest follow at once on the next, so that the first nodes can start meanwhile. */
const BATCH = 500;

/**
 * Gives every waiting pod a node. One decision places many pods, each on the world as the placements before it leave it.
 * Mirrors kubernetes/pkg/scheduler with the default profile.
 */
export const scheduler = defineWorldController({
  name: 'scheduler',
  component: 'default-scheduler',
  user: 'system:kube-scheduler',
  groups: [],

  wakesOn(change, world) {
    if (change.kind === Pod) return podMatters(change, world);
    return change.kind === Node && nodeMatters(change) && pendingPods(world).ready.length > 0;
  },

  decide(world, now) {
    const { ready, gated } = pendingPods(world);
    const commands: Command[] = gated.flatMap((pod) => unscheduled(pod, 'SchedulingGated', GATED, now));
    if (ready.length === 0) return commands;

    const cycle = new Cycle(world, world.list(Node));
    let written = 0;
    for (const pod of ready) {
      if (written === BATCH) return [...commands, wake(now)];
      const outcome = place(cycle, pod, now);
      if (outcome.length > 0) written++;
      commands.push(...outcome);
    }
    return commands;
  },

  /** A pod that is refused again for the same reasons makes no command, and does not count. */
  attempts: (commands) => ({
    scheduled: commands.filter((command) => command.do === 'bind').length,
    unschedulable: commands.filter((command) => command.do === 'report' && command.report.reason === 'FailedScheduling').length,
  }),
});

const GATED = 'Scheduling is blocked due to non-empty scheduling gates';

function place(cycle: Cycle, pod: PodInfo, now: Date): Command[] {
  const placement = cycle.place(pod);
  if ('node' in placement) return assign(pod, placement.node.name);

  const nodes = cycle.cluster.nodes.length;
  const preemption = preempt(cycle, pod, placement.refusals);
  if ('why' in preemption) {
    keepRoom(cycle, pod);
    return refuse(pod, fitError(nodes, placement.refusals, preemption.why), now);
  }
  const { node, victims } = preemption;
  for (const victim of victims) cycle.move(victim, node, -1);
  cycle.move(pod, node, 1);
  return [
    ...victims.flatMap((victim) => evict(victim, pod, node.name, now)),
    ...refuse(pod, fitError(nodes, placement.refusals, ''), now, node.name),
  ];
}

/** Room that was made for a pod is not given to those after it while its victims are still leaving. */
function keepRoom(cycle: Cycle, pod: PodInfo): void {
  const nominated = cycle.cluster.nodes.find((node) => node.name === pod.pod.status?.nominatedNodeName);
  if (nominated) cycle.move(pod, nominated, 1);
}

const assign = ({ pod, key }: PodInfo, node: string): Command[] => [
  bind(pod, node),
  { do: 'report', report: reportOn(pod, 'Normal', 'Scheduled', `Successfully assigned ${key} to ${node}`, 'Binding') },
];

/** Says so once, and again only when the reasons change: an unschedulable pod must not fill the log. */
function refuse({ pod }: PodInfo, message: string, now: Date, nominatedNodeName?: string): Command[] {
  const status = unscheduled(pod, 'Unschedulable', message, now, nominatedNodeName);
  if (status.length === 0) return [];
  const failed: Report = reportOn(pod, 'Warning', 'FailedScheduling', message, 'Scheduling');
  return [...status, { do: 'report', report: failed }];
}

function unscheduled(pod: Pod, reason: string, message: string, now: Date, nominatedNodeName?: string): Command[] {
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason,
    message,
    lastTransitionTime: rfc3339(now),
    observedGeneration: pod.metadata.generation,
  };
  const conditions = setCondition(pod.status?.conditions, condition);
  return setStatus(pod, { ...pod.status, conditions, ...(nominatedNodeName && { nominatedNodeName }) });
}

/** Takes a pod away for a more important one. Mirrors preemption.Executor.PreemptPod. */
function evict({ pod, isTerminating }: PodInfo, preemptor: PodInfo, node: string, now: Date): Command[] {
  if (isTerminating) return [];
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: 'default-scheduler: preempting to accommodate a higher priority pod',
    lastTransitionTime: rfc3339(now),
    observedGeneration: pod.metadata.generation,
  };
  const status = { ...pod.status, conditions: setCondition(pod.status?.conditions, condition) };
  const text = `Preempted by pod ${preemptor.pod.metadata.uid} on node ${node}`;
  return [
    { do: 'setStatus', ref: refOf(pod), status },
    remove(pod),
    { do: 'report', report: reportOn(pod, 'Normal', 'Preempted', text, 'Preempting') },
  ];
}

/** A pod that came or changed, or room that was left to those who wait. */
function podMatters({ type, object, previous }: Change, world: World): boolean {
  const pod = object as Pod;
  const before = previous as Pod | undefined;
  if (!pod.spec.nodeName) return type !== 'DELETED' && isOurs(pod) && (!before || isAnother(pod, before));
  const { ready } = pendingPods(world);
  if (ready.length === 0) return false;
  if (type === 'DELETED' || (isPodFinished(pod) && !(before && isPodFinished(before)))) return true;
  if (before?.spec.nodeName && sameValue(before.metadata.labels, pod.metadata.labels))
    return before.spec !== pod.spec && isResized(pod, before);
  // Company for those that wait for it.
  return ready.some((waiting) => waiting.hasPodAffinity || (waiting.pod.spec.topologySpreadConstraints ?? []).length > 0);
}

const isAnother = (pod: Pod, before: Pod): boolean =>
  !sameValue(pod.spec, before.spec) || !sameValue(pod.metadata.labels, before.metadata.labels);

const isResized = (pod: Pod, before: Pod): boolean =>
  pod.metadata.generation !== before.metadata.generation && !sameValue(pod.spec.containers, before.spec.containers);

/** Heartbeats change nothing that a pod could be refused for. */
function nodeMatters({ type, object, previous }: Change): boolean {
  if (type !== 'MODIFIED' || !previous) return type === 'ADDED';
  const [node, before] = [object as Node, previous as Node];
  return (
    !sameValue(node.spec, before.spec) ||
    !sameValue(node.metadata.labels, before.metadata.labels) ||
    !sameValue(node.status?.allocatable, before.status?.allocatable)
  );
}
