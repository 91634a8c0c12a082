import type { PersistentVolumeClaimSpec } from 'kubernetes-types/core/v1';
import { roundResources } from '#lib/api/core/pod/pod-volume-defaults';

/**
 * What a claim's spec gets, also inside templates: it is a file system and its amounts are canonical. Mirrors
 * SetDefaults_PersistentVolumeClaimSpec.
 */
export function claimSpecDefaults(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem';
  spec.resources ??= {};
  roundResources(spec.resources.requests);
  roundResources(spec.resources.limits);
  mirrorDataSource(spec);
}

/** Both fields name the same source unless it is in another namespace. Mirrors NormalizeDataSources. */
function mirrorDataSource(spec: PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) spec.dataSource = { ...dataSourceRef };
}
