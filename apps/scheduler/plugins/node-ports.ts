import type { Plugin } from './plugin';

/** Two pods cannot hold the same port of a node. Mirrors plugins/nodeports. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  weight: 0,
  judge(pod) {
    if (pod.hostPorts.length === 0) return undefined;
    return {
      filter: (node) =>
        pod.hostPorts.some((port) => node.holds(port))
          ? { reasons: ["node(s) didn't have free ports for the requested pod ports"] }
          : undefined,
    };
  },
};
