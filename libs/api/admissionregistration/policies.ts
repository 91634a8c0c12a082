import type {
  MatchCondition,
  MatchResources,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy as WirePolicy,
  ValidatingAdmissionPolicyBinding as WireBinding,
  Variable,
} from 'kubernetes-types/admissionregistration/v1';
import type { Rule } from './webhooks';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject, Stored } from '#lib/api/meta';
import { validateMutatingBinding, validateMutatingPolicy, validateValidatingBinding, validateValidatingPolicy } from './policy-validation';

/** Rules in CEL that a write must obey. */
export type ValidatingAdmissionPolicy = Stored<WirePolicy>;
/** Where such rules hold, and what happens then. */
export type ValidatingAdmissionPolicyBinding = Stored<WireBinding>;

/** One change that a policy makes. */
export interface Mutation {
  patchType: string;
  applyConfiguration?: { expression?: string };
  jsonPatch?: { expression?: string };
}

/** Changes in CEL that are made to a write. */
export interface MutatingAdmissionPolicy extends KubeObject {
  spec: {
    paramKind?: ParamKind;
    matchConstraints?: MatchResources;
    variables?: Variable[];
    mutations?: Mutation[];
    failurePolicy?: string;
    matchConditions?: MatchCondition[];
    reinvocationPolicy?: string;
  };
}

/** Where such changes are made. */
export interface MutatingAdmissionPolicyBinding extends KubeObject {
  spec: { policyName?: string; paramRef?: ParamRef; matchResources?: MatchResources };
}

const COMMON = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  categories: ['api-extensions'],
  scope: 'Cluster',
  hasGeneration: true,
} as const;

const kindText = (kind: ParamKind | undefined): string => (kind ? `${kind.apiVersion}/${kind.kind}` : '<unset>');

/** Mirrors pkg/registry/admissionregistration/validatingadmissionpolicy and SetDefaults_ValidatingAdmissionPolicySpec. */
export const ValidatingAdmissionPolicy = defineKind<ValidatingAdmissionPolicy>({
  ...COMMON,
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  subresources: ['status'],
  prepareCreate(draft) {
    draft.status = {};
  },
  defaults(draft) {
    const spec = (draft.spec ??= {});
    spec.failurePolicy ??= 'Fail';
    if (spec.matchConstraints) matchDefaults(spec.matchConstraints);
  },
  validate: validateValidatingPolicy,
  columns: [
    NAME,
    { name: 'Validations', type: 'integer', value: ({ spec }) => spec.validations?.length ?? 0 },
    { name: 'ParamKind', type: 'string', value: ({ spec }) => kindText(spec.paramKind) },
    AGE,
  ],
});

/** Mirrors pkg/registry/admissionregistration/validatingadmissionpolicybinding. */
export const ValidatingAdmissionPolicyBinding = defineKind<ValidatingAdmissionPolicyBinding>({
  ...COMMON,
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  defaults: (draft) => bindingDefaults((draft.spec ??= {})),
  validate: validateValidatingBinding,
  columns: [
    NAME,
    { name: 'PolicyName', type: 'string', value: ({ spec }) => spec.policyName ?? '' },
    { name: 'ParamRef', type: 'string', value: ({ spec }) => refText(spec.paramRef) },
    AGE,
  ],
});

/** Mirrors pkg/registry/admissionregistration/mutatingadmissionpolicy. */
export const MutatingAdmissionPolicy = defineKind<MutatingAdmissionPolicy>({
  ...COMMON,
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  defaults(draft) {
    const spec = (draft.spec ??= {});
    spec.failurePolicy ??= 'Fail';
    if (spec.matchConstraints) matchDefaults(spec.matchConstraints);
  },
  validate: validateMutatingPolicy,
  columns: [
    NAME,
    { name: 'Mutations', type: 'integer', value: ({ spec }) => spec.mutations?.length ?? 0 },
    { name: 'ParamKind', type: 'string', value: ({ spec }) => kindText(spec.paramKind) },
    AGE,
  ],
});

/** Mirrors pkg/registry/admissionregistration/mutatingadmissionpolicybinding. */
export const MutatingAdmissionPolicyBinding = defineKind<MutatingAdmissionPolicyBinding>({
  ...COMMON,
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  defaults: (draft) => bindingDefaults((draft.spec ??= {})),
  validate: validateMutatingBinding,
  columns: [
    NAME,
    { name: 'PolicyName', type: 'string', value: ({ spec }) => spec.policyName ?? '' },
    { name: 'ParamRef', type: 'string', value: ({ spec }) => refText(spec.paramRef) },
    AGE,
  ],
});

function matchDefaults(match: MatchResources): void {
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  const rules: Rule[] = [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])];
  for (const rule of rules) rule.scope ??= '*';
}

function bindingDefaults(spec: MutatingAdmissionPolicyBinding['spec']): void {
  if (spec.matchResources) matchDefaults(spec.matchResources);
}

/** `namespace/name`; `<unset>` when parameters are not chosen by name. */
function refText(ref: ParamRef | undefined): string {
  if (!ref?.name) return '<unset>';
  return ref.namespace ? `${ref.namespace}/${ref.name}` : ref.name;
}
