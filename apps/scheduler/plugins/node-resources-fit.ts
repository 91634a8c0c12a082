import type { NodeInfo } from '../node-info';
import type { PodInfo } from '../pod-info';
import type { Plugin, Refusal } from './plugin';

/**
 * Room for the pod's requests; of the nodes that have it, the emptiest is best. Mirrors plugins/noderesources/fit.go with LeastAllocated.
 */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  judge: (pod) => ({
    filter: (node) => shortage(pod, node),
    score: (node) => leastAllocated(pod, node),
  }),
};

function shortage(pod: PodInfo, node: NodeInfo): Refusal | undefined {
  const reasons: string[] = [];
  let unresolvable = false;
  const check = (name: string, wanted: number, used: number, capacity: number): void => {
    if (wanted === 0 || wanted <= capacity - used) return;
    reasons.push(`Insufficient ${name}`);
    if (wanted > capacity) unresolvable = true;
  };
  const { requests } = pod;
  const { allocatable } = node;
  if (node.pods.size + 1 > allocatable.pods) reasons.push('Too many pods');
  check('cpu', requests.cpuMilli, node.cpu, allocatable.cpu);
  check('memory', requests.memoryBytes, node.memory, allocatable.memory);
  check('ephemeral-storage', requests.ephemeralStorageBytes, node.storage, allocatable.storage);
  for (const [name, amount] of pod.scalars) check(name, amount, node.scalar.get(name) ?? 0, allocatable.scalar[name] ?? 0);
  return reasons.length === 0 ? undefined : { reasons, unresolvable };
}

function leastAllocated(pod: PodInfo, node: NodeInfo): number {
  const { cpu, memory } = node.allocatable;
  let sum = 0;
  let weights = 0;
  if (cpu > 0) {
    sum += freeShare(node.scoredCpu + pod.scoredCpu, cpu);
    weights++;
  }
  if (memory > 0) {
    sum += freeShare(node.scoredMemory + pod.scoredMemory, memory);
    weights++;
  }
  return weights === 0 ? 0 : Math.floor(sum / weights);
}

const freeShare = (used: number, capacity: number): number => (used > capacity ? 0 : Math.floor(((capacity - used) * 100) / capacity));
