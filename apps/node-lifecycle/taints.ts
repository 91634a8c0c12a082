import type { Taint } from 'kubernetes-types/core/v1';
import type { Node } from '#lib/api/core/node';
import { rfc3339 } from '#lib/api/time';
import { conditionOf } from '#lib/reconcile/conditions';

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';

/** Which condition puts which taint on the node. Mirrors nodeConditionToTaintKeyStatusMap. */
const BY_CONDITION: readonly { readonly type: string; readonly status: string; readonly key: string }[] = [
  { type: 'Ready', status: 'False', key: NOT_READY },
  { type: 'Ready', status: 'Unknown', key: UNREACHABLE },
  { type: 'MemoryPressure', status: 'True', key: 'node.kubernetes.io/memory-pressure' },
  { type: 'DiskPressure', status: 'True', key: 'node.kubernetes.io/disk-pressure' },
  { type: 'NetworkUnavailable', status: 'True', key: 'node.kubernetes.io/network-unavailable' },
  { type: 'PIDPressure', status: 'True', key: 'node.kubernetes.io/pid-pressure' },
];
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

const OURS: ReadonlySet<string> = new Set([
  ...[...BY_CONDITION.map(({ key }) => key), UNSCHEDULABLE].map((key) => `${key}:NoSchedule`),
  `${NOT_READY}:NoExecute`,
  `${UNREACHABLE}:NoExecute`,
]);

const nameOf = ({ key, effect }: Taint): string => `${key}:${effect}`;

/**
 * All taints of the node as they should be: those of others stay, ours follow the conditions. `evicts` allows those that send pods
 * away. A taint that was there keeps its time. Undefined when nothing changes.
 */
export function taintsFor(node: Node, evicts: boolean, now: Date): readonly Taint[] | undefined {
  const current = node.spec.taints ?? [];
  const wanted = new Set(wantedNames(node, evicts));
  const kept = current.filter((taint) => !OURS.has(nameOf(taint)) || wanted.has(nameOf(taint)));
  for (const taint of kept) wanted.delete(nameOf(taint));
  if (kept.length === current.length && wanted.size === 0) return undefined;
  return [...kept, ...Array.from(wanted, (name) => newTaint(name, now))];
}

function* wantedNames(node: Node, evicts: boolean): Iterable<string> {
  const { conditions } = node.status;
  for (const { type, status, key } of BY_CONDITION) {
    if (conditionOf(conditions, type)?.status !== status) continue;
    yield `${key}:NoSchedule`;
    if (type === 'Ready' && evicts) yield `${key}:NoExecute`;
  }
  // A new node keeps the taint that admission gave it until it says that it is ready.
  if (!conditionOf(conditions, 'Ready')) yield `${NOT_READY}:NoSchedule`;
  if (node.spec.unschedulable) yield `${UNSCHEDULABLE}:NoSchedule`;
}

function newTaint(name: string, now: Date): Taint {
  const colon = name.lastIndexOf(':');
  return { key: name.slice(0, colon), effect: name.slice(colon + 1), timeAdded: rfc3339(now) };
}
