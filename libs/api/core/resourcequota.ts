import type { ResourceQuota as WireResourceQuota } from 'kubernetes-types/core/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { roundResources } from '#lib/api/core/pod/pod-volume-defaults';
import { validateResourceQuota, validateResourceQuotaStatus, validateResourceQuotaStep } from './resourcequota-validation';

/** How much all objects of a namespace may ask for together. */
export type ResourceQuota = Stored<WireResourceQuota>;

/** Mirrors pkg/registry/core/resourcequota/strategy.go and ValidateResourceQuota. */
export const ResourceQuota = defineKind<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  scope: 'Namespaced',
  subresources: ['status'],
  hasGeneration: false,

  prepareCreate(draft) {
    draft.status = {};
  },

  defaults(draft) {
    draft.spec ??= {};
    for (const list of [draft.spec.hard, draft.status?.hard, draft.status?.used]) roundResources(list);
  },

  validate: validateResourceQuota,
  validateUpdate: validateResourceQuotaStep,
  validateStatus: validateResourceQuotaStatus,

  columns: [
    NAME,
    { name: 'Request', type: 'string', value: (quota) => usage(quota, false) },
    { name: 'Limit', type: 'string', value: (quota) => usage(quota, true) },
    AGE,
  ],
});

/** `pods: 3/10, requests.cpu: 1/2`; what is limited has a column of its own. */
function usage({ status }: ResourceQuota, limits: boolean): string {
  const names = Object.keys(status?.hard ?? {})
    .filter((name) => name.startsWith('limits') === limits)
    .sort();
  return names.map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name]}`).join(', ');
}
