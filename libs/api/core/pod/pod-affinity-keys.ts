import type { PodAffinityTerm } from 'kubernetes-types/core/v1';
import type { PodSpec } from '#lib/api/core/pod/pod-types';

/**
 * Turns `matchLabelKeys` and `mismatchLabelKeys` of (anti-)affinity terms into expressions over the pod's own labels, in place.
 * Mirrors applyMatchLabelKeysAndMismatchLabelKeys of pkg/registry/core/pod/strategy.go.
 */
export function expandAffinityLabelKeys(pod: { metadata: { labels?: Record<string, string> }; spec: PodSpec }): void {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  for (const affinity of [podAffinity, podAntiAffinity]) {
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) expandTerm(term, pod.metadata.labels);
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      expandTerm(podAffinityTerm, pod.metadata.labels);
    }
  }
}

function expandTerm(term: PodAffinityTerm, labels: Record<string, string> = {}): void {
  const { labelSelector: selector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  if (!selector) return;
  const expressions = [
    ...matchLabelKeys.map((key) => [key, 'In'] as const),
    ...mismatchLabelKeys.map((key) => [key, 'NotIn'] as const),
  ].flatMap(([key, operator]) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
  if (expressions.length > 0) selector.matchExpressions = [...(selector.matchExpressions ?? []), ...expressions];
}
