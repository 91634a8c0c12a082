import { LimitRange } from '#lib/api/core/limitrange';
import { PersistentVolumeClaim } from '#lib/api/core/persistentvolumeclaim';
import { Pod } from '#lib/api/core/pod/pod';
import { qosClassOf } from '#lib/api/core/pod/pod-resources';
import type { PodSpec } from '#lib/api/core/pod/pod-types';
import { forbiddenAccess } from '#lib/api/errors';
import type { World } from '#lib/reconcile/world';
import { claimProblems, fillDefaults, podProblems } from './limits';
import type { AdmissionPlugin, AdmissionRequest } from './plugin';

/** Bounds and defaults for what one container, pod or claim of a namespace asks for. Mirrors plugin/pkg/admission/limitranger. */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  /** Containers of a pod that is there cannot change, so only new ones are completed. */
  mutate(request, world) {
    if (!isLimitedPod(request)) return;
    const pod = request.object as Pod & { spec: PodSpec };
    let changed = false;
    for (const { spec } of rangesIn(request, world)) changed = fillDefaults(pod, spec.limits) || changed;
    if (changed && pod.status) pod.status = { ...pod.status, qosClass: qosClassOf(pod.spec) };
  },
  settle(request, { world }) {
    const isClaim = request.kind === PersistentVolumeClaim && request.operation !== 'DELETE' && !request.subresource;
    if (!isClaim && !isLimitedPod(request)) return;
    const { kind, object } = request;
    for (const { spec } of rangesIn(request, world)) {
      const { resources } = (object as PersistentVolumeClaim).spec;
      const problems = [
        ...new Set(isClaim ? claimProblems(resources?.requests, spec.limits) : podProblems((object as Pod).spec as PodSpec, spec.limits)),
      ];
      if (problems.length > 0)
        throw forbiddenAccess(kind, object.metadata.name, problems.length === 1 ? (problems[0] as string) : `[${problems.join(', ')}]`);
    }
  },
};

const isLimitedPod = ({ kind, operation, subresource }: AdmissionRequest): boolean =>
  kind === Pod && ((operation === 'CREATE' && !subresource) || (operation === 'UPDATE' && subresource === 'resize'));

const rangesIn = ({ namespace }: AdmissionRequest, world: World): readonly LimitRange[] => world.list(LimitRange, namespace);
