import type { PodTemplateSpec } from 'kubernetes-types/core/v1';

/** The pod template of the builders' workloads: one container `app`, labelled. */
export const aTemplate = (labels: Record<string, string> = { app: 'web' }, image = 'registry.k8s.io/pause:3.10'): PodTemplateSpec => ({
  metadata: { labels },
  spec: { containers: [{ name: 'app', image }], restartPolicy: 'Always' },
});
