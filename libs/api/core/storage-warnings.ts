import type { PersistentVolumeClaimSpec } from 'kubernetes-types/core/v1';
import type { ObjectMeta } from '#lib/api/meta';
import { parseQuantity, quantityProblem } from '#lib/api/quantity';
import { termWarnings } from './deprecated-labels';
import type { PersistentVolumeSpec } from './persistentvolume';

type Annotated = Pick<ObjectMeta, 'annotations'>;

/** Plugins that volumes still name and nothing serves any more: the text, and where it differs the path. */
const GONE: readonly (readonly [keyof PersistentVolumeSpec, string, string?])[] = [
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

/** What is allowed but out of date in a volume. Mirrors GetWarningsForPersistentVolume of pkg/api/persistentvolume. */
export function volumeWarnings({ metadata, spec }: { metadata: Annotated; spec: PersistentVolumeSpec }): string[] {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  return [
    ...annotationWarnings(
      metadata,
      'volume.beta.kubernetes.io/storage-class',
      'deprecated since v1.8; use "storageClassName" attribute instead',
    ),
    ...annotationWarnings(
      metadata,
      'volume.beta.kubernetes.io/mount-options',
      'deprecated since v1.31; use "mountOptions" attribute instead',
    ),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle'
      ? [
          'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
        ]
      : []),
    ...terms.flatMap((term, i) => termWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`)),
    ...GONE.filter(([source]) => spec[source]).map(([source, text, path]) => `spec.${path ?? source}: ${text}`),
  ];
}

/** The same for a claim. Mirrors GetWarningsForPersistentVolumeClaim. */
export const claimWarnings = ({ metadata, spec }: { metadata: Annotated; spec: PersistentVolumeClaimSpec }): string[] => [
  ...annotationWarnings(
    metadata,
    'volume.beta.kubernetes.io/storage-class',
    'deprecated since v1.8; use "storageClassName" attribute instead',
  ),
  ...claimSpecWarnings(spec, 'spec'),
];

/** The same for the spec of a claim that stands at `path`. Mirrors GetWarningsForPersistentVolumeClaimSpec. */
export const claimSpecWarnings = ({ resources }: PersistentVolumeClaimSpec, path: string): string[] => [
  ...fractionWarnings(resources?.requests?.storage, `${path}.resources.requests[storage]`),
  ...fractionWarnings(resources?.limits?.storage, `${path}.resources.limits[storage]`),
];

const annotationWarnings = ({ annotations = {} }: Annotated, key: string, text: string): string[] =>
  Object.hasOwn(annotations, key) ? [`metadata.annotations[${key}]: ${text}`] : [];

/** Bytes are whole. `text` is a quantity at `path`, or undefined. */
export function fractionWarnings(text: string | undefined, path: string): string[] {
  if (text === undefined || quantityProblem(text) !== undefined || parseQuantity(text).nano % 1_000_000_000n === 0n) return [];
  return [`${path}: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`];
}
