import { judgeNode, type Cycle, type PodClass } from './cycle';
import { preemptionFailed } from './fit-error';
import type { NodeInfo } from './node-info';
import type { PodInfo } from './pod-info';
import type { Refusal } from './plugins/plugin';

/** Who has to go, and from where, or why nobody can be made to. */
export type Preemption = { readonly node: NodeInfo; readonly victims: readonly PodInfo[] } | { readonly why: string };

/**
 * Looks for the node where the least important pods have to go to make room. Mirrors plugins/defaultpreemption,
 * without disruption budgets; every node is tried, not a sample.
 */
export function preempt(cycle: Cycle, pod: PodInfo, refusals: readonly Refusal[]): Preemption {
  const ineligible = whyNotEligible(cycle, pod, refusals);
  if (ineligible) return { why: ineligible };

  const podClass = cycle.classOf(pod);
  if (podClass.futile) return { why: podClass.futile };
  const { nodes } = cycle.cluster;
  const stillRefused = new Map<number, Refusal>();
  let best: { node: NodeInfo; victims: readonly PodInfo[] } | undefined;
  for (const node of nodes) {
    if (refusals[node.index]?.unresolvable) continue;
    const victims = victimsOn(node, pod, podClass);
    if (!Array.isArray(victims)) {
      if (victims) stillRefused.set(node.index, victims);
    } else if (best === undefined || isCheaper(victims, best.victims)) best = { node, victims };
  }
  if (best) return best;
  podClass.futile = preemptionFailed(nodes.length, refusals, stillRefused);
  return { why: podClass.futile };
}

function whyNotEligible(cycle: Cycle, pod: PodInfo, refusals: readonly Refusal[]): string | undefined {
  if (pod.pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = cycle.cluster.nodes.find((node) => node.name === pod.pod.status?.nominatedNodeName);
  if (!nominated || refusals[nominated.index]?.unresolvable) return undefined;
  for (const other of nominated.pods) {
    if (other.isTerminating && other.priority < pod.priority) return 'not eligible due to a terminating pod on the nominated node.';
  }
  return undefined;
}

/**
 * The fewest and least important pods whose leaving lets the pod in; a refusal when not even all of them suffice; undefined when there are
 * none.
 */
function victimsOn(node: NodeInfo, pod: PodInfo, podClass: PodClass): PodInfo[] | Refusal | undefined {
  const lesser = [...node.pods].filter((other) => other.priority < pod.priority).sort(moreImportantFirst);
  if (lesser.length === 0) return undefined;
  for (const other of lesser) suppose(other, node, podClass, -1);
  const refusal = judgeNode(podClass, node);
  if (refusal) {
    for (const other of lesser) suppose(other, node, podClass, 1);
    return refusal;
  }
  const victims: PodInfo[] = [];
  for (const other of lesser) {
    suppose(other, node, podClass, 1);
    if (!judgeNode(podClass, node)) continue;
    suppose(other, node, podClass, -1);
    victims.push(other);
  }
  for (const victim of victims) suppose(victim, node, podClass, 1);
  return victims;
}

function suppose(pod: PodInfo, node: NodeInfo, podClass: PodClass, sign: 1 | -1): void {
  if (sign === 1) node.add(pod);
  else node.remove(pod);
  for (const judge of podClass.dynamic) judge.moved?.(pod, node, sign);
}

const startOf = (pod: PodInfo): string => pod.pod.status?.startTime ?? pod.pod.metadata.creationTimestamp;

/** Mirrors util.MoreImportantPod: higher priority, then longer running. */
function moreImportantFirst(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : a.key < b.key ? -1 : 1;
}

/** Mirrors pickOneNodeForPreemption: lowest of the highest priorities, lowest sum, fewest, and those that ran for the shortest time. */
function isCheaper(a: readonly PodInfo[], b: readonly PodInfo[]): boolean {
  const highest = (pods: readonly PodInfo[]): number => Math.max(...pods.map((pod) => pod.priority));
  const sum = (pods: readonly PodInfo[]): number => pods.reduce((total, pod) => total + pod.priority + 2 ** 31, 0);
  const oldest = (pods: readonly PodInfo[]): string =>
    pods
      .filter((pod) => pod.priority === highest(pods))
      .map(startOf)
      .sort()[0] ?? '';
  if (highest(a) !== highest(b)) return highest(a) < highest(b);
  if (sum(a) !== sum(b)) return sum(a) < sum(b);
  if (a.length !== b.length) return a.length < b.length;
  return oldest(a) > oldest(b);
}
