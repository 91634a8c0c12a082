import { errorText } from '#lib/api/field-error';
import { podDefaults } from '#lib/api/core/pod/pod-defaults';
import type { Container, PodSpec, Volume } from '#lib/api/core/pod/pod-types';
import { validateNewPod, validatePod } from '#lib/api/core/pod/pod-validation';

/** The complaints about a new pod that would be fine but for this part of its spec. */
export function complaints(spec: Partial<PodSpec>, annotations?: Record<string, string>): string[] {
  const pod = { metadata: { name: 'p', annotations }, spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec } };
  podDefaults(pod);
  return [...validatePod(pod), ...validateNewPod(pod)].map(errorText);
}

/** The same for the only container of a pod. */
export const complaintsOfContainer = (container: Partial<Container>, spec: Partial<PodSpec> = {}): string[] =>
  complaints({ ...spec, containers: [{ name: 'c', image: 'nginx', ...container }] });

/** The same for the only volume of a pod. */
export const complaintsOfVolume = (volume: Partial<Volume>): string[] => complaints({ volumes: [{ name: 'v', ...volume }] });
