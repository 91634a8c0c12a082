import type {
  Container as WireContainer,
  EphemeralContainer as WireEphemeralContainer,
  PodCondition as WirePodCondition,
  PodSecurityContext as WirePodSecurityContext,
  PodSpec as WirePodSpec,
  PodStatus as WirePodStatus,
  PodTemplateSpec as WirePodTemplateSpec,
  ResourceClaim,
  ResourceRequirements,
  Volume as WireVolume,
  VolumeMount as WireVolumeMount,
} from 'kubernetes-types/core/v1';

/**
 * The wire types of pods with what Kubernetes got after 1.30, where `kubernetes-types` ends.
 * All additions are optional, so the wire types can be given wherever these are asked for.
 */

/** With `observedGeneration` (1.33): the generation of the pod that it speaks of. */
export interface PodCondition extends WirePodCondition {
  observedGeneration?: number;
}

/** The same of the whole status (1.33). */
export interface PodStatus extends Omit<WirePodStatus, 'conditions'> {
  observedGeneration?: number;
  conditions?: PodCondition[];
}

/** One container of any of the three lists. `restartPolicy` is meaningful on init containers. */
export interface Container extends Omit<WireContainer, 'volumeMounts' | 'resources'> {
  resources?: Omit<ResourceRequirements, 'claims'> & { claims?: (ResourceClaim & { request?: string })[] };
  volumeMounts?: VolumeMount[];
}

/** A container that was added to a running pod. */
export interface EphemeralContainer extends Omit<WireEphemeralContainer, 'volumeMounts' | 'resources'> {
  resources?: Container['resources'];
  volumeMounts?: VolumeMount[];
}

/** With `recursiveReadOnly` (1.30). */
export interface VolumeMount extends WireVolumeMount {
  recursiveReadOnly?: string;
}

/** With `image` (1.31). */
export interface Volume extends WireVolume {
  image?: { reference?: string; pullPolicy?: string };
}

/** With `supplementalGroupsPolicy` (1.31) and `seLinuxChangePolicy` (1.32). */
export interface PodSecurityContext extends WirePodSecurityContext {
  supplementalGroupsPolicy?: string;
  seLinuxChangePolicy?: string;
}

/** With pod-level `resources` (1.32). */
export interface PodSpec extends Omit<
  WirePodSpec,
  'containers' | 'initContainers' | 'ephemeralContainers' | 'volumes' | 'securityContext' | 'resourceClaims'
> {
  containers: Container[];
  initContainers?: Container[];
  ephemeralContainers?: EphemeralContainer[];
  volumes?: Volume[];
  securityContext?: PodSecurityContext;
  resources?: Container['resources'];
  resourceClaims?: { name: string; resourceClaimName?: string; resourceClaimTemplateName?: string }[];
}

/** What workloads make their pods from. */
export interface PodTemplateSpec extends Omit<WirePodTemplateSpec, 'spec'> {
  spec?: PodSpec;
}

/** Amounts by resource name. */
export type ResourceList = Record<string, string>;

/** All containers of a spec with their paths: init, regular, ephemeral. Mirrors podutil.VisitContainersWithPath. */
export function containersWithPaths(spec: PodSpec, path: string): (readonly [Container | EphemeralContainer, string])[] {
  const list = (key: 'initContainers' | 'containers' | 'ephemeralContainers'): (readonly [Container | EphemeralContainer, string])[] =>
    (spec[key] ?? []).map((container, i) => [container, `${path}.${key}[${i}]`] as const);
  return [...list('initContainers'), ...list('containers'), ...list('ephemeralContainers')];
}
