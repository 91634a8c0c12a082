import type { MutatingWebhook, ValidatingWebhook } from 'kubernetes-types/admissionregistration/v1';
import { duplicate, invalid, required, type FieldError } from '#lib/api/field-error';
import { validateLabelSelector } from '#lib/api/validation/labels';
import { isDNS1123Subdomain } from '#lib/api/validation/names';
import { REVIEW_VERSIONS, validateReviewVersions, validateWebhookClient } from '#lib/api/validation/webhook-client';
import { FAILURE_POLICIES, MATCH_POLICIES, REINVOCATIONS, validateMatchConditions, validateRule, within } from './rule-validation';
import type { Rule } from './webhooks';

type Hook = Partial<MutatingWebhook & ValidatingWebhook>;

interface Configuration {
  readonly webhooks?: readonly Hook[];
}

/** Rules that came later than objects: they hold where the version before obeyed them. */
interface Strictness {
  readonly sideEffects: boolean;
  readonly knownVersions: boolean;
  readonly uniqueNames: boolean;
}

const STRICT: Strictness = { sideEffects: true, knownVersions: true, uniqueNames: true };
const NO_SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const SIDE_EFFECTS = ['None', 'NoneOnDryRun', 'Some', 'Unknown'];

/** Mirrors ValidateValidatingWebhookConfiguration and ValidateMutatingWebhookConfiguration. */
export const validateWebhooks = (configuration: Configuration): FieldError[] => errorsOf(configuration, STRICT);

/** Mirrors ValidateValidatingWebhookConfigurationUpdate and its mutating sister. */
export function validateWebhooksStep(configuration: Configuration, { webhooks: old = [] }: Configuration): FieldError[] {
  return errorsOf(configuration, {
    sideEffects: old.every(({ sideEffects }) => NO_SIDE_EFFECTS.includes(sideEffects ?? '')),
    knownVersions: old.every(
      ({ admissionReviewVersions: list = [] }) => list.length === 0 || list.some((version) => REVIEW_VERSIONS.includes(version)),
    ),
    uniqueNames: new Set(old.map(({ name }) => name)).size === old.length,
  });
}

function errorsOf({ webhooks = [] }: Configuration, strict: Strictness): FieldError[] {
  return webhooks.flatMap((hook, i) => {
    const { name, admissionReviewVersions: versions = [] } = hook;
    const field = `webhooks[${i}]`;
    const isRepeated = strict.uniqueNames && name && webhooks.findIndex((other) => other.name === name) < i;
    return [
      ...hookErrors(hook, field, strict),
      ...(versions.length === 0
        ? [required(`${field}.admissionReviewVersions`, `must specify one of ${REVIEW_VERSIONS.join(', ')}`)]
        : validateReviewVersions(versions, `${field}.admissionReviewVersions`, strict.knownVersions)),
      ...(isRepeated ? [duplicate(`${field}.name`, name)] : []),
    ];
  });
}

function hookErrors(hook: Hook, field: string, strict: Strictness): FieldError[] {
  const { sideEffects, timeoutSeconds: timeout, clientConfig = {} } = hook;
  const allowed = strict.sideEffects ? NO_SIDE_EFFECTS : SIDE_EFFECTS;
  return [
    ...threePartName(hook.name ?? '', `${field}.name`),
    ...((hook.rules ?? []) as Rule[]).flatMap((rule, i) => validateRule(rule, `${field}.rules[${i}]`)),
    ...within(`${field}.failurePolicy`, hook.failurePolicy, FAILURE_POLICIES),
    ...within(`${field}.matchPolicy`, hook.matchPolicy, MATCH_POLICIES),
    ...(sideEffects === undefined
      ? [required(`${field}.sideEffects`, `must specify one of ${allowed.join(', ')}`)]
      : within(`${field}.sideEffects`, sideEffects, allowed)),
    ...(timeout !== undefined && (timeout > 30 || timeout < 1)
      ? [invalid(`${field}.timeoutSeconds`, timeout, 'the timeout value must be between 1 and 30 seconds')]
      : []),
    ...validateLabelSelector(hook.namespaceSelector, `${field}.namespaceSelector`),
    ...validateLabelSelector(hook.objectSelector, `${field}.objectSelector`),
    ...within(`${field}.reinvocationPolicy`, hook.reinvocationPolicy, REINVOCATIONS),
    ...validateWebhookClient(clientConfig, `${field}.clientConfig`),
    ...validateMatchConditions((hook as { matchConditions?: [] }).matchConditions, `${field}.matchConditions`),
  ];
}

/** `check.example.com`. Mirrors IsFullyQualifiedName. */
function threePartName(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  const texts = isDNS1123Subdomain(name);
  if (texts.length > 0) return [invalid(field, name, texts.join(','))];
  return name.split('.').length < 3 ? [invalid(field, name, 'should be a domain with at least three segments separated by dots')] : [];
}
