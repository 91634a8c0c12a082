import type { World } from '#lib/reconcile/world';
import type { NodeInfo } from '../node-info';
import type { PodInfo } from '../pod-info';

/** Why a pod cannot go to a node. */
export interface Refusal {
  /** Upstream's words; each is counted by itself. */
  readonly reasons: readonly string[];
  /** True when no pod that leaves the node could change it, so that preemption need not try. */
  readonly unresolvable?: boolean;
}

/** What one decision looks at; `nodes` change as pods are placed. */
export interface Cluster {
  readonly world: World;
  readonly nodes: readonly NodeInfo[];
}

/** A plugin's view of one class of alike pods, good for the whole decision. */
export interface Judge {
  /** Neither `filter` nor `score` depends on the pods of the node: the cycle asks once per class and node. */
  readonly isStatic?: boolean;
  /** Undefined when the node will do. */
  filter?(node: NodeInfo): Refusal | undefined;
  /** Called before `score`, with the nodes that passed every filter. */
  beforeScores?(feasible: readonly NodeInfo[]): void;
  /** More is better; 0–100 unless `normalize` makes it so. */
  score?(node: NodeInfo): number;
  /** Turns the raw scores of the feasible nodes into 0–100, in place. */
  normalize?(scores: number[], feasible: readonly NodeInfo[]): void;
  /** A pod, of this class or another, is now on the node (`sign` 1) or was taken away again (-1). */
  moved?(pod: PodInfo, node: NodeInfo, sign: 1 | -1): void;
}

/** One concern of the scheduler. Mirrors a plugin of kubernetes/pkg/scheduler/framework/plugins. */
export interface Plugin {
  readonly name: string;
  /** How much its score counts; upstream's default. */
  readonly weight: number;
  /** Undefined when the plugin has nothing to say about such pods. */
  judge(pod: PodInfo, cluster: Cluster): Judge | undefined;
}

/** The highest score becomes 100; `reverse` when less is better. Mirrors helper.DefaultNormalizeScore. */
export function normalizeToHighest(scores: number[], reverse: boolean): void {
  const highest = Math.max(0, ...scores);
  for (let i = 0; i < scores.length; i++) {
    const share = highest === 0 ? 0 : Math.floor((100 * (scores[i] ?? 0)) / highest);
    scores[i] = reverse ? 100 - share : share;
  }
}
