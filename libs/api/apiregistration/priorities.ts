/** Where a group stands among all groups, and a version in its group; larger comes first. */
export interface Priority {
  readonly group: number;
  readonly version: number;
}

/** The priorities that upstream gives its own groups. `v2` and `v1` stand before betas, and what a client finds first it takes. */
const GROUPS: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  extensions: 17_150,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'resource.k8s.io': 15_900,
  'decklog.dev': 15_000,
  'metrics.k8s.io': 100,
};

const VERSIONS: Readonly<Record<string, number>> = {
  '/v1': 1,
  'autoscaling/v2': 30,
  'autoscaling/v2beta1': 9,
  'autoscaling/v2beta2': 1,
  'flowcontrol.apiserver.k8s.io/v1': 21,
  'apps/v1beta1': 1,
  'extensions/v1beta1': 1,
  'metrics.k8s.io/v1beta1': 100,
};

const USUAL: Readonly<Record<string, number>> = { v1: 15, v1beta2: 9, v1beta1: 9 };

/** What stands for custom resources: low, and their versions in the usual order of versions. */
export const CUSTOM: Priority = { group: 1000, version: 100 };

/**
 * Of a group version that is built in; that of custom resources for all others. Mirrors apiVersionPriorities of
 * pkg/controlplane/apiserver/aggregator.go.
 */
export function priorityOf(group: string, version: string): Priority {
  const ofGroup = GROUPS[group];
  if (ofGroup === undefined) return CUSTOM;
  return { group: ofGroup, version: VERSIONS[`${group}/${version}`] ?? USUAL[version] ?? 1 };
}
