import type { ObjectMeta } from '#lib/api/meta';

/** Of an object's metadata what the API server alone sets: no write can change it, or every write does. */
export const SERVERS_OWN: readonly (keyof ObjectMeta)[] = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
];
