import type { Plugin } from './plugin';

/** Prefers nodes whose CPU and memory fill up evenly. Mirrors plugins/noderesources/balanced_allocation.go. */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  judge(pod) {
    const { cpuMilli, memoryBytes } = pod.requests;
    if (cpuMilli === 0 && memoryBytes === 0) return undefined;
    return {
      score(node) {
        const { cpu, memory } = node.allocatable;
        if (cpu === 0 || memory === 0) return 100;
        const deviation = Math.abs(Math.min(1, (node.cpu + cpuMilli) / cpu) - Math.min(1, (node.memory + memoryBytes) / memory)) / 2;
        return Math.floor((1 - deviation) * 100);
      },
    };
  },
};
