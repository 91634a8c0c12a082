import type { Taint } from 'kubernetes-types/core/v1';
import { tolerates } from '../pod-info';
import { normalizeToHighest, type Plugin } from './plugin';

/** Keeps pods off tainted nodes, and prefers nodes with fewer PreferNoSchedule taints. Mirrors plugins/tainttoleration. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  judge(pod) {
    const tolerations = pod.pod.spec.tolerations ?? [];
    const isTolerated = (taint: Taint): boolean => tolerations.some((toleration) => tolerates(toleration, taint));
    return {
      isStatic: true,
      filter({ taints }) {
        const bad = taints.find((t) => (t.effect === 'NoSchedule' || t.effect === 'NoExecute') && !isTolerated(t));
        return bad && { reasons: [`node(s) had untolerated taint {${bad.key}: ${bad.value ?? ''}}`], unresolvable: true };
      },
      score: ({ taints }) => taints.filter((t) => t.effect === 'PreferNoSchedule' && !isTolerated(t)).length,
      normalize: (scores) => normalizeToHighest(scores, true),
    };
  },
};
