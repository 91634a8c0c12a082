import { forbiddenAccess } from '#lib/api/errors';
import { Pod } from '#lib/api/core/pod';
import { addDefaultTolerations, applyPriority, keepPriority } from '#lib/api/core/pod-admission';
import type { AdmissionPlugin } from './plugin';

/** What every new pod gets: patience with failing nodes, and a priority. Mirrors defaulttolerationseconds and priority. */
export const podDefaults: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds,Priority',
  mutate({ kind, operation, subresource, object, previous }) {
    if (kind !== Pod || subresource) return;
    const pod = object as Pod;
    if (operation === 'UPDATE') return keepPriority(pod, previous as Pod);
    addDefaultTolerations(pod);
    const refusal = applyPriority(pod);
    if (refusal !== undefined) throw forbiddenAccess(Pod, pod.metadata.name ?? '', refusal);
  },
};
