import type { IngressClass as WireIngressClass } from 'kubernetes-types/networking/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateIngressClass, validateIngressClassStep } from './ingressclass-validation';

/** Who takes care of Ingresses that name it. */
export type IngressClass = Stored<WireIngressClass>;

/** Marks the class that Ingresses get when they name none. */
export const DEFAULT_INGRESS_CLASS = 'ingressclass.kubernetes.io/is-default-class';

/** Mirrors pkg/registry/networking/ingressclass/strategy.go, SetDefaults_IngressClass and ValidateIngressClass. */
export const IngressClass = defineKind<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  scope: 'Cluster',
  hasGeneration: true,

  defaults(draft) {
    draft.spec ??= {};
    if (draft.spec.parameters) draft.spec.parameters.scope ??= 'Cluster';
  },

  validate: validateIngressClass,
  validateUpdate: validateIngressClassStep,

  columns: [
    NAME,
    { name: 'Controller', type: 'string', value: ({ spec }) => spec.controller ?? '' },
    { name: 'Parameters', type: 'string', value: parametersText },
    AGE,
  ],
});

/** `IngressParameters.k8s.example.com/name`. */
function parametersText({ spec }: IngressClass): string {
  if (!spec.parameters) return '<none>';
  const { kind, apiGroup, name } = spec.parameters;
  return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`;
}
