import { Pod } from '#lib/api/core/pod';
import { addDefaultTolerations, applyPriority } from '#lib/api/core/pod-admission';
import type { AdmissionPlugin } from './plugin';

/** What every new pod gets: patience with failing nodes, and a priority. Mirrors defaulttolerationseconds and priority. */
export const podDefaults: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds,Priority',
  mutate(request) {
    if (request.kind !== Pod || request.operation !== 'CREATE' || request.subresource) return;
    addDefaultTolerations(request.object as Pod);
    applyPriority(request.object as Pod);
  },
};
