import type { LimitRange as WireLimitRange } from 'kubernetes-types/core/v1';
import { CREATED_AT, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { roundResources } from '#lib/api/core/pod/pod-volume-defaults';
import { validateLimitRange } from './limitrange-validation';

/** How much one container, pod or claim of a namespace may ask for, and what it gets when it does not say. */
export type LimitRange = Stored<WireLimitRange>;

/** Mirrors pkg/registry/core/limitrange/strategy.go, SetDefaults_LimitRangeItem and ValidateLimitRange. */
export const LimitRange = defineKind<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  createsOnUpdate: true,
  shortNames: ['limits'],
  scope: 'Namespaced',

  /** For containers the default is the maximum, and the default request is the default, else the minimum. */
  defaults(draft) {
    draft.spec ??= { limits: [] };
    for (const item of draft.spec.limits ?? []) {
      for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio]) roundResources(list);
      if (item.type !== 'Container') continue;
      const limits = { ...item.max, ...item.default };
      const requests = { ...item.min, ...limits, ...item.defaultRequest };
      if (Object.keys(limits).length > 0 || item.default) item.default = limits;
      if (Object.keys(requests).length > 0 || item.defaultRequest) item.defaultRequest = requests;
    }
  },

  validate: validateLimitRange,

  columns: [NAME, CREATED_AT],
});
