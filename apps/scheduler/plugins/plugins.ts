import { nodeResourcesBalancedAllocation } from './balanced-allocation';
import { interPodAffinity } from './inter-pod-affinity';
import { nodeAffinity } from './node-affinity';
import { nodeName } from './node-name';
import { nodePorts } from './node-ports';
import { nodeResourcesFit } from './node-resources-fit';
import { nodeUnschedulable } from './node-unschedulable';
import type { Plugin } from './plugin';
import { podTopologySpread } from './pod-topology-spread';
import { taintToleration } from './taint-toleration';

/** THE REGISTRY, in the order in which nodes are filtered: a node is refused for the reasons of the first plugin that refuses it. */
export const plugins: readonly Plugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  podTopologySpread,
  interPodAffinity,
  nodeResourcesBalancedAllocation,
];
