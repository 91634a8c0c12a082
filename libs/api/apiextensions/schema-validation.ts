import { duplicate, forbidden, invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { isMembers, itemsOf, type JsonSchema } from './json-schema';
import { prune } from './prune';
import { valueErrors } from './value-validation';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Complaints about a schema that have nothing to do with its structure. Mirrors ValidateCustomResourceDefinitionOpenAPISchema. */
export function schemaErrors(field: string, schema: JsonSchema): FieldError[] {
  return [
    ...(schema.nullable === true ? [forbidden(`${field}.nullable`, 'nullable cannot be true at the root')] : []),
    ...nodeErrors(field, schema),
  ];
}

function nodeErrors(field: string, schema: JsonSchema): FieldError[] {
  return [
    ...refused(field, schema),
    ...listErrors(field, schema),
    ...mapErrors(field, schema),
    ...ruleErrors(field, schema),
    ...defaultErrors(field, schema),
    ...below(field, schema),
  ];
}

const UNSUPPORTED = ['definitions', 'dependencies', 'id', 'patternProperties', 'additionalItems', '$ref', '$schema'] as const;

function refused(field: string, schema: JsonSchema): FieldError[] {
  const { type = '', uniqueItems, additionalProperties, properties = {} } = schema;
  const hasBoth = additionalProperties !== undefined && additionalProperties !== true && Object.keys(properties).length > 0;
  return [
    ...(type !== '' && !TYPES.includes(type) ? [notSupported(`${field}.type`, type, TYPES)] : []),
    ...UNSUPPORTED.filter((name) => schema[name] !== undefined && schema[name] !== '').map((name) =>
      forbidden(`${field}.${name}`, `${name} is not supported`),
    ),
    ...(Array.isArray(schema.items) ? [forbidden(`${field}.items`, 'items must be a schema object and not an array')] : []),
    ...(uniqueItems
      ? [forbidden(`${field}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic')]
      : []),
    ...(hasBoth ? [forbidden(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive')] : []),
  ];
}

function listErrors(field: string, schema: JsonSchema): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const errors: FieldError[] = [];
  if (type !== undefined && schema.type !== 'array')
    errors.push(
      schema.type
        ? invalid(`${field}.type`, schema.type, 'must be array if x-kubernetes-list-type is specified')
        : required(`${field}.type`, 'must be array if x-kubernetes-list-type is specified'),
    );
  if (type !== undefined && !['atomic', 'map', 'set'].includes(type))
    errors.push(notSupported(`${field}.x-kubernetes-list-type`, type, ['atomic', 'map', 'set']));
  if (keys.length > 0 && type !== 'map') {
    errors.push(
      type === undefined
        ? required(`${field}.x-kubernetes-list-type`, 'must be map if x-kubernetes-list-map-keys is non-empty')
        : invalid(`${field}.x-kubernetes-list-type`, type, 'must be map if x-kubernetes-list-map-keys is non-empty'),
    );
  }
  if (type === 'map') errors.push(...mapListErrors(field, schema, keys));
  return errors;
}

function mapListErrors(field: string, schema: JsonSchema, keys: readonly string[]): FieldError[] {
  const items = itemsOf(schema);
  const listKeys = `${field}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) return [required(listKeys, 'must not be empty if x-kubernetes-list-type is map')];
  if (!items) return [required(`${field}.items`, 'must have a schema if x-kubernetes-list-type is map')];
  if (items.type !== 'object')
    return [invalid(`${field}.items.type`, items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map")];
  return keys.flatMap((name, i) => {
    const property = items.properties?.[name];
    if (keys.indexOf(name) < i) return [duplicate(`${listKeys}[${i}]`, name)];
    if (!property) return [invalid(`${listKeys}[${i}]`, name, 'entries must all be names of item properties')];
    if (property.type === 'array' || property.type === 'object')
      return [
        invalid(
          `${field}.items.properties[${name}].type`,
          property.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      ];
    const isSure = items.required?.includes(name) || property.default !== undefined;
    return isSure
      ? []
      : [
          required(
            `${field}.items.properties[${name}].default`,
            'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
          ),
        ];
  });
}

function mapErrors(field: string, schema: JsonSchema): FieldError[] {
  const type = schema['x-kubernetes-map-type'];
  if (type === undefined) return [];
  const errors: FieldError[] = [];
  if (schema.type !== 'object')
    errors.push(
      schema.type
        ? invalid(`${field}.type`, schema.type, 'must be object if x-kubernetes-map-type is specified')
        : required(`${field}.type`, 'must be object if x-kubernetes-map-type is specified'),
    );
  if (type !== 'atomic' && type !== 'granular') errors.push(notSupported(`${field}.x-kubernetes-map-type`, type, ['atomic', 'granular']));
  return errors;
}

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** What can be said of rules without reading their expressions. */
function ruleErrors(field: string, schema: JsonSchema): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule = '', message, messageExpression, reason }, i) => {
    const at = `${field}.x-kubernetes-validations[${i}]`;
    return [
      ...(rule.trim() === '' ? [required(`${at}.rule`, 'rule is not specified')] : []),
      ...(message && message.trim() === '' ? [invalid(`${at}.message`, message, 'message must be non-empty if specified')] : []),
      ...(message?.trim().includes('\n') ? [invalid(`${at}.message`, message, 'message must not contain line breaks')] : []),
      ...(rule.trim().includes('\n') && !message
        ? [required(`${at}.message`, 'message must be specified if rule contains line breaks')]
        : []),
      ...(messageExpression !== undefined && messageExpression !== '' && messageExpression.trim() === ''
        ? [required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified')]
        : []),
      ...(reason !== undefined && !REASONS.includes(reason) ? [notSupported(`${at}.reason`, reason, REASONS)] : []),
    ];
  });
}

/** A default must be what its own schema would take. */
function defaultErrors(field: string, schema: JsonSchema): FieldError[] {
  const value = schema.default;
  if (value === undefined) return [];
  const at = `${field}.default`;
  if (isMembers(value)) {
    const { unknown } = prune(value, schema);
    if (unknown.length > 0) return [invalid(at, value, `must not have unknown fields (${unknown.join(', ')})`)];
  }
  return valueErrors(value, schema, at);
}

function below(field: string, schema: JsonSchema): FieldError[] {
  const items = itemsOf(schema);
  return [
    ...(items ? nodeErrors(`${field}.items`, items) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, each]) => nodeErrors(`${field}.properties[${name}]`, each)),
    ...(typeof schema.additionalProperties === 'object' ? nodeErrors(`${field}.additionalProperties`, schema.additionalProperties) : []),
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((name) =>
      (schema[name] ?? []).flatMap((each, i) => nodeErrors(`${field}.${name}[${i}]`, each)),
    ),
    ...(schema.not ? nodeErrors(`${field}.not`, schema.not) : []),
  ];
}
