import type { NodeAffinity, NodeSelectorTerm } from 'kubernetes-types/core/v1';
import { invalid, type FieldError } from '#lib/api/field-error';
import { sameValue } from '#lib/api/equality';
import type { PodSpec } from '#lib/api/core/pod/pod-types';

/**
 * While a pod is gated its placement may still be narrowed. `munged` has what was allowed put back as it was before.
 * Mirrors the part of ValidatePodUpdate on gated pods.
 */
export function validateGatedUpdate(spec: PodSpec, before: PodSpec): { munged: PodSpec; errors: FieldError[] } {
  if (!before.schedulingGates?.length) return { munged: spec, errors: [] };
  const errors: FieldError[] = [];
  const munged = { ...spec };
  if (!sameValue(spec.nodeSelector, before.nodeSelector)) {
    const kept = Object.entries(before.nodeSelector ?? {}).every(([key, value]) => spec.nodeSelector?.[key] === value);
    if (!kept)
      errors.push(
        invalid('spec.nodeSelector', spec.nodeSelector, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'),
      );
    munged.nodeSelector = before.nodeSelector;
  }
  const wanted = spec.affinity?.nodeAffinity;
  const old = before.affinity?.nodeAffinity;
  if (!sameValue(wanted, old)) {
    errors.push(...validateNodeAffinityNarrowed(wanted, old));
    const affinity = { ...spec.affinity, nodeAffinity: old };
    munged.affinity = before.affinity === undefined && sameValue(affinity, {}) ? undefined : affinity;
  }
  return { munged, errors };
}

function validateNodeAffinityNarrowed(wanted: NodeAffinity | undefined, old: NodeAffinity | undefined): FieldError[] {
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  const before = old?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const terms = wanted?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (before.length === 0) return [];
  if (before.length !== terms.length)
    return [invalid(path, terms, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')];
  return terms.flatMap((term, i) =>
    hasOnlyAdditions(term, before[i] ?? {})
      ? []
      : [invalid(`${path}[${i}]`, term, 'only additions are allowed (no mutations or deletions)')],
  );
}

/** A term without requirements matches nothing, so adding to it would widen. */
function hasOnlyAdditions(term: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const;
  const wasEmpty = lists.every((list) => !before[list]?.length);
  if (wasEmpty) return lists.every((list) => !term[list]?.length);
  return lists.every((list) => sameValue((term[list] ?? []).slice(0, before[list]?.length ?? 0), before[list] ?? []));
}
