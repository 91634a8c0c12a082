import type { AuditAnnotation, ParamKind, ParamRef, Validation, Variable } from 'kubernetes-types/admissionregistration/v1';
import { duplicate, forbidden, invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { validateLabelSelector } from '#lib/api/validation/labels';
import { isDNS1035Label, isDNS1123Subdomain, isPathSegmentName, isQualifiedName } from '#lib/api/validation/names';
import { obeys, unsupported } from '#lib/api/validation/rules';
import { byteLength } from '#lib/api/validation/size';
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  Mutation,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from './policies';
import { FAILURE_POLICIES, REINVOCATIONS, validateMatchConditions, validateMatchResources, within } from './rule-validation';

const ACTIONS = ['Audit', 'Deny', 'Warn'];
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const MUTATING_OPERATIONS = ['*', 'CONNECT', 'CREATE', 'UPDATE'];
const PATCH_TYPES = ['ApplyConfiguration', 'JSONPatch'];
const MAX_ANNOTATIONS = 20;
const MAX_ANNOTATION_BYTES = 5 * 1024;
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

type Spec = ValidatingAdmissionPolicy['spec'] & MutatingAdmissionPolicy['spec'];

/** All but whether the expressions compile. Mirrors ValidateValidatingAdmissionPolicy. */
export function validateValidatingPolicy({ metadata, spec }: ValidatingAdmissionPolicy): FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec;
  const isEmpty = validations.length === 0 && auditAnnotations.length === 0;
  const detail = 'validations or auditAnnotations must contain at least one item';
  return [
    ...commonErrors(spec as Spec),
    ...(isEmpty ? [required('spec.validations', detail), required('spec.auditAnnotations', detail)] : []),
    ...validations.flatMap((validation, i) => validationErrors(validation, `spec.validations[${i}]`)),
    ...annotationErrors(metadata.name, auditAnnotations),
  ];
}

/** All but whether the expressions compile. Mirrors ValidateMutatingAdmissionPolicy. */
export function validateMutatingPolicy({ spec }: MutatingAdmissionPolicy): FieldError[] {
  const { mutations = [], reinvocationPolicy = '' } = spec;
  return [
    ...commonErrors(spec as Spec),
    ...operationErrors(spec.matchConstraints, 'spec.matchConstraints'),
    ...(mutations.length === 0 ? [required('spec.mutations', 'mutations must contain at least one item')] : []),
    ...mutations.flatMap((mutation, i) => mutationErrors(mutation, `spec.mutations[${i}]`)),
    ...(reinvocationPolicy === ''
      ? [required('spec.reinvocationPolicy')]
      : within('spec.reinvocationPolicy', reinvocationPolicy, REINVOCATIONS)),
  ];
}

/** Mirrors ValidateValidatingAdmissionPolicyBinding. */
export const validateValidatingBinding = ({ spec }: ValidatingAdmissionPolicyBinding): FieldError[] => [
  ...bindingErrors(spec),
  ...actionErrors(spec.validationActions ?? []),
];

/** Mirrors ValidateMutatingAdmissionPolicyBinding. */
export const validateMutatingBinding = ({ spec }: MutatingAdmissionPolicyBinding): FieldError[] => [
  ...bindingErrors(spec),
  ...operationErrors(spec.matchResources, 'spec.matchResources'),
];

function commonErrors({ failurePolicy, paramKind, matchConstraints, matchConditions, variables = [] }: Spec): FieldError[] {
  return [
    ...(failurePolicy === undefined ? [required('spec.failurePolicy')] : within('spec.failurePolicy', failurePolicy, FAILURE_POLICIES)),
    ...(paramKind ? paramKindErrors(paramKind, 'spec.paramKind') : []),
    ...(matchConstraints ? validateMatchResources(matchConstraints, 'spec.matchConstraints') : [required('spec.matchConstraints')]),
    ...(matchConstraints && !matchConstraints.resourceRules?.length ? [required('spec.matchConstraints.resourceRules')] : []),
    ...validateMatchConditions(matchConditions, 'spec.matchConditions'),
    ...variables.flatMap((variable, i) => variableErrors(variable, `spec.variables[${i}]`)),
  ];
}

/** What is changed must be there afterwards: a DELETE cannot be matched. */
const operationErrors = (match: Spec['matchConstraints'], field: string): FieldError[] =>
  ((match?.resourceRules ?? []) as { operations?: string[] }[])
    .flatMap(({ operations = [] }) => operations)
    .flatMap((operation) => within(`${field}.resourceRules.operations`, operation, MUTATING_OPERATIONS));

/** Mirrors validateParamKind. */
function paramKindErrors({ apiVersion = '', kind = '' }: ParamKind, field: string): FieldError[] {
  const kindTexts = isDNS1035Label(kind.toLowerCase());
  return [
    ...apiVersionErrors(apiVersion, `${field}.apiVersion`),
    ...(kind === '' ? [required(`${field}.kind`)] : []),
    ...(kind !== '' && kindTexts.length > 0
      ? [invalid(`${field}.kind`, kind, `may have mixed case, but should otherwise match: ${kindTexts.join(',')}`)]
      : []),
  ];
}

function apiVersionErrors(apiVersion: string, field: string): FieldError[] {
  if (apiVersion === '') return [required(field)];
  const parts = apiVersion === '/' ? ['', ''] : apiVersion.split('/');
  if (parts.length > 2) return [invalid(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [group = '', version = ''] = parts.length === 1 ? ['', parts[0]] : parts;
  const joined = (value: string, texts: readonly string[]): FieldError[] =>
    texts.length > 0 ? [invalid(field, value, texts.join(','))] : [];
  return [
    ...(group === '' ? [] : joined(group, isDNS1123Subdomain(group))),
    ...(version === '' ? [invalid(field, apiVersion, 'version must be specified')] : joined(version, isDNS1035Label(version))),
  ];
}

function variableErrors({ name = '', expression = '' }: Partial<Variable>, field: string): FieldError[] {
  const isIdentifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !RESERVED.has(name);
  return [
    ...(name.trim() === ''
      ? [required(`${field}.name`, 'name is not specified')]
      : isIdentifier
        ? []
        : [invalid(`${field}.name`, name, 'name is not a valid CEL identifier')]),
    ...(expression.trim() === '' ? [required(`${field}.expression`, 'expression is not specified')] : []),
  ];
}

function validationErrors(
  { expression = '', messageExpression = '', message = '', reason }: Partial<Validation>,
  field: string,
): FieldError[] {
  return [
    ...(expression.trim() === '' ? [required(`${field}.expression`, 'expression is not specified')] : []),
    ...(messageExpression !== '' && messageExpression.trim() === ''
      ? [invalid(`${field}.messageExpression`, messageExpression, 'must be non-empty if specified')]
      : []),
    ...(message !== '' && message.trim() === '' ? [invalid(`${field}.message`, message, 'message must be non-empty if specified')] : []),
    ...(/[\n\r]/.test(message.trim()) ? [invalid(`${field}.message`, message, 'message must not contain line breaks')] : []),
    ...within(`${field}.reason`, reason, REASONS),
  ];
}

/** Mirrors validateAuditAnnotation; the limit of length is told as upstream tells it, as something that is required. */
function annotationErrors(policy: string, annotations: readonly AuditAnnotation[]): FieldError[] {
  const field = 'spec.auditAnnotations';
  return [
    ...(annotations.length > MAX_ANNOTATIONS
      ? [invalid(field, annotations, `must not have more than ${MAX_ANNOTATIONS} auditAnnotations`)]
      : []),
    ...annotations.flatMap(({ key, valueExpression = '' }, i) => {
      const trimmed = valueExpression.trim();
      return [
        ...obeys(`${field}[${i}].key`, `${policy}/${key}`, isQualifiedName),
        ...(trimmed === '' ? [required(`${field}[${i}].valueExpression`, 'valueExpression is not specified')] : []),
        ...(byteLength(trimmed) > MAX_ANNOTATION_BYTES
          ? [required(`${field}[${i}].valueExpression`, `must not exceed ${MAX_ANNOTATION_BYTES} bytes in length`)]
          : []),
        ...(annotations.findIndex((other) => other.key === key) < i ? [duplicate(`${field}[${i}].key`, key)] : []),
      ];
    }),
  ];
}

/** Mirrors validateMutation. */
function mutationErrors({ patchType = '', applyConfiguration, jsonPatch }: Partial<Mutation>, field: string): FieldError[] {
  if (patchType === '') return [required(`${field}.patchType`)];
  if (!PATCH_TYPES.includes(patchType)) return [notSupported(`${field}.patchType`, patchType, PATCH_TYPES)];
  const [wanted, other] = patchType === 'JSONPatch' ? ['jsonPatch', 'applyConfiguration'] : ['applyConfiguration', 'jsonPatch'];
  const [body, stray] = patchType === 'JSONPatch' ? [jsonPatch, applyConfiguration] : [applyConfiguration, jsonPatch];
  return [
    ...(body ? [] : [required(`${field}.${wanted}`)]),
    ...(body && (body.expression ?? '').trim() === '' ? [required(`${field}.${wanted}.expression`, 'expression is not specified')] : []),
    ...(stray ? [invalid(`${field}.${other}`, `{${other}}`, `must not be set when patchType is ${patchType}`)] : []),
  ];
}

function bindingErrors({ policyName = '', paramRef, matchResources }: MutatingAdmissionPolicyBinding['spec']): FieldError[] {
  return [
    ...(policyName === '' ? [required('spec.policyName')] : obeys('spec.policyName', policyName, isDNS1123Subdomain)),
    ...(paramRef ? paramRefErrors(paramRef, 'spec.paramRef') : []),
    ...validateMatchResources(matchResources, 'spec.matchResources'),
  ];
}

/** Mirrors validateParamRef. */
function paramRefErrors({ name = '', selector, parameterNotFoundAction: action = '' }: ParamRef, field: string): FieldError[] {
  const isBoth = name !== '' && selector !== undefined;
  const detail = 'name and selector are mutually exclusive';
  return [
    ...(name === '' ? [] : obeys(`${field}.name`, name, isPathSegmentName)),
    ...(isBoth ? [forbidden(`${field}.name`, detail)] : []),
    ...validateLabelSelector(selector, `${field}.selector`),
    ...(isBoth ? [forbidden(`${field}.selector`, detail)] : []),
    ...(name === '' && selector === undefined ? [required(field, 'one of name or selector must be specified')] : []),
    ...(action === '' ? [required(`${field}.parameterNotFoundAction`)] : []),
    ...(action === '' || action === 'Deny' || action === 'Allow'
      ? []
      : [unsupported(`${field}.parameterNotFoundAction`, action, ['Deny', 'Allow'])]),
  ];
}

/** Mirrors validateValidationActions. */
function actionErrors(actions: readonly string[]): FieldError[] {
  const field = 'spec.validationActions';
  return [
    ...actions.flatMap((action, i) => [
      ...within(`${field}[${i}]`, action, ACTIONS),
      ...(actions.indexOf(action) < i ? [duplicate(`${field}[${i}]`, action)] : []),
    ]),
    ...(actions.includes('Deny') && actions.includes('Warn')
      ? [
          invalid(
            field,
            actions,
            'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
          ),
        ]
      : []),
    ...(actions.length === 0 ? [required(field, 'at least one validation action is required')] : []),
  ];
}
