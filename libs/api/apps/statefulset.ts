import type { StatefulSet as WireStatefulSet, StatefulSetSpec as WireStatefulSetSpec } from 'kubernetes-types/apps/v1';
import { AGE, NAME, TEMPLATE } from '#lib/api/columns';
import { claimSpecDefaults } from '#lib/api/core/claim-defaults';
import { podTemplateDefaults } from '#lib/api/core/pod/pod-defaults';
import { claimSpecWarnings } from '#lib/api/core/storage-warnings';
import type { PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateStatefulSet, validateStatefulSetStatus, validateStatefulSetStep } from './statefulset-validation';
import { workloadWarnings } from './workload-validation';

/** What a StatefulSet is asked to be. */
export type StatefulSetSpec = Omit<WireStatefulSetSpec, 'template'> & { template: PodTemplateSpec };

/** Pods with names, volumes and an order of their own. */
export type StatefulSet = Omit<Stored<WireStatefulSet>, 'spec'> & { spec: StatefulSetSpec };

/** Mirrors pkg/registry/apps/statefulset/strategy.go, pkg/apis/apps/v1/defaults.go and ValidateStatefulSet. */
export const StatefulSet = defineKind<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status', 'scale'],
  nameRule: 'label',

  prepareCreate(draft) {
    draft.status = { replicas: 0, availableReplicas: 0 };
  },

  defaults(draft) {
    const spec = (draft.spec ??= {} as StatefulSetSpec);
    spec.podManagementPolicy ||= 'OrderedReady';
    const strategy = (spec.updateStrategy ??= {});
    strategy.type ||= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') (strategy.rollingUpdate ??= {}).partition ??= 0;
    const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
    retention.whenDeleted ||= 'Retain';
    retention.whenScaled ||= 'Retain';
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    podTemplateDefaults((spec.template ??= {} as PodTemplateSpec));
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion ??= 'v1';
      claim.kind ??= 'PersistentVolumeClaim';
      claimSpecDefaults((claim.spec ??= {}));
      Object.assign(claim, { status: { ...claim.status, phase: claim.status?.phase ?? 'Pending' } });
    }
  },

  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetStep,
  validateStatus: validateStatefulSetStatus,
  warnings(set, previous) {
    const warnings = workloadWarnings(set, previous);
    const limit = set.spec.revisionHistoryLimit ?? 0;
    if (limit < 0)
      warnings.push('spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended');
    warnings.push(
      ...(set.spec.volumeClaimTemplates ?? []).flatMap(({ spec }, i) => claimSpecWarnings(spec ?? {}, `spec.volumeClaimTemplates[${i}]`)),
    );
    return warnings;
  },

  columns: [
    NAME,
    { name: 'Ready', type: 'string', value: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}` },
    AGE,
    ...TEMPLATE,
  ],
});
