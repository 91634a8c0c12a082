import type { PodAffinityTerm } from 'kubernetes-types/core/v1';
import { Namespace } from '#lib/api/core/namespace';
import { fromLabelSelector } from '#lib/api/validation/selectors';
import type { World } from '#lib/reconcile/world';
import type { PodInfo } from '../pod-info';

/** A pod affinity term of one pod, ready to match other pods. */
export interface Term {
  readonly topologyKey: string;
  readonly weight: number;
  matches(other: PodInfo): boolean;
}

/** Reads a term of `owner`. Without namespaces of its own it speaks of its owner's. Mirrors framework.newAffinityTerm. */
export function readTerm(term: PodAffinityTerm, owner: PodInfo, world: World, weight = 1): Term {
  const { matchLabelKeys = [], mismatchLabelKeys = [] } = term as { matchLabelKeys?: string[]; mismatchLabelKeys?: string[] };
  const selector = fromLabelSelector(term.labelSelector);
  const inNamespace = namespaceRule(term, owner, world);
  return {
    topologyKey: term.topologyKey,
    weight,
    matches: (other) =>
      inNamespace(other.namespace) &&
      selector.matches(other.labels) &&
      matchLabelKeys.every((key) => !Object.hasOwn(owner.labels, key) || other.labels[key] === owner.labels[key]) &&
      mismatchLabelKeys.every((key) => !Object.hasOwn(owner.labels, key) || other.labels[key] !== owner.labels[key]),
  };
}

function namespaceRule(term: PodAffinityTerm, owner: PodInfo, world: World): (namespace: string) => boolean {
  const names = term.namespaces ?? [];
  if (term.namespaceSelector === undefined) {
    return names.length === 0 ? (namespace) => namespace === owner.namespace : (namespace) => names.includes(namespace);
  }
  const selector = fromLabelSelector(term.namespaceSelector);
  return (namespace) => names.includes(namespace) || selector.matches(world.get(Namespace, '', namespace)?.metadata.labels);
}

export const requiredAffinity = (pod: PodInfo, world: World): Term[] =>
  (pod.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => readTerm(term, pod, world));

export const requiredAntiAffinity = (pod: PodInfo, world: World): Term[] =>
  pod.requiredAntiAffinity.map((term) => readTerm(term, pod, world));

/** Preferred terms; what is to be avoided has a negative weight. */
export const preferences = (pod: PodInfo, world: World): Term[] => [
  ...(pod.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((p) =>
    readTerm(p.podAffinityTerm, pod, world, p.weight),
  ),
  ...(pod.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((p) =>
    readTerm(p.podAffinityTerm, pod, world, -p.weight),
  ),
];
