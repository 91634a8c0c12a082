import type { Pod as WirePod } from 'kubernetes-types/core/v1';
import { defineKind, type WriteContext } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { expandAffinityLabelKeys } from '#lib/api/core/pod/pod-affinity-keys';
import { podColumns } from '#lib/api/core/pod/pod-columns';
import { isPodFinished } from '#lib/api/core/pod/pod-conditions';
import { podDefaults } from '#lib/api/core/pod/pod-defaults';
import { qosClassOf } from '#lib/api/core/pod/pod-resources';
import { roundResources } from '#lib/api/core/pod/pod-volume-defaults';
import { validateNewPod, validatePod } from '#lib/api/core/pod/pod-validation';
import { validateResize } from '#lib/api/core/pod/pod-validation-resize';
import { validatePodStatus } from '#lib/api/core/pod/pod-validation-status';
import { validateEphemeralContainersUpdate, validatePodUpdate } from '#lib/api/core/pod/pod-validation-update';
import { podSpecJson } from '#lib/api/core/pod/pod-spec-text';
import { podWarnings } from '#lib/api/core/pod/pod-warnings';

export type Pod = Stored<WirePod>;

/** Mirrors kubernetes/pkg/registry/core/pod/strategy.go. */
export const Pod = defineKind<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status', 'binding', 'eviction', 'log', 'ephemeralcontainers', 'resize'],

  prepareCreate,
  prepareUpdate,
  defaults: completePod,
  validate: validatePod,
  validateCreate: validateNewPod,
  validateUpdate(pod, previous, context) {
    if (context?.subresource === 'ephemeralcontainers') return validateEphemeralContainersUpdate(pod, previous);
    if (context?.subresource === 'resize') return validateResize(pod, previous);
    return validatePodUpdate(pod, previous);
  },
  validateStatus: validatePodStatus,
  specText: podSpecJson,
  /** Only for new pods: people seldom change pods, machines do it all the time. */
  warnings: (pod, previous) => (previous ? [] : podWarnings(pod)),
  gracePeriod,

  selectableFields: {
    'spec.nodeName': (pod) => pod.spec.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '',
    'status.podIPs': (pod) => (pod.status?.podIPs ?? []).map(({ ip }) => ip ?? '').join(','),
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
  columns: podColumns,
  /** An agent receives only the pods of its own node. */
  route: (pod) => pod.spec.nodeName || '_',
  indexes: {
    /** '' holds the pods that no node has yet. */
    node: (pod) => pod.spec.nodeName ?? '',
    /** `yes` holds the pods that will never run again; the others are in no shelf. */
    finished: (pod) => (isPodFinished(pod) ? 'yes' : undefined),
    /** By namespace: those that have a node and are not all up there. They may wait for something that another object brings. */
    waiting: (pod) => (pod.spec.nodeName && isWaiting(pod) ? (pod.metadata.namespace ?? '') : undefined),
  },
});

const isWaiting = ({ status }: Pod): boolean =>
  status?.phase === 'Pending' || (status?.containerStatuses ?? []).some((container) => container.state?.waiting !== undefined);

/** A new pod is pending, whatever its maker says. */
function prepareCreate(draft: Pod): void {
  // The quality of service is judged on the requests that defaulting fills in.
  podDefaults(draft);
  draft.status = { phase: 'Pending', qosClass: qosClassOf(draft.spec) };
  if (draft.spec.schedulingGates?.length) {
    const message = 'Scheduling is blocked due to non-empty scheduling gates';
    const gated = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'SchedulingGated',
      message,
      observedGeneration: draft.metadata.generation,
    };
    draft.status.conditions = [gated];
  }
  expandAffinityLabelKeys(draft);
}

function prepareUpdate(draft: Pod, previous: Pod, { subresource }: WriteContext): void {
  if (subresource === 'status') {
    const owners = previous.metadata.ownerReferences;
    if (owners) draft.metadata.ownerReferences = owners;
    else delete draft.metadata.ownerReferences;
  } else if (subresource === 'ephemeralcontainers') {
    const { ephemeralContainers } = draft.spec;
    keepAllBut(draft, previous, { ...previous.spec, ...(ephemeralContainers && { ephemeralContainers }) });
  } else if (subresource === 'resize') {
    keepAllBut(draft, previous, {
      ...previous.spec,
      containers: withNewSizes(previous.spec.containers, draft.spec.containers),
      ...(previous.spec.initContainers && { initContainers: withNewSizes(previous.spec.initContainers, draft.spec.initContainers) }),
    });
  }
}

/** The subresource changes its part of the spec and nothing else. */
function keepAllBut(draft: Pod, previous: Pod, spec: Pod['spec']): void {
  const { resourceVersion } = draft.metadata;
  draft.metadata = { ...structuredClone(previous.metadata), resourceVersion };
  draft.spec = structuredClone(spec);
}

type Containers = Pod['spec']['containers'];

function withNewSizes(containers: Containers, wished: Containers | undefined): Containers {
  return containers.map((container) => {
    const wish = wished?.find((one) => one.name === container.name);
    if (!wish) return container;
    return { ...container, resources: wish.resources, ...(wish.resizePolicy && { resizePolicy: wish.resizePolicy }) };
  });
}

function completePod(draft: Pod): void {
  podDefaults(draft);
  for (const status of draft.status?.containerStatuses ?? []) {
    const { resources, allocatedResources } = status as {
      resources?: Containers[number]['resources'];
      allocatedResources?: Record<string, string>;
    };
    roundResources(resources?.limits);
    roundResources(resources?.requests);
    roundResources(allocatedResources);
  }
  mirrorAddress(draft);
}

/** `podIP` is the first of `podIPs`; when they differ the single one is believed. Mirrors Convert_v1_PodStatus_To_core_PodStatus. */
function mirrorAddress({ status }: Pod): void {
  if (!status) return;
  const first = status.podIPs?.[0]?.ip;
  if (status.podIP && status.podIP !== first) status.podIPs = [{ ip: status.podIP }];
  else if (first && !status.podIP) status.podIP = first;
}

/** Nothing waits for a pod that no node has or that has ended. Mirrors CheckGracefulDelete. */
function gracePeriod(pod: Pod, asked: number | undefined): number {
  if (!pod.spec.nodeName || isPodFinished(pod)) return 0;
  const seconds = asked ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}
