import type { PodTemplate as WirePodTemplate } from 'kubernetes-types/core/v1';
import { NAME } from '#lib/api/columns';
import { podTemplateDefaults } from '#lib/api/core/pod/pod-defaults';
import type { PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import { validatePodTemplateSpec } from '#lib/api/core/pod/pod-validation';
import { podTemplateWarnings } from '#lib/api/core/pod/pod-warnings';
import { sameValue } from '#lib/api/equality';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { printLabels } from '#lib/api/validation/selectors';

/** A template by itself. */
export type PodTemplate = Omit<Stored<WirePodTemplate>, 'template'> & { template: PodTemplateSpec };

const containersOf = ({ template }: PodTemplate) => template?.spec?.containers ?? [];

/** Mirrors pkg/registry/core/podtemplate/strategy.go. */
export const PodTemplate = defineKind<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  scope: 'Namespaced',
  hasGeneration: true,
  defaults: (draft) => podTemplateDefaults((draft.template ??= {} as PodTemplateSpec)),
  validate: ({ template }) => validatePodTemplateSpec(template, 'template'),
  warnings: ({ template }, previous) =>
    previous && sameValue(template, previous.template) ? [] : podTemplateWarnings(template, 'template'),
  columns: [
    NAME,
    {
      name: 'Containers',
      type: 'string',
      value: (object) =>
        containersOf(object)
          .map(({ name }) => name)
          .join(','),
    },
    {
      name: 'Images',
      type: 'string',
      value: (object) =>
        containersOf(object)
          .map(({ image }) => image ?? '')
          .join(','),
    },
    { name: 'Pod Labels', type: 'string', value: ({ template }) => printLabels(template?.metadata?.labels) },
  ],
});
