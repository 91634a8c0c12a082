import { forbidden, invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { validateReviewVersions, validateWebhookClient } from '#lib/api/validation/webhook-client';
import { isDNS1035Label, isDNS1123Subdomain } from '#lib/api/validation/names';
import { validateImmutable } from '#lib/api/validation/meta';
import type { CustomResourceDefinition, DefinedVersion } from './customresourcedefinition';
import { columnErrors, selectableFieldErrors, subresourceErrors } from './definition-parts-validation';
import type { JsonSchema } from './json-schema';
import { schemaErrors } from './schema-validation';
import { structuralErrors } from './structural-validation';

/** Groups of Kubernetes itself need somebody's approval. */
const PROTECTED = /(^|\.)(k8s\.io|kubernetes\.io)$/;
/** The annotation that says who approved of it. */
export const APPROVAL = 'api-approved.kubernetes.io';

const joined = (field: string, value: string, problems: readonly string[], prefix = ''): FieldError[] =>
  problems.length === 0 ? [] : [invalid(field, value, prefix + problems.join(','))];

/**
 * Every complaint about a definition by itself but those about its rules. Mirrors
 * apiextensions/validation.ValidateCustomResourceDefinition.
 */
export function definitionErrors(definition: CustomResourceDefinition): FieldError[] {
  const { metadata, spec } = definition;
  const names = spec.names ?? { plural: '', kind: '' };
  const isNamedWell = metadata.name === `${names.plural}.${spec.group}`;
  return [
    ...(isNamedWell ? [] : [invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...approvalErrors(definition),
    ...groupErrors(spec.group),
    ...scopeErrors(spec.scope),
    ...versionErrors(spec.versions ?? []),
    ...(spec.preserveUnknownFields === true
      ? [
          invalid(
            'spec.preserveUnknownFields',
            true,
            'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
          ),
        ]
      : []),
    ...(['plural', 'singular', 'kind', 'listKind'] as const).flatMap((name) => (names[name] ? [] : [required(`spec.names.${name}`)])),
    ...nameErrors('spec.names', names),
    ...conversionErrors(spec),
  ];
}

function approvalErrors({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  if (!PROTECTED.test(spec.group ?? '')) return [];
  const approval = metadata.annotations?.[APPROVAL];
  const field = `metadata.annotations[${APPROVAL}]`;
  if (approval === undefined) {
    return [
      required(
        field,
        'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ),
    ];
  }
  if (approval.startsWith('unapproved') || /^https?:\/\/[^/]+/.test(approval)) return [];
  return [
    invalid(
      field,
      approval,
      'protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111',
    ),
  ];
}

function groupErrors(group = ''): FieldError[] {
  if (group === '') return [required('spec.group')];
  const problems = isDNS1123Subdomain(group);
  if (problems.length > 0) return joined('spec.group', group, problems);
  return group.includes('.') ? [] : [invalid('spec.group', group, 'should be a domain with at least one dot')];
}

function scopeErrors(scope = ''): FieldError[] {
  if (scope === '') return [required('spec.scope')];
  return ['Cluster', 'Namespaced'].includes(scope) ? [] : [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])];
}

function versionErrors(versions: readonly DefinedVersion[]): FieldError[] {
  const names = versions.map(({ name }) => name);
  return [
    ...versions.flatMap((version, i) => oneVersionErrors(version, `spec.versions[${i}]`)),
    ...(new Set(names).size < names.length ? [invalid('spec.versions', versions, 'must contain unique version names')] : []),
    ...(versions.filter(({ storage }) => storage).length === 1
      ? []
      : [invalid('spec.versions', versions, 'must have exactly one version marked as storage version')]),
  ];
}

function oneVersionErrors(version: DefinedVersion, field: string): FieldError[] {
  const { name = '', deprecated, deprecationWarning, schema, subresources, additionalPrinterColumns = [], selectableFields = [] } = version;
  const root = schema?.openAPIV3Schema as JsonSchema | undefined;
  const at = `${field}.schema.openAPIV3Schema`;
  return [
    ...joined(`${field}.name`, name, isDNS1035Label(name)),
    ...warningErrors(`${field}.deprecationWarning`, deprecationWarning, deprecated),
    ...(root ? [...schemaErrors(at, root), ...structuralErrors(at, root)] : [required(at, 'schemas are required')]),
    ...subresourceErrors(`${field}.subresources`, subresources),
    ...additionalPrinterColumns.flatMap((column, i) => columnErrors(`${field}.additionalPrinterColumns[${i}]`, column)),
    ...selectableFieldErrors(`${field}.selectableFields`, selectableFields, root),
  ];
}

const MAX_WARNING_BYTES = 256;

function warningErrors(field: string, warning: string | undefined, deprecated: boolean | undefined): FieldError[] {
  if (warning === undefined) return [];
  if (!deprecated) return [invalid(field, warning, 'can only be set for deprecated versions')];
  const isPrintable = !/\p{Cc}/u.test(warning);
  if (warning === '') return [invalid(field, warning, 'must not be an empty string')];
  if (!isPrintable)
    return [invalid(field, warning, 'must only contain printable UTF-8 characters; non-printable characters found at indices')];
  return new TextEncoder().encode(warning).length > MAX_WARNING_BYTES
    ? [{ type: 'FieldValueTooLong', field, value: warning, detail: `may not be more than ${MAX_WARNING_BYTES} bytes` }]
    : [];
}

type Names = CustomResourceDefinition['spec']['names'];

function nameErrors(field: string, names: Names): FieldError[] {
  const { plural = '', singular = '', kind = '', listKind = '', shortNames = [], categories = [] } = names;
  const mixed = 'may have mixed case, but should otherwise match: ';
  const label = (name: string, value: string, prefix = ''): FieldError[] =>
    value === '' ? [] : joined(`${field}.${name}`, value, isDNS1035Label(value.toLowerCase()), prefix);
  return [
    ...(plural === '' ? [] : joined(`${field}.plural`, plural, isDNS1035Label(plural))),
    ...(singular === '' ? [] : joined(`${field}.singular`, singular, isDNS1035Label(singular))),
    ...label('kind', kind, mixed),
    ...label('listKind', listKind, mixed),
    ...shortNames.flatMap((name, i) => joined(`${field}.shortNames[${i}]`, name, isDNS1035Label(name))),
    ...(kind !== '' && kind === listKind ? [invalid(`${field}.listKind`, listKind, 'kind and listKind may not be the same')] : []),
    ...categories.flatMap((name, i) => joined(`${field}.categories[${i}]`, name, isDNS1035Label(name))),
  ];
}

function conversionErrors({ conversion }: CustomResourceDefinition['spec']): FieldError[] {
  const field = 'spec.conversion';
  if (!conversion) return [];
  const { strategy = '', webhook } = conversion;
  const errors: FieldError[] = [];
  if (strategy === '') errors.push(required(`${field}.strategy`));
  else if (strategy !== 'None' && strategy !== 'Webhook') errors.push(notSupported(`${field}.strategy`, strategy, ['None', 'Webhook']));
  if (strategy !== 'Webhook') {
    if (webhook) errors.push(forbidden(`${field}.webhook`, 'should not be set when strategy is not set to Webhook'));
    return errors;
  }
  const config = webhook?.clientConfig;
  if (!config) return [...errors, required(`${field}.webhook.clientConfig`, 'required when strategy is set to Webhook')];
  return [
    ...errors,
    ...validateWebhookClient(config, `${field}.webhook.clientConfig`),
    ...reviewErrors(`${field}.webhook.conversionReviewVersions`, webhook.conversionReviewVersions),
  ];
}

const reviewErrors = (field: string, versions: readonly string[] = []): FieldError[] =>
  versions.length === 0 ? [required(field)] : validateReviewVersions(versions, field);

/** Mirrors ValidateCustomResourceDefinitionUpdate; the definition by itself is checked as well. */
export function definitionUpdateErrors(definition: CustomResourceDefinition, previous: CustomResourceDefinition): FieldError[] {
  const [spec, old] = [definition.spec, previous.spec];
  const isEstablished = previous.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;
  return [
    ...(isEstablished
      ? [
          ...validateImmutable(spec.scope, old.scope, 'spec.scope'),
          ...validateImmutable(spec.names.kind, old.names.kind, 'spec.names.kind'),
        ]
      : []),
    ...validateImmutable(spec.group, old.group, 'spec.group'),
    ...validateImmutable(spec.names.plural, old.names.plural, 'spec.names.plural'),
    ...storedVersionErrors(definition),
  ];
}

function storedVersionErrors({ spec, status }: CustomResourceDefinition): FieldError[] {
  return (status?.storedVersions ?? []).flatMap((name, i) =>
    spec.versions.some((version) => version.name === name)
      ? []
      : [invalid(`status.storedVersions[${i}]`, name, 'must appear in spec.versions')],
  );
}

/** Mirrors ValidateUpdateCustomResourceDefinitionStatus. */
export const definitionStatusErrors = (definition: CustomResourceDefinition): FieldError[] => [
  ...nameErrors('status.acceptedNames', definition.status.acceptedNames ?? { kind: '', plural: '' }),
  ...((definition.status.storedVersions ?? []).length === 0 && definition.status.storedVersions
    ? [invalid('status.storedVersions', [], 'must have at least one stored version')]
    : []),
];
