import { tolerates, type PodInfo } from '../pod-info';
import type { NodeInfo } from '../node-info';
import { isWanted } from './node-affinity';
import type { Cluster, Judge, Plugin, Refusal } from './plugin';
import { spreadConstraints, type SpreadConstraint } from './spread-constraints';

const SKEWED: Refusal = { reasons: ["node(s) didn't match pod topology spread constraints"] };
const WITHOUT_KEY: Refusal = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  unresolvable: true,
};

/** Spreads alike pods over nodes, zones or any other label. Mirrors plugins/podtopologyspread. */
export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  weight: 2,
  judge(pod, cluster) {
    const constraints = spreadConstraints(pod, cluster.world);
    if (constraints.length === 0) return undefined;
    return new SpreadJudge(pod, cluster, constraints);
  },
};

/** How many matching pods each value of the topology key has, kept current while pods are placed. */
class DomainCounts {
  /** By node: its domain, or -1 when the node does not take part. */
  readonly domainOf: Int32Array;
  readonly counts: number[] = [];

  constructor(
    readonly constraint: SpreadConstraint,
    cluster: Cluster,
    takesPart: (node: NodeInfo) => boolean,
  ) {
    const domains = new Map<string, number>();
    this.domainOf = new Int32Array(cluster.nodes.length).fill(-1);
    for (const node of cluster.nodes) {
      const value = node.labels[constraint.topologyKey];
      if (value === undefined || !takesPart(node)) continue;
      let domain = domains.get(value);
      if (domain === undefined) domains.set(value, (domain = this.counts.push(0) - 1));
      this.domainOf[node.index] = domain;
      for (const pod of node.pods) if (constraint.matches(pod)) this.counts[domain]!++;
    }
  }

  at(node: NodeInfo): number {
    const domain = this.domainOf[node.index]!;
    return domain < 0 ? 0 : this.counts[domain]!;
  }

  /** 0 while there are fewer domains than the constraint asks for. */
  least(): number {
    if (this.counts.length < this.constraint.minDomains) return 0;
    let least = Infinity;
    for (const count of this.counts) if (count < least) least = count;
    return least === Infinity ? 0 : least;
  }

  add(node: NodeInfo, amount: number): void {
    const domain = this.domainOf[node.index]!;
    if (domain >= 0) this.counts[domain]! += amount;
  }
}

class SpreadJudge implements Judge {
  private readonly hard: readonly DomainCounts[];
  private readonly soft: readonly DomainCounts[];
  private readonly hardSelfMatch: readonly number[];
  private softWeights: number[] = [];

  constructor(
    private readonly pod: PodInfo,
    cluster: Cluster,
    constraints: readonly SpreadConstraint[],
  ) {
    const hard = constraints.filter((constraint) => constraint.isHard);
    const soft = constraints.filter((constraint) => !constraint.isHard);
    this.hard = this.count(hard, cluster);
    this.soft = this.count(soft, cluster);
    this.hardSelfMatch = hard.map((constraint) => (constraint.matches(pod) ? 1 : 0));
  }

  filter(node: NodeInfo): Refusal | undefined {
    for (let i = 0; i < this.hard.length; i++) {
      const { constraint, counts, domainOf } = this.hard[i]!;
      if (node.labels[constraint.topologyKey] === undefined) return WITHOUT_KEY;
      const domain = domainOf[node.index]!;
      const count = domain < 0 ? 0 : counts[domain]!;
      if (count + this.hardSelfMatch[i]! - this.hard[i]!.least() > constraint.maxSkew) return SKEWED;
    }
    return undefined;
  }

  /** Many domains make each pod weigh more, so that zones and hostnames can be added up. */
  beforeScores(feasible: readonly NodeInfo[]): void {
    this.softWeights = this.soft.map(({ domainOf }) => {
      const domains = new Set<number>();
      for (const node of feasible) if (domainOf[node.index]! >= 0) domains.add(domainOf[node.index]!);
      return Math.log(domains.size + 2);
    });
  }

  score(node: NodeInfo): number {
    let score = 0;
    for (let i = 0; i < this.soft.length; i++) {
      const counts = this.soft[i]!;
      if (counts.domainOf[node.index]! < 0) {
        if (counts.constraint.needsKey) return -1;
        continue;
      }
      score += counts.at(node) * this.softWeights[i]! + (counts.constraint.maxSkew - 1);
    }
    return Math.round(score);
  }

  /** Fewest alike pods get 100; -1 marks nodes that the constraints leave out. */
  normalize(scores: number[]): void {
    if (this.soft.length === 0) return void scores.fill(0);
    let least = Infinity;
    let most = 0;
    for (const score of scores) {
      if (score < 0) continue;
      if (score < least) least = score;
      if (score > most) most = score;
    }
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i]!;
      scores[i] = score < 0 ? 0 : most === 0 ? 100 : Math.floor((100 * (most + least - score)) / most);
    }
  }

  moved(pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    for (const counts of this.hard) if (counts.constraint.matches(pod)) counts.add(node, sign);
    for (const counts of this.soft) if (counts.constraint.matches(pod)) counts.add(node, sign);
  }

  /** A node takes part when it has the keys of all constraints of its sort, and their policies let it. */
  private count(constraints: readonly SpreadConstraint[], cluster: Cluster): DomainCounts[] {
    const needed = constraints.filter((constraint) => constraint.needsKey).map((constraint) => constraint.topologyKey);
    return constraints.map(
      (constraint) =>
        new DomainCounts(
          constraint,
          cluster,
          (node) =>
            needed.every((key) => node.labels[key] !== undefined) &&
            (!constraint.honoursAffinity || isWanted(this.pod, node)) &&
            (!constraint.honoursTaints || this.isTolerated(node)),
        ),
    );
  }

  private isTolerated(node: NodeInfo): boolean {
    const tolerations = this.pod.pod.spec.tolerations ?? [];
    return node.taints.every(
      (taint) => taint.effect === 'PreferNoSchedule' || tolerations.some((toleration) => tolerates(toleration, taint)),
    );
  }
}
