import type { LabelSelectorRequirement } from 'kubernetes-types/meta/v1';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { Service } from '#lib/api/core/service';
import { controllerOf } from '#lib/api/meta';
import { fromLabelSelector, fromMap, type Selector } from '#lib/api/validation/selectors';
import type { World } from '#lib/reconcile/world';
import type { PodInfo } from '../pod-info';

/** One rule of how alike pods are to be spread, ready to count with. */
export interface SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly isHard: boolean;
  readonly honoursAffinity: boolean;
  readonly honoursTaints: boolean;
  /** A node without the key is left out by the pod's own rules; by the built-in ones it merely counts as empty. */
  readonly needsKey: boolean;
  matches(pod: PodInfo): boolean;
}

/**
 * The built-in rules for pods of a Service or ReplicaSet: soft, by hostname and zone. Mirrors podtopologyspread.systemDefaultConstraints.
 */
const BUILT_IN = [
  { topologyKey: 'kubernetes.io/hostname', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
];

export function spreadConstraints(pod: PodInfo, world: World): SpreadConstraint[] {
  const own = pod.pod.spec.topologySpreadConstraints ?? [];
  if (own.length === 0) return builtIn(pod, world);
  return own.map((constraint) => {
    const extra = (constraint as { matchLabelKeys?: string[] }).matchLabelKeys ?? [];
    const same: LabelSelectorRequirement[] = extra
      .filter((key) => Object.hasOwn(pod.labels, key))
      .map((key) => ({ key, operator: 'In', values: [pod.labels[key] as string] }));
    const selector = fromLabelSelector(constraint.labelSelector);
    const narrowed = fromLabelSelector({ matchExpressions: same });
    return {
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      minDomains: constraint.minDomains ?? 1,
      isHard: constraint.whenUnsatisfiable === 'DoNotSchedule',
      honoursAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
      honoursTaints: constraint.nodeTaintsPolicy === 'Honor',
      needsKey: true,
      matches: (other) => inSameNamespace(pod, other) && selector.matches(other.labels) && narrowed.matches(other.labels),
    };
  });
}

function builtIn(pod: PodInfo, world: World): SpreadConstraint[] {
  const selectors = ownSelectors(pod, world);
  if (selectors.length === 0) return [];
  return BUILT_IN.map((rule) => ({
    ...rule,
    minDomains: 1,
    isHard: false,
    honoursAffinity: true,
    honoursTaints: false,
    needsKey: false,
    matches: (other) => inSameNamespace(pod, other) && selectors.every((selector) => selector.matches(other.labels)),
  }));
}

/** Selectors of the services in front of the pod and of the ReplicaSet behind it. Mirrors helper.DefaultSelector. */
function ownSelectors(pod: PodInfo, world: World): Selector[] {
  const services = world
    .list(Service, pod.namespace)
    .filter(({ spec }) => spec?.selector !== undefined && Object.keys(spec.selector).length > 0)
    .map(({ spec }) => fromMap(spec.selector))
    .filter((selector) => selector.matches(pod.labels));
  const owner = controllerOf(pod.pod);
  const set = owner?.kind === 'ReplicaSet' ? world.get(ReplicaSet, pod.namespace, owner.name) : undefined;
  return set?.spec.selector === undefined ? services : [...services, fromLabelSelector(set.spec.selector)];
}

const inSameNamespace = (pod: PodInfo, other: PodInfo): boolean => other.namespace === pod.namespace && !other.isTerminating;
