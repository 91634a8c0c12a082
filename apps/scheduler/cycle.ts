import type { Node } from '#lib/api/core/node';
import type { World } from '#lib/reconcile/world';
import { nodeInfos, type NodeInfo } from './node-info';
import { signatureOf, type PodInfo } from './pod-info';
import type { Cluster, Judge, Plugin, Refusal } from './plugins/plugin';
import { plugins } from './plugins/plugins';

/** Where a pod goes, or why it cannot go anywhere: one refusal per node, in the order of `nodes`. */
export type Placement = { readonly node: NodeInfo } | { readonly refusals: readonly Refusal[] };

interface Opinion {
  readonly plugin: Plugin;
  readonly judge: Judge;
}

/** What is known of pods that are alike, for as long as the decision lasts. */
export interface PodClass {
  readonly opinions: readonly Opinion[];
  readonly dynamic: readonly Judge[];
  /** Per node: what the plugins that do not look at other pods say. */
  readonly fixed: readonly (Refusal | undefined)[];
  /** The last failure, until something moves that could change it. */
  failure?: readonly Refusal[];
  /** Why preemption cannot help; goes with `failure`. */
  futile?: string;
}

/** Nodes that are always looked at; above, a share of them is enough. Mirrors minFeasibleNodesToFind. */
const ENOUGH_NODES = 100;

/** One decision over many pods: filter, score, choose, and count the pod where it went, so that the next one sees it. */
export class Cycle {
  readonly cluster: Cluster;
  private readonly classes = new Map<string, PodClass>();

  constructor(world: World, nodes: readonly Node[]) {
    this.cluster = { world, nodes: nodeInfos(world, nodes) };
  }

  /** Finds the best node and counts the pod there. */
  place(pod: PodInfo): Placement {
    const podClass = this.classOf(pod);
    if (podClass.failure) return { refusals: podClass.failure };
    const { feasible, refusals } = this.filter(pod, podClass);
    if (feasible.length === 0) {
      podClass.failure = refusals;
      return { refusals };
    }
    const node = feasible.length === 1 ? feasible[0]! : choose(pod, feasible, totalScores(podClass, feasible));
    this.move(pod, node, 1);
    return { node };
  }

  /** Counts the pod on the node (1), or no longer (-1), for every pod to come. */
  move(pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    if (sign === 1) node.add(pod);
    else node.remove(pod);
    for (const podClass of this.classes.values()) {
      for (const judge of podClass.dynamic) judge.moved?.(pod, node, sign);
      // A pod more can only help those that want to be near others; a pod less can help anybody.
      if (podClass.failure && (sign === -1 || podClass.failure.some(mayBeHelpedByCompany))) podClass.failure = podClass.futile = undefined;
    }
  }

  classOf(pod: PodInfo): PodClass {
    const signature = signatureOf(pod);
    let podClass = this.classes.get(signature);
    if (podClass === undefined) this.classes.set(signature, (podClass = classify(pod, this.cluster)));
    return podClass;
  }

  private filter(pod: PodInfo, podClass: PodClass): { feasible: NodeInfo[]; refusals: Refusal[] } {
    const { nodes } = this.cluster;
    const enough = feasibleEnough(nodes.length);
    const start = nodes.length > ENOUGH_NODES ? hash(pod.pod.metadata.uid) % nodes.length : 0;
    const feasible: NodeInfo[] = [];
    const refusals: Refusal[] = [];
    for (let i = 0; i < nodes.length && feasible.length < enough; i++) {
      const node = nodes[(start + i) % nodes.length]!;
      const refusal = judgeNode(podClass, node);
      if (refusal) refusals[node.index] = refusal;
      else feasible.push(node);
    }
    return { feasible, refusals };
  }
}

const mayBeHelpedByCompany = (refusal: Refusal): boolean =>
  refusal.reasons.some((reason) => reason.includes('pod affinity rules') || reason.includes('topology spread'));

/** The refusal of the first plugin, in the order of the registry, that refuses the node. */
export function judgeNode(podClass: PodClass, node: NodeInfo): Refusal | undefined {
  const fixed = podClass.fixed[node.index];
  if (fixed) return fixed;
  for (const judge of podClass.dynamic) {
    const refusal = judge.filter?.(node);
    if (refusal) return refusal;
  }
  return undefined;
}

function classify(pod: PodInfo, cluster: Cluster): PodClass {
  const opinions: Opinion[] = [];
  for (const plugin of plugins) {
    const judge = plugin.judge(pod, cluster);
    if (judge) opinions.push({ plugin, judge });
  }
  const fixed = opinions.filter(({ judge }) => judge.isStatic).map(({ judge }) => judge);
  return {
    opinions,
    dynamic: opinions.filter(({ judge }) => !judge.isStatic).map(({ judge }) => judge),
    fixed: cluster.nodes.map((node) => firstRefusal(fixed, node)),
  };
}

function firstRefusal(judges: readonly Judge[], node: NodeInfo): Refusal | undefined {
  for (const judge of judges) {
    const refusal = judge.filter?.(node);
    if (refusal) return refusal;
  }
  return undefined;
}

function totalScores({ opinions }: PodClass, feasible: readonly NodeInfo[]): number[] {
  const totals = new Array<number>(feasible.length).fill(0);
  for (const { plugin, judge } of opinions) {
    if (!judge.score) continue;
    judge.beforeScores?.(feasible);
    const scores = new Array<number>(feasible.length);
    for (let i = 0; i < feasible.length; i++) scores[i] = judge.score(feasible[i]!);
    judge.normalize?.(scores, feasible);
    for (let i = 0; i < scores.length; i++) totals[i]! += plugin.weight * scores[i]!;
  }
  return totals;
}

/** The highest score; among equals a hash decides, so that alike pods do not all go to the first name, and a replay goes the same way. */
function choose(pod: PodInfo, feasible: readonly NodeInfo[], totals: readonly number[]): NodeInfo {
  const highest = totals.reduce((a, b) => Math.max(a, b), -Infinity);
  let best: NodeInfo | undefined;
  let bestLot = -1;
  for (let i = 0; i < feasible.length; i++) {
    if (totals[i] !== highest) continue;
    const lot = hash(`${pod.pod.metadata.uid}/${feasible[i]!.name}`);
    if (lot <= bestLot) continue;
    bestLot = lot;
    best = feasible[i];
  }
  return best!;
}

/** Mirrors numFeasibleNodesToFind: all up to a hundred, then a share that falls from half to a twentieth. */
function feasibleEnough(nodes: number): number {
  if (nodes <= ENOUGH_NODES) return nodes;
  const percent = Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(ENOUGH_NODES, Math.floor((nodes * percent) / 100));
}

/** FNV-1a, 32 bit. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
