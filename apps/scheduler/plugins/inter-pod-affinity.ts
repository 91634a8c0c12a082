import type { World } from '#lib/reconcile/world';
import type { NodeInfo } from '../node-info';
import type { PodInfo } from '../pod-info';
import { preferences, requiredAffinity, requiredAntiAffinity, type Term } from './affinity-terms';
import type { Cluster, Judge, Plugin, Refusal } from './plugin';

const NOT_NEAR: Refusal = { reasons: ["node(s) didn't match pod affinity rules"], unresolvable: true };
const TOO_NEAR: Refusal = { reasons: ["node(s) didn't match pod anti-affinity rules"] };
const UNWELCOME: Refusal = { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"] };

/** What a required affinity of a pod that is already there counts when the newcomer matches it. */
const HARD_AFFINITY_WEIGHT = 1;

/** Near these pods, away from those; and what the pods that are there say of the newcomer. Mirrors plugins/interpodaffinity. */
export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  weight: 2,
  judge: (pod, cluster) => new AffinityJudge(pod, cluster),
};

/** Sums by topology value, `key=value`. */
class Tally {
  private readonly sums = new Map<string, number>();

  get isEmpty(): boolean {
    return this.sums.size === 0;
  }

  add(node: NodeInfo, topologyKey: string, amount: number): void {
    const value = node.labels[topologyKey];
    if (value === undefined) return;
    const key = `${topologyKey}=${value}`;
    const sum = (this.sums.get(key) ?? 0) + amount;
    if (sum === 0) this.sums.delete(key);
    else this.sums.set(key, sum);
  }

  at(node: NodeInfo, topologyKey: string): number {
    const value = node.labels[topologyKey];
    return value === undefined ? 0 : (this.sums.get(`${topologyKey}=${value}`) ?? 0);
  }

  /** The sum over all values that the node has. */
  over(node: NodeInfo): number {
    let total = 0;
    for (const [key, sum] of this.sums) {
      const [topologyKey, value] = splitOnce(key);
      if (node.labels[topologyKey] === value) total += sum;
    }
    return total;
  }
}

const splitOnce = (key: string): [string, string] => [key.slice(0, key.indexOf('=')), key.slice(key.indexOf('=') + 1)];

class AffinityJudge implements Judge {
  private readonly near: readonly Term[];
  private readonly away: readonly Term[];
  private readonly liked: readonly Term[];
  private readonly nearCounts = new Tally();
  private readonly awayCounts: readonly Tally[];
  private readonly unwelcome = new Tally();
  private readonly likings = new Tally();
  private readonly world: World;

  constructor(
    private readonly pod: PodInfo,
    cluster: Cluster,
  ) {
    this.world = cluster.world;
    this.near = requiredAffinity(pod, cluster.world);
    this.away = requiredAntiAffinity(pod, cluster.world);
    this.liked = preferences(pod, cluster.world);
    this.awayCounts = this.away.map(() => new Tally());
    for (const node of cluster.nodes) for (const there of node.pods) this.moved(there, node, 1);
  }

  filter(node: NodeInfo): Refusal | undefined {
    if (this.near.length > 0 && !this.isNear(node)) return NOT_NEAR;
    if (this.away.some((term, i) => this.awayCounts[i]!.at(node, term.topologyKey) > 0)) return TOO_NEAR;
    if (!this.unwelcome.isEmpty && this.unwelcome.over(node) > 0) return UNWELCOME;
    return undefined;
  }

  score(node: NodeInfo): number {
    return this.likings.isEmpty ? 0 : this.likings.over(node);
  }

  normalize(scores: number[]): void {
    if (this.likings.isEmpty) return;
    const least = Math.min(...scores);
    const range = Math.max(...scores) - least;
    for (let i = 0; i < scores.length; i++) scores[i] = range === 0 ? 0 : Math.floor((100 * (scores[i]! - least)) / range);
  }

  moved(there: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    if (this.pod.hasPodAffinity) this.countWishes(there, node, sign);
    if (there.hasPodAffinity) this.countOpinions(there, node, sign);
  }

  /** What the newcomer wants of the pods that are there. */
  private countWishes(there: PodInfo, node: NodeInfo, sign: number): void {
    if (this.near.length > 0 && this.near.every((term) => term.matches(there))) {
      for (const term of this.near) this.nearCounts.add(node, term.topologyKey, sign);
    }
    this.away.forEach((term, i) => term.matches(there) && this.awayCounts[i]!.add(node, term.topologyKey, sign));
    for (const term of this.liked) if (term.matches(there)) this.likings.add(node, term.topologyKey, sign * term.weight);
  }

  /** What the pods that are there say of the newcomer. */
  private countOpinions(there: PodInfo, node: NodeInfo, sign: number): void {
    for (const term of requiredAntiAffinity(there, this.world)) {
      if (term.matches(this.pod)) this.unwelcome.add(node, term.topologyKey, sign);
    }
    for (const term of requiredAffinity(there, this.world)) {
      if (term.matches(this.pod)) this.likings.add(node, term.topologyKey, sign * HARD_AFFINITY_WEIGHT);
    }
    for (const term of preferences(there, this.world)) {
      if (term.matches(this.pod)) this.likings.add(node, term.topologyKey, sign * term.weight);
    }
  }

  /** The first of a group that wants to be near itself may go anywhere that has the keys. */
  private isNear(node: NodeInfo): boolean {
    if (this.near.some((term) => node.labels[term.topologyKey] === undefined)) return false;
    if (this.near.every((term) => this.nearCounts.at(node, term.topologyKey) > 0)) return true;
    return this.nearCounts.isEmpty && this.near.every((term) => term.matches(this.pod));
  }
}
