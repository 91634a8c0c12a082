import { ConfigMap } from '#lib/api/core/configmap';
import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { Secret } from '#lib/api/core/secret';
import { sameValue } from '#lib/api/equality';
import { isBeingDeleted } from '#lib/api/meta';
import { remove, setStatus, wake, type Command } from '#lib/reconcile/command';
import { keyOf, type Controller, type ObjectController } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';
import { heartbeat } from './heartbeat';
import { identityOf, type Identity } from './identity';
import { SILENT, type Machine } from './node-object';
import { planPod } from './pod-lifecycle';
import { runtimeReports, statusReports } from './pod-reports';
import { podStatus } from './pod-status';
import { mayReferTo, missingReferences } from './references';
import { registration } from './registration';
import type { Place, PodFacts, Runtime } from './runtimes/runtime';

/**
 * Steps may make further steps possible: an image that is there lets its container start. Sandbox, images, containers, and one to spare.
 */
const ROUNDS = 8;

/**
 * What changes again within this time is not worth an entry of its own in the log: a pod that starts at once is never ContainerCreating.
 */
const QUIET_MS = 60;

/** What an agent process plays. */
export interface AgentOptions {
  readonly nodes: readonly string[];
  readonly runtime: Runtime;
  /** Default: upstream's labels only. */
  readonly labels?: Machine['labels'];
  /** Default: 8 CPUs, 16 GiB, 110 pods. */
  readonly capacity?: Machine['capacity'];
}

/** All controllers of one agent process: registration, heartbeats, and the pods of its nodes. */
export function nodeAgent({ nodes, runtime, labels, capacity }: AgentOptions): Controller[] {
  const identity = identityOf(nodes);
  const machine = { runtimeVersion: `${runtime.name}://${runtime.version}`, labels, capacity };
  return [registration(nodes, machine, identity), heartbeat(nodes, machine, runtime, identity), podAgent(nodes, runtime, identity)];
}

/**
 * Keeps the pods of some nodes going. `gather` drives the runtime until nothing is left to do at this moment, and its facts are recorded;
 * `reconcile` then only says what they mean, so that the decisions of a node can be replayed like all others. Mirrors kubelet's syncLoop.
 */
export function podAgent(nodes: readonly string[], runtime: Runtime, identity: Identity): ObjectController<Pod, PodFacts | undefined> {
  const hosted = new Set(nodes);
  const lastLooks = new LastLooks();
  return {
    name: 'node',
    component: 'kubelet',
    ...identity,
    for: Pod,
    concerns: ({ spec }) => hosted.has(spec.nodeName ?? ''),
    watches: [
      { kind: Node, keys: (change, world) => podsOfRevivedNode(change, world, hosted) },
      { kind: ConfigMap, keys: (change, world) => waitingFor(change, world, hosted) },
      { kind: Secret, keys: (change, world) => waitingFor(change, world, hosted) },
    ],

    gather(pod, world, now) {
      const place = placeOf(pod, world, hosted);
      if (!place) return undefined;
      const at = now.getTime();
      const missing = missingReferences(pod, world);
      let facts = runtime.observe(pod, place, at);
      for (let round = 0; round < ROUNDS; round++) {
        const { steps } = planPod(pod, facts, missing);
        if (steps.length === 0) break;
        for (const step of steps) runtime.perform(step, pod, place, at);
        facts = runtime.observe(pod, place, at);
      }
      return { ...facts, since: lastLooks.replace(pod, place, at) };
    },

    reconcile(pod, world, _now, facts) {
      const node = world.get(Node, '', pod.spec.nodeName ?? '');
      return facts && node ? decide(pod, node, world, facts) : [];
    },
  };
}

/** When each pod was looked at, per node; those of pods that are gone are dropped when they have become many. */
class LastLooks {
  private readonly byNode = new Map<string, Map<string, number>>();

  /** The time of the last look, which is now this one. A pod never seen before has had no news before this moment. */
  replace({ metadata: { uid } }: Pod, { node, pods }: Place, at: number): number {
    const { name } = node.metadata;
    let looks = this.byNode.get(name);
    if (!looks) this.byNode.set(name, (looks = new Map()));
    const last = looks.get(uid) ?? at - 1;
    looks.set(uid, at);
    if (looks.size > MOST_LOOKS) {
      const alive = new Set(pods().map((pod) => pod.metadata.uid));
      for (const known of looks.keys()) if (!alive.has(known)) looks.delete(known);
    }
    return last;
  }
}

const MOST_LOOKS = 1000;

/** What the facts mean for the pod: its status, its Events, when to look again, and, at its end, its removal. */
export function decide(pod: Pod, node: Node, world: World, facts: PodFacts): Command[] {
  const missing = missingReferences(pod, world);
  const plan = planPod(pod, facts, missing);
  const isGone = plan.isOver && isBeingDeleted(pod);
  const next = isGone ? Infinity : Math.min(facts.next ?? Infinity, plan.isOver ? Infinity : (plan.wakeAt ?? Infinity));
  const again = next === Infinity ? [] : [wake(new Date(next))];
  const news = runtimeReports(pod, facts);
  if (facts.next !== undefined && facts.next - facts.at <= QUIET_MS && !isGone) return [...news, ...again];

  const status = podStatus(pod, node, facts, plan);
  const told = [...setStatus(pod, status), ...news, ...statusReports(pod, status, missing)];
  return isGone ? [...told, remove(pod, { grace: 0 })] : [...told, ...again];
}

/** Undefined for pods of other nodes, and while the node is away or has been told to be silent. */
function placeOf(pod: Pod, world: World, hosted: ReadonlySet<string>): Place | undefined {
  const name = pod.spec.nodeName;
  if (!name || !hosted.has(name)) return undefined;
  const node = world.get(Node, '', name);
  if (!node || node.metadata.annotations?.[SILENT] === 'true') return undefined;
  return { node, pods: () => world.indexed(Pod, 'node', name) };
}

/** A node that came, or may speak again, looks after all its pods. */
function podsOfRevivedNode({ object, previous, type }: Change, world: World, hosted: ReadonlySet<string>): string[] {
  const { name, annotations } = object.metadata;
  const isSame = previous !== undefined && previous.metadata.annotations?.[SILENT] === annotations?.[SILENT];
  if (type === 'DELETED' || !hosted.has(name) || (type === 'MODIFIED' && isSame)) return [];
  return world.indexed(Pod, 'node', name).map(keyOf);
}

/** Pods that wait for a ConfigMap or Secret of this name. */
function waitingFor({ object, previous, type }: Change, world: World, hosted: ReadonlySet<string>): string[] {
  const { namespace, name } = object.metadata;
  if (type === 'DELETED' || (previous && sameValue({ ...previous, metadata: 0 }, { ...object, metadata: 0 }))) return [];
  return world
    .indexed(Pod, 'waiting', namespace ?? '')
    .filter((pod) => hosted.has(pod.spec.nodeName ?? '') && mayReferTo(pod, name))
    .map(keyOf);
}
