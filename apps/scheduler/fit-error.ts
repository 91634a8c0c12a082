import type { Refusal } from './plugins/plugin';

export const NO_NODES = 'no nodes available to schedule pods';
const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const NO_VICTIMS = 'No preemption victims found for incoming pod';

/**
 * `0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. preemption: …`.
 * Mirrors framework.FitError.Error; `preemption` is why nobody was moved for it, or '' when somebody was.
 */
export function fitError(nodes: number, refusals: readonly Refusal[], preemption: string): string {
  if (nodes === 0) return NO_NODES;
  const text = unavailable(
    nodes,
    refusals.flatMap((refusal) => refusal.reasons),
  );
  return preemption === '' ? text : `${text} preemption: ${preemption}`;
}

/** What preemption says when it moved nobody: per node, that no pod leaving could help, or what would still be in the way. */
export const preemptionFailed = (nodes: number, refusals: readonly Refusal[], stillRefused: ReadonlyMap<number, Refusal>): string =>
  unavailable(
    nodes,
    refusals.flatMap((refusal, i) => (refusal.unresolvable ? [NOT_HELPFUL] : (stillRefused.get(i)?.reasons ?? [NO_VICTIMS]))),
  );

function unavailable(nodes: number, reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const list = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${list.join(', ')}.`;
}
