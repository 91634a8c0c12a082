import type { NamespaceCondition } from 'kubernetes-types/core/v1';
import type { AnyKind } from '#lib/api/kind';
import { isBeingDeleted, type KubeObject } from '#lib/api/meta';
import type { Namespace } from '#lib/api/core/namespace';
import { rfc3339 } from '#lib/api/time';

/** What a namespace still holds, by kind. */
export type Content = ReadonlyMap<AnyKind, readonly KubeObject[]>;

type Finding = Pick<NamespaceCondition, 'type' | 'status' | 'reason' | 'message'>;

/** What is said while nothing is in the way; discovery cannot fail here, because the world knows its own kinds. */
const FINE: readonly Finding[] = [
  { type: 'NamespaceDeletionDiscoveryFailure', status: 'False', reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
  { type: 'NamespaceDeletionGroupVersionParsingFailure', status: 'False', reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' },
  { type: 'NamespaceDeletionContentFailure', status: 'False', reason: 'ContentDeleted', message: 'All content successfully deleted, may be waiting on finalization' },
  { type: 'NamespaceContentRemaining', status: 'False', reason: 'ContentRemoved', message: 'All content successfully removed' },
  { type: 'NamespaceFinalizersRemaining', status: 'False', reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
];

/** The conditions of a namespace that is being deleted. Mirrors deletion/status_condition_utils.go. */
export function deletionConditions(namespace: Namespace, content: Content, now: Date): NamespaceCondition[] {
  const before = namespace.status.conditions ?? [];
  const findings = FINE.map((fine) => remaining(fine.type, content) ?? fine);
  const kept = before.filter((condition) => !FINE.some((fine) => fine.type === condition.type));
  return [...kept, ...findings.map((finding) => stamped(finding, before, now))];
}

function stamped(finding: Finding, before: readonly NamespaceCondition[], now: Date): NamespaceCondition {
  const old = before.find((condition) => condition.type === finding.type);
  return { ...finding, lastTransitionTime: old?.status === finding.status ? old.lastTransitionTime : rfc3339(now) };
}

function remaining(type: string, content: Content): Finding | undefined {
  if (type === 'NamespaceContentRemaining' && content.size > 0) {
    const texts = [...content].map(([kind, objects]) => `${kind.plural}.${kind.group} has ${objects.length} resource instances`);
    return { type, status: 'True', reason: 'SomeResourcesRemain', message: `Some resources are remaining: ${texts.sort().join(', ')}` };
  }
  const finalizers = type === 'NamespaceFinalizersRemaining' ? finalizersIn(content) : new Map<string, number>();
  if (finalizers.size === 0) return undefined;
  const texts = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  return { type, status: 'True', reason: 'SomeFinalizersRemain', message: `Some content in the namespace has finalizers remaining: ${texts.sort().join(', ')}` };
}

function finalizersIn(content: Content): Map<string, number> {
  const counts = new Map<string, number>();
  for (const object of [...content.values()].flat()) {
    if (!isBeingDeleted(object)) continue;
    for (const finalizer of object.metadata.finalizers ?? []) counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
  }
  return counts;
}
