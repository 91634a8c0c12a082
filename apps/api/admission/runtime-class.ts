import { Pod } from '#lib/api/core/pod/pod';
import type { PodSpec } from '#lib/api/core/pod/pod-types';
import { sameValue } from '#lib/api/equality';
import { forbiddenAccess } from '#lib/api/errors';
import { RuntimeClass } from '#lib/api/node/runtimeclass';
import type { AdmissionPlugin } from './plugin';

/** A pod takes from its RuntimeClass what running it costs besides, and where it can run. Mirrors plugin/pkg/admission/runtimeclass. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  mutate({ kind, operation, subresource, object }, world) {
    if (kind !== Pod || operation !== 'CREATE' || subresource) return;
    const pod = object as Pod & { spec: PodSpec };
    const { spec } = pod;
    if (spec.runtimeClassName === undefined && spec.overhead === undefined) return;
    const refuse = (why: string) => forbiddenAccess(Pod, pod.metadata.name ?? '', `pod rejected: ${why}`);
    const found = spec.runtimeClassName === undefined ? undefined : world.get(RuntimeClass, '', spec.runtimeClassName);
    if (spec.runtimeClassName !== undefined && !found) throw refuse(`RuntimeClass ${JSON.stringify(spec.runtimeClassName)} not found`);
    const overhead = found?.overhead?.podFixed;
    if (spec.overhead && !overhead) throw refuse('Pod Overhead set without corresponding RuntimeClass defined Overhead');
    if (spec.overhead && !sameValue(spec.overhead, overhead)) throw refuse("Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    if (overhead) spec.overhead = { ...overhead };
    const clash = found && placeAs(found, spec);
    if (clash) throw refuse(clash);
  },
};

/** Answers where the pod wants to run somewhere else. */
function placeAs({ scheduling }: RuntimeClass, spec: PodSpec): string | undefined {
  const { nodeSelector = {}, tolerations = [] } = scheduling ?? {};
  const own = spec.nodeSelector ?? {};
  for (const [key, value] of Object.entries(nodeSelector)) {
    if (key in own && own[key] !== value)
      return `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own[key]}`;
  }
  if (Object.keys(nodeSelector).length > 0) spec.nodeSelector = { ...own, ...nodeSelector };
  const more = tolerations.filter((one) => !spec.tolerations?.some((known) => sameValue(known, one)));
  if (more.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...structuredClone(more)];
  return undefined;
}
