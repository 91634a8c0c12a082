import type { NodeCondition } from 'kubernetes-types/core/v1';
import { Lease } from '#lib/api/coordination/lease';
import type { Node } from '#lib/api/core/node';
import { rfc3339 } from '#lib/api/time';
import { conditionOf } from '#lib/reconcile/conditions';
import type { World } from '#lib/reconcile/world';

/** How long a node may be silent; four heartbeats of ten seconds. */
const GRACE_MS = 40_000;
/** How long a new node may take before its first status. */
const STARTUP_GRACE_MS = 60_000;
const LEASES = 'kube-node-lease';

/** What a silent kubelet can no longer vouch for. */
const VOUCHED: readonly string[] = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The node's Ready condition: 'True', 'False', 'Unknown'; undefined before its first status. */
export const readiness = (node: Node): string | undefined => conditionOf(node.status.conditions, 'Ready')?.status;

/** What only the process knows that decides. */
export interface Watching {
  /** When it began to look, or to look again after it was held up itself. */
  readonly since: string;
}

/** Looks are never further apart, for every node is looked at again when its grace is over; with a few seconds for a slow machine. */
const HELD_UP_MS = STARTUP_GRACE_MS + 5_000;

const looks = new WeakMap<World, { since: Date; last: Date }>();

/**
 * Whoever was away itself (the whole cluster was stopped, the machine slept) has not heard anybody, and that is nobody's fault: silence
 * counts from the first look on. Mirrors nodeHealthMap's probeTimestamp, which is the controller's own time too.
 */
export function watching(world: World, now: Date): Watching {
  const known = looks.get(world);
  const since = known && now.getTime() - known.last.getTime() <= HELD_UP_MS ? known.since : now;
  looks.set(world, { since, last: now });
  return { since: since.toISOString() };
}

/**
 * When the node counts as lost unless it is heard of again: its lease or its status, whichever came last, and the grace. The times are
 * the node's own, so that the decision follows from the world and the recorded facts; clocks must agree within seconds.
 */
export function lostAt(node: Node, world: World, facts?: Watching): Date {
  const ready = conditionOf(node.status.conditions, 'Ready');
  const lease = world.get(Lease, LEASES, node.metadata.name);
  const heard = Math.max(
    timeOf(lease?.spec.renewTime),
    timeOf(ready?.lastHeartbeatTime),
    timeOf(node.metadata.creationTimestamp),
    timeOf(facts?.since),
  );
  return new Date(heard + (ready ? GRACE_MS : STARTUP_GRACE_MS));
}

const timeOf = (text: string | undefined): number => (text === undefined ? 0 : Date.parse(text) || 0);

/** The conditions of a node that is not heard of any more. Mirrors tryUpdateNodeHealth. */
export function lostConditions(node: Node, now: Date): NodeCondition[] {
  const before = node.status.conditions ?? [];
  const at = rfc3339(now);
  const kept = before.map((condition) =>
    !VOUCHED.includes(condition.type) || condition.status === 'Unknown'
      ? condition
      : {
          ...condition,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: at,
        },
  );
  const never = VOUCHED.filter((type) => !conditionOf(before, type)).map((type) => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime: at,
  }));
  return [...kept, ...never];
}
