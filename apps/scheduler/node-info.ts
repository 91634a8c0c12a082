import type { Taint } from 'kubernetes-types/core/v1';
import type { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { isPodFinished } from '#lib/api/core/pod/pod-conditions';
import { bytesOf, milliOf } from '#lib/api/quantity';
import type { World } from '#lib/reconcile/world';
import { podInfo, type HostPort, type PodInfo } from './pod-info';

/** Amounts in the scheduler's units: thousandths of a CPU, bytes, whole devices. */
export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
  readonly storage: number;
  readonly pods: number;
  readonly scalar: Readonly<Record<string, number>>;
}

/** The sums over the pods of one node. */
interface Totals {
  readonly pods: readonly PodInfo[];
  readonly cpu: number;
  readonly memory: number;
  readonly storage: number;
  readonly scoredCpu: number;
  readonly scoredMemory: number;
  readonly scalar: ReadonlyMap<string, number>;
}

/** Module-level, so that the world remembers its result for every node until one of the node's pods changes. */
function totalsOf(pods: readonly Pod[]): Totals {
  const infos = pods.filter((pod) => !isPodFinished(pod)).map(podInfo);
  const totals = { pods: infos, cpu: 0, memory: 0, storage: 0, scoredCpu: 0, scoredMemory: 0, scalar: new Map<string, number>() };
  for (const info of infos) {
    totals.cpu += info.requests.cpuMilli;
    totals.memory += info.requests.memoryBytes;
    totals.storage += info.requests.ephemeralStorageBytes;
    totals.scoredCpu += info.scoredCpu;
    totals.scoredMemory += info.scoredMemory;
    for (const [name, amount] of info.scalars) totals.scalar.set(name, (totals.scalar.get(name) ?? 0) + amount);
  }
  return totals;
}

const allocatableOf = new WeakMap<Node, Amounts>();

function allocatable(node: Node): Amounts {
  let amounts = allocatableOf.get(node);
  if (amounts === undefined) allocatableOf.set(node, (amounts = readAmounts(node.status?.allocatable ?? node.status?.capacity ?? {})));
  return amounts;
}

function readAmounts(list: Readonly<Record<string, string>>): Amounts {
  const { cpu, memory, pods, 'ephemeral-storage': storage, ...others } = list;
  const scalar = Object.fromEntries(Object.entries(others).map(([name, text]) => [name, bytesOf(text)]));
  return { cpu: milliOf(cpu), memory: bytesOf(memory), storage: bytesOf(storage), pods: bytesOf(pods), scalar };
}

/** A node within one decision: the world's pods on it and those that the decision has placed so far. */
export class NodeInfo {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly allocatable: Amounts;
  readonly pods = new Set<PodInfo>();
  readonly scalar: Map<string, number>;
  cpu: number;
  memory: number;
  storage: number;
  scoredCpu: number;
  scoredMemory: number;

  constructor(
    readonly node: Node,
    /** Position in the cycle's list of nodes. */
    readonly index: number,
    totals: Totals,
  ) {
    this.name = node.metadata.name;
    this.labels = node.metadata.labels ?? {};
    this.taints = node.spec.taints ?? [];
    this.allocatable = allocatable(node);
    for (const pod of totals.pods) this.pods.add(pod);
    this.scalar = new Map(totals.scalar);
    this.cpu = totals.cpu;
    this.memory = totals.memory;
    this.storage = totals.storage;
    this.scoredCpu = totals.scoredCpu;
    this.scoredMemory = totals.scoredMemory;
  }

  add(pod: PodInfo): void {
    if (this.pods.has(pod)) return;
    this.pods.add(pod);
    this.count(pod, 1);
  }

  remove(pod: PodInfo): void {
    if (this.pods.delete(pod)) this.count(pod, -1);
  }

  /** Somebody on this node holds the port already. An address of 0.0.0.0 holds it on all. */
  holds(wanted: HostPort): boolean {
    for (const pod of this.pods) {
      if (pod.hostPorts.some((held) => collide(held, wanted))) return true;
    }
    return false;
  }

  private count(pod: PodInfo, sign: 1 | -1): void {
    this.cpu += sign * pod.requests.cpuMilli;
    this.memory += sign * pod.requests.memoryBytes;
    this.storage += sign * pod.requests.ephemeralStorageBytes;
    this.scoredCpu += sign * pod.scoredCpu;
    this.scoredMemory += sign * pod.scoredMemory;
    for (const [name, amount] of pod.scalars) this.scalar.set(name, (this.scalar.get(name) ?? 0) + sign * amount);
  }
}

const collide = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0');

/** The nodes of the world in name order. */
export const nodeInfos = (world: World, nodes: readonly Node[]): NodeInfo[] =>
  nodes.map((node, index) => new NodeInfo(node, index, world.derived(Pod, 'node', node.metadata.name, totalsOf)));
