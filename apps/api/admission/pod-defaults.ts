import { Pod } from '#lib/api/core/pod/pod';
import { addDefaultTolerations } from '#lib/api/core/pod/pod-admission';
import type { AdmissionPlugin } from './plugin';

/** What every new pod gets: patience with failing nodes. Mirrors plugin/pkg/admission/defaulttolerationseconds. */
export const podDefaults: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate({ kind, operation, subresource, object }) {
    if (kind === Pod && operation === 'CREATE' && !subresource) addDefaultTolerations(object as Pod);
  },
};
