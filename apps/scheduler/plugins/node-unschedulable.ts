import { tolerates } from '../pod-info';
import type { Plugin } from './plugin';

const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** `kubectl cordon`. Mirrors plugins/nodeunschedulable. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  weight: 0,
  judge(pod) {
    if (pod.pod.spec.tolerations?.some((toleration) => tolerates(toleration, TAINT))) return undefined;
    return {
      isStatic: true,
      filter: ({ node }) => (node.spec.unschedulable ? { reasons: ['node(s) were unschedulable'], unresolvable: true } : undefined),
    };
  },
};
