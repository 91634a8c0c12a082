import { MutatingAdmissionPolicy, ValidatingAdmissionPolicy } from '#lib/api/admissionregistration/policies';
import { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '#lib/api/admissionregistration/webhooks';
import { invalidObject } from '#lib/api/errors';
import { invalid, type FieldError } from '#lib/api/field-error';
import type { MatchCondition, Variable } from 'kubernetes-types/admissionregistration/v1';
import type { CelEnvironment } from '#lib/cel/environment';
import { BOOL, listType, NULL, STRING, type CelType } from '#lib/cel/types';
import type { AdmissionPlugin, AdmissionRequest } from '../plugin';
import { compiled, CompileProblem, environmentsOf, OBJECT_TYPE, PATCH_TYPE, plainEnvironment, type Named } from './environment';

/** Expressions of webhooks and policies must compile before they are stored. Mirrors pkg/apis/admissionregistration/validation. */
export const expressionCheck: AdmissionPlugin = {
  name: 'AdmissionExpressions',
  settle(request) {
    if (request.kind.group !== 'admissionregistration.k8s.io' || request.operation === 'DELETE' || request.subresource) return;
    const errors = errorsOf(request);
    if (errors.length > 0) throw invalidObject(request.kind.group, request.kind.kind, request.object.metadata.name, errors);
  },
};

type Specs = ValidatingAdmissionPolicy['spec'] & MutatingAdmissionPolicy['spec'];

function errorsOf({ kind, object }: AdmissionRequest): FieldError[] {
  if (kind === MutatingWebhookConfiguration || kind === ValidatingWebhookConfiguration) {
    const { webhooks = [] } = object as MutatingWebhookConfiguration;
    return webhooks.flatMap(({ matchConditions }, i) =>
      conditionErrors(`webhooks[${i}].matchConditions`, matchConditions, plainEnvironment),
    );
  }
  return kind === ValidatingAdmissionPolicy || kind === MutatingAdmissionPolicy
    ? policyErrors((object as unknown as { spec: Specs }).spec)
    : [];
}

function policyErrors({
  paramKind,
  variables = [],
  matchConditions,
  validations = [],
  auditAnnotations = [],
  mutations = [],
}: Specs): FieldError[] {
  const { main, messages, conditions, named } = environmentsOf(variables, paramKind !== undefined);
  return [
    ...conditionErrors('spec.matchConditions', matchConditions, conditions),
    ...variableErrors(variables, named),
    ...validations.flatMap(({ expression, messageExpression }, i) => [
      ...problem(`spec.validations[${i}].expression`, expression, main, [BOOL], 'bool'),
      ...problem(`spec.validations[${i}].messageExpression`, messageExpression, messages, [STRING], 'string'),
    ]),
    ...auditAnnotations.flatMap(({ valueExpression }, i) =>
      problem(`spec.auditAnnotations[${i}].valueExpression`, valueExpression, main, [STRING, NULL], 'string or null_type'),
    ),
    ...mutations.flatMap(({ applyConfiguration, jsonPatch }, i) => [
      ...problem(`spec.mutations[${i}].applyConfiguration.expression`, applyConfiguration?.expression, main, [OBJECT_TYPE], 'Object'),
      ...problem(`spec.mutations[${i}].jsonPatch.expression`, jsonPatch?.expression, main, [listType(PATCH_TYPE)], 'list(JSONPatch)'),
    ]),
  ];
}

/** Each sees those before it. */
const variableErrors = (variables: readonly Variable[], named: readonly Named[]): FieldError[] =>
  named.flatMap(({ program }, i) =>
    program instanceof CompileProblem ? [invalid(`spec.variables[${i}].expression`, variables[i]?.expression, program.message)] : [],
  );

const conditionErrors = (field: string, conditions: readonly MatchCondition[] = [], environment: CelEnvironment): FieldError[] =>
  conditions.flatMap(({ expression }, i) => problem(`${field}[${i}].expression`, expression, environment, [BOOL], 'bool'));

function problem(
  field: string,
  source: string | undefined,
  environment: CelEnvironment,
  types: readonly CelType[],
  words: string,
): FieldError[] {
  if (!source?.trim()) return [];
  const program = compiled(environment, source, types, words);
  return program instanceof CompileProblem ? [invalid(field, source, program.message)] : [];
}
