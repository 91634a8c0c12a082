import type { NamespaceCondition } from 'kubernetes-types/core/v1';
import type { AnyKind } from '#lib/api/kind';
import { isBeingDeleted, type KubeObject } from '#lib/api/meta';
import type { Namespace } from '#lib/api/core/namespace';
import { rfc3339 } from '#lib/api/time';

/** What a namespace still holds, by kind. */
export type Content = ReadonlyMap<AnyKind, readonly KubeObject[]>;

/** What extension servers hold of a namespace, after they were asked to delete it. */
export interface Extensions {
  /** `group/version` of those that cannot be asked. */
  readonly stale: readonly string[];
  /** Why something could not be deleted. */
  readonly errors: readonly string[];
  /** So many objects by `plural.group`; none that are gone. */
  readonly remaining: Readonly<Record<string, number>>;
}

type Finding = Pick<NamespaceCondition, 'type' | 'status' | 'reason' | 'message'>;

/** What is said while nothing is in the way. */
const FINE: readonly Finding[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    status: 'False',
    reason: 'ResourcesDiscovered',
    message: 'All resources successfully discovered',
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    status: 'False',
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  },
  {
    type: 'NamespaceDeletionContentFailure',
    status: 'False',
    reason: 'ContentDeleted',
    message: 'All content successfully deleted, may be waiting on finalization',
  },
  { type: 'NamespaceContentRemaining', status: 'False', reason: 'ContentRemoved', message: 'All content successfully removed' },
  {
    type: 'NamespaceFinalizersRemaining',
    status: 'False',
    reason: 'ContentHasNoFinalizers',
    message: 'All content-preserving finalizers finished',
  },
];

/** The conditions of a namespace that is being deleted. Mirrors deletion/status_condition_utils.go. */
export function deletionConditions(
  namespace: Namespace,
  content: Content,
  extensions: Extensions | undefined,
  now: Date,
): NamespaceCondition[] {
  const before = namespace.status.conditions ?? [];
  const findings = FINE.map((fine) => failing(fine.type, extensions) ?? remaining(fine.type, content, extensions) ?? fine);
  const kept = before.filter((condition) => !FINE.some((fine) => fine.type === condition.type));
  return [...kept, ...findings.map((finding) => stamped(finding, before, now))];
}

function stamped(finding: Finding, before: readonly NamespaceCondition[], now: Date): NamespaceCondition {
  const old = before.find((condition) => condition.type === finding.type);
  return { ...finding, lastTransitionTime: old?.status === finding.status ? old.lastTransitionTime : rfc3339(now) };
}

/** The world knows its own kinds; only extension servers cannot be asked, or refuse. */
function failing(type: string, { stale, errors }: Extensions = { stale: [], errors: [], remaining: {} }): Finding | undefined {
  if (type === 'NamespaceDeletionDiscoveryFailure' && stale.length > 0) {
    const groups = [...stale].sort().map((version) => `${version}: stale GroupVersion discovery: ${version}`);
    const message = `Discovery failed for some groups, ${groups.length} failing: unable to retrieve the complete list of server APIs: ${groups.join(', ')}`;
    return { type, status: 'True', reason: 'DiscoveryFailed', message };
  }
  if (type !== 'NamespaceDeletionContentFailure' || errors.length === 0) return undefined;
  return {
    type,
    status: 'True',
    reason: 'ContentDeletionFailed',
    message: `Failed to delete all resource types, ${errors.length} remaining: ${errors.join(', ')}`,
  };
}

function remaining(type: string, content: Content, extensions: Extensions | undefined): Finding | undefined {
  const elsewhere = Object.entries(extensions?.remaining ?? {});
  if (type === 'NamespaceContentRemaining' && content.size + elsewhere.length > 0) {
    const here = [...content].map(([kind, objects]) => [`${kind.plural}.${kind.group}`, objects.length] as const);
    const texts = [...here, ...elsewhere].map(([kind, count]) => `${kind} has ${count} resource instances`);
    return { type, status: 'True', reason: 'SomeResourcesRemain', message: `Some resources are remaining: ${texts.sort().join(', ')}` };
  }
  const finalizers = type === 'NamespaceFinalizersRemaining' ? finalizersIn(content) : new Map<string, number>();
  if (finalizers.size === 0) return undefined;
  const texts = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  return {
    type,
    status: 'True',
    reason: 'SomeFinalizersRemain',
    message: `Some content in the namespace has finalizers remaining: ${texts.sort().join(', ')}`,
  };
}

function finalizersIn(content: Content): Map<string, number> {
  const counts = new Map<string, number>();
  for (const object of [...content.values()].flat()) {
    if (!isBeingDeleted(object)) continue;
    for (const finalizer of object.metadata.finalizers ?? []) counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
  }
  return counts;
}
