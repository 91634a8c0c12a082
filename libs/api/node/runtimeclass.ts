import type { RuntimeClass as WireRuntimeClass } from 'kubernetes-types/node/v1';
import { AGE, NAME } from '#lib/api/columns';
import { roundResources } from '#lib/api/core/pod/pod-volume-defaults';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { deprecatedLabel } from '#lib/api/core/deprecated-labels';
import { validateRuntimeClass, validateRuntimeClassStep } from './runtimeclass-validation';

/** How the containers of pods that name it are run. */
export type RuntimeClass = Stored<WireRuntimeClass>;

/** Mirrors pkg/registry/node/runtimeclass/strategy.go and ValidateRuntimeClass. */
export const RuntimeClass = defineKind<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  scope: 'Cluster',
  defaults: (draft) => roundResources(draft.overhead?.podFixed),
  validateCreate: validateRuntimeClass,
  validateUpdate: validateRuntimeClassStep,
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {})
      .map(deprecatedLabel)
      .flatMap((text) => (text === undefined ? [] : [`scheduling.nodeSelector: ${text}`])),
  columns: [NAME, { name: 'Handler', type: 'string', value: ({ handler }) => handler }, AGE],
});
