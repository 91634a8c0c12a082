import type { ScopedResourceSelectorRequirement } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import { qosClassOf } from '#lib/api/core/pod/pod-resources';
import type { PodSpec } from '#lib/api/core/pod/pod-types';
import type { KubeObject } from '#lib/api/meta';
import type { ResourceQuota } from '#lib/api/core/resourcequota';

/** Whether a quota that is limited to some objects is about this one. Mirrors generic.Matches and podMatchesScopeFunc of pkg/quota/v1. */
export function isInScope(quota: ResourceQuota, object: KubeObject): boolean {
  const scopes = requirementsOf(quota);
  if (scopes.length === 0) return true;
  if (object.kind === 'Pod') return scopes.every((scope) => podMatches(scope, (object as Pod).spec as PodSpec));
  if (object.kind === 'PersistentVolumeClaim') return scopes.every((scope) => claimMatches(scope, object));
  return false;
}

const requirementsOf = ({ spec }: ResourceQuota): ScopedResourceSelectorRequirement[] => [
  ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
  ...(spec.scopeSelector?.matchExpressions ?? []),
];

function podMatches(scope: ScopedResourceSelectorRequirement, spec: PodSpec): boolean {
  const terminates = (spec.activeDeadlineSeconds ?? -1) >= 0;
  switch (scope.scopeName) {
    case 'Terminating':
      return terminates;
    case 'NotTerminating':
      return !terminates;
    case 'BestEffort':
      return qosClassOf(spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClassOf(spec) !== 'BestEffort';
    case 'PriorityClass':
      return selects(scope, spec.priorityClassName);
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(spec);
    default:
      return false;
  }
}

function claimMatches(scope: ScopedResourceSelectorRequirement, claim: KubeObject): boolean {
  if (scope.scopeName !== 'VolumeAttributesClass') return false;
  const { spec, status } = claim as {
    spec?: { volumeAttributesClassName?: string };
    status?: { currentVolumeAttributesClassName?: string };
  };
  return selects(scope, spec?.volumeAttributesClassName) || selects(scope, status?.currentVolumeAttributesClassName);
}

function selects({ operator, values = [] }: ScopedResourceSelectorRequirement, name: string | undefined): boolean {
  switch (operator) {
    case 'Exists':
      return Boolean(name);
    case 'DoesNotExist':
      return !name;
    case 'In':
      return Boolean(name) && values.includes(name as string);
    default:
      return !name || !values.includes(name);
  }
}

interface Term {
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: object;
}

function reachesOtherNamespaces({ affinity }: PodSpec): boolean {
  const terms = [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((side): Term[] => [
    ...(side?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(side?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
  return terms.some(({ namespaces, namespaceSelector }) => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined);
}
