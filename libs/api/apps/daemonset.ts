import type { DaemonSet as WireDaemonSet, DaemonSetSpec as WireDaemonSetSpec } from 'kubernetes-types/apps/v1';
import { AGE, NAME, TEMPLATE } from '#lib/api/columns';
import { podTemplateDefaults } from '#lib/api/core/pod/pod-defaults';
import type { PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import { sameValue } from '#lib/api/equality';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { printLabels, printLabelSelector } from '#lib/api/validation/selectors';
import { validateDaemonSet, validateDaemonSetStatus, validateDaemonSetStep } from './daemonset-validation';
import { workloadWarnings } from './workload-validation';

/** What a DaemonSet is asked to be. */
export type DaemonSetSpec = Omit<WireDaemonSetSpec, 'template'> & { template: PodTemplateSpec };

/** One pod on every node that fits. */
export type DaemonSet = Omit<Stored<WireDaemonSet>, 'spec'> & { spec: DaemonSetSpec };

/** Counts the versions of the template; a field of its own before apps/v1. */
export const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** Mirrors pkg/registry/apps/daemonset/strategy.go, pkg/apis/apps/v1/defaults.go and ValidateDaemonSet. */
export const DaemonSet = defineKind<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status'],

  prepareCreate(draft) {
    draft.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    const given = Number(draft.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
    setTemplateGeneration(draft, Math.max(1, given || 0));
  },

  prepareUpdate(draft, previous, { subresource }) {
    if (subresource === 'status') return;
    completeTemplate(draft);
    const before = Number(previous.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1) || 1;
    setTemplateGeneration(draft, before + (sameValue(draft.spec.template, previous.spec.template) ? 0 : 1));
  },

  defaults(draft) {
    completeTemplate(draft);
    const { spec } = draft;
    const strategy = (spec.updateStrategy ??= {});
    strategy.type ||= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      const rolling = (strategy.rollingUpdate ??= {});
      rolling.maxUnavailable ??= 1;
      rolling.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
  },

  validate: validateDaemonSet,
  validateUpdate: validateDaemonSetStep,
  validateStatus: validateDaemonSetStatus,
  warnings: workloadWarnings,

  columns: [
    NAME,
    { name: 'Desired', type: 'integer', value: ({ status }) => status?.desiredNumberScheduled ?? 0 },
    { name: 'Current', type: 'integer', value: ({ status }) => status?.currentNumberScheduled ?? 0 },
    { name: 'Ready', type: 'integer', value: ({ status }) => status?.numberReady ?? 0 },
    { name: 'Up-to-date', type: 'integer', value: ({ status }) => status?.updatedNumberScheduled ?? 0 },
    { name: 'Available', type: 'integer', value: ({ status }) => status?.numberAvailable ?? 0 },
    { name: 'Node Selector', type: 'string', value: ({ spec }) => printLabels(spec.template.spec?.nodeSelector) },
    AGE,
    ...TEMPLATE,
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => printLabelSelector(spec.selector) },
  ],
});

function completeTemplate(draft: DaemonSet): void {
  const spec = (draft.spec ??= {} as DaemonSetSpec);
  podTemplateDefaults((spec.template ??= {} as PodTemplateSpec));
}

function setTemplateGeneration(draft: DaemonSet, generation: number): void {
  draft.metadata.annotations = { ...draft.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}
