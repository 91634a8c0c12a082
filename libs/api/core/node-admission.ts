import type { Node } from '#lib/api/core/node';

const NOT_READY = 'node.kubernetes.io/not-ready';

/** Nothing is put on a new node before it has said that it is ready. Mirrors plugin/pkg/admission/nodetaint. */
export function addNotReadyTaint(node: Pick<Node, 'spec'>): void {
  const taints = node.spec.taints ?? [];
  if (taints.some((taint) => taint.key === NOT_READY && taint.effect === 'NoSchedule')) return;
  node.spec.taints = [...taints, { key: NOT_READY, effect: 'NoSchedule' }];
}
