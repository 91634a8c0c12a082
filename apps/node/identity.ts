/** Who an agent writes as. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** An agent of one node is that node; an agent of many is a service account that may speak for all of them. */
export const identityOf = (nodes: readonly string[]): Identity =>
  nodes.length === 1
    ? { user: `system:node:${nodes[0]}`, groups: ['system:nodes'] }
    : {
        user: 'system:serviceaccount:kube-system:simulated-nodes',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:nodes'],
      };
