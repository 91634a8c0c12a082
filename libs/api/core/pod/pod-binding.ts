import type { Binding } from 'kubernetes-types/core/v1';
import { isBeingDeleted } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import type { Pod } from '#lib/api/core/pod/pod';
import { setCondition } from '#lib/api/core/pod/pod-conditions';

/**
 * Why this pod cannot be given to a node now, or undefined. The server answers 409 with it, on the resource `pods/binding`.
 * Mirrors BindingREST.setPodNodeAndMetadata.
 */
export function bindingProblem(pod: Pod): string | undefined {
  const { name } = pod.metadata;
  if (isBeingDeleted(pod)) return `pod ${name} is being deleted, cannot be assigned to a host`;
  if (pod.spec.nodeName) return `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`;
  if (pod.spec.schedulingGates?.length) return `pod ${name} has non-empty .spec.schedulingGates`;
  return undefined;
}

/** The pod on its node: `spec.nodeName`, the binding's annotations and a true PodScheduled condition. The pod given stays as it is. */
export function bindPod(pod: Pod, binding: Binding, now: Date): Pod {
  const annotations = { ...pod.metadata.annotations, ...binding.metadata?.annotations };
  const condition = {
    type: 'PodScheduled',
    status: 'True',
    lastTransitionTime: rfc3339(now),
    observedGeneration: pod.metadata.generation,
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: { ...pod.spec, nodeName: binding.target.name },
    status: { ...pod.status, conditions: setCondition(pod.status?.conditions, condition) },
  };
}
