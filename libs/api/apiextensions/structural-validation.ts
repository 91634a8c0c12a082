import { sameValue } from '#lib/api/equality';
import { errorText, forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { regexOf } from '#lib/api/validation/regex';
import { itemsOf, type JsonSchema } from './json-schema';

type Level = 'root' | 'item' | 'field';

/**
 * What a schema must be so that fields can be pruned, defaulted and merged. Mirrors
 * apiextensions-apiserver/pkg/apiserver/schema/{validation,complete}.go.
 */
export function structuralErrors(field: string, schema: JsonSchema): FieldError[] {
  const errors = [...invariants(schema, 'root', field), ...completeness(schema, schema, field, field)];
  return errors.sort((a, b) => (errorText(a) < errorText(b) ? -1 : 1));
}

const key = (field: string, name: string): string => `${field}.properties[${name}]`;

function invariants(schema: JsonSchema, level: Level, field: string): FieldError[] {
  const { type = '', properties = {}, additionalProperties } = schema;
  const items = itemsOf(schema);
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  return [
    ...(type === 'array' && !items ? [required(`${field}.items`, 'must be specified')] : []),
    ...(items ? invariants(items, 'item', `${field}.items`) : []),
    ...Object.entries(properties).flatMap(([name, each]) => invariants(each, 'field', key(field, name))),
    ...(additionalProperties !== undefined && level === 'root'
      ? [forbidden(`${field}.additionalProperties`, 'must not be used at the root')]
      : []),
    ...(typeof additionalProperties === 'object' ? invariants(additionalProperties, 'field', `${field}.additionalProperties`) : []),
    ...extensionErrors(schema, field),
    ...valueErrors(schema, field, isIntOrStringAnyOf(schema), isIntOrStringAllOf(schema)),
    ...typeErrors(schema, level, field),
    ...(isEmbedded && additionalProperties !== undefined
      ? [forbidden(`${field}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set')]
      : []),
    ...(level === 'root' && type !== '' && type !== 'object' ? [invalid(`${field}.type`, type, 'must be object at the root')] : []),
    ...metadataErrors(schema, level, field),
    ...(isEmbedded && !schema['x-kubernetes-preserve-unknown-fields'] && Object.keys(properties).length === 0
      ? [
          required(
            `${field}.properties`,
            'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
          ),
        ]
      : []),
  ];
}

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function typeErrors(schema: JsonSchema, level: Level, field: string): FieldError[] {
  const { type = '' } = schema;
  if (schema['x-kubernetes-embedded-resource'] && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    return [type === '' ? required(`${field}.type`, detail) : invalid(`${field}.type`, type, detail)];
  }
  if (type !== '' || schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields']) return [];
  return [required(`${field}.type`, EMPTY_TYPE[level])];
}

function extensionErrors(schema: JsonSchema, field: string): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return [];
  const detail = 'must be false if x-kubernetes-int-or-string is true';
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter((name) => schema[name])
    .map((name) => invalid(`${field}.${name}`, true, detail));
}

/** A schema may say of metadata only what names it allows. */
function metadataErrors(schema: JsonSchema, level: Level, field: string): FieldError[] {
  const isChecked = level === 'root' || schema['x-kubernetes-embedded-resource'] === true;
  const { kind, apiVersion, metadata } = schema.properties ?? {};
  const wrong = (name: string, each: JsonSchema | undefined): FieldError[] =>
    isChecked && each && each.type !== 'string' ? [invalid(`${key(field, name)}.type`, each.type ?? '', 'must be string')] : [];
  const errors = [...wrong('kind', kind), ...wrong('apiVersion', apiVersion)];
  if (!metadata || !isChecked) return errors;
  if (metadata.type !== 'object') errors.push(invalid(`${key(field, 'metadata')}.type`, metadata.type ?? '', 'must be object'));
  const { type: _type, properties = {}, description: _description, default: _default, ...rest } = metadata;
  const isOnlyNames = Object.keys(properties).every((name) => name === 'name' || name === 'generateName');
  if (level === 'root' && (!isOnlyNames || hasStructure(rest))) {
    errors.push(
      forbidden(key(field, 'metadata'), 'must not specify anything other than name and generateName, but metadata is implicitly specified'),
    );
  }
  return errors;
}

const hasStructure = (rest: JsonSchema): boolean =>
  Object.keys(rest).some((name) => name.startsWith('x-') || name === 'additionalProperties' || name === 'items' || name === 'nullable');

const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];
const isIntOrStringAnyOf = ({ anyOf }: JsonSchema): boolean => anyOf !== undefined && sameValue(anyOf, INT_OR_STRING);
const isIntOrStringAllOf = ({ allOf }: JsonSchema): boolean => allOf?.[0] !== undefined && isIntOrStringAnyOf(allOf[0]);

function valueErrors(schema: JsonSchema, field: string, skipAnyOf: boolean, skipFirstAllOf: boolean): FieldError[] {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  const problem = pattern ? regexOf(pattern) : undefined;
  return [
    ...(skipAnyOf ? [] : anyOf.flatMap((each, i) => nestedErrors(each, `${field}.anyOf[${i}]`, false))),
    ...allOf.flatMap((each, i) => nestedErrors(each, `${field}.allOf[${i}]`, skipFirstAllOf && i === 0)),
    ...oneOf.flatMap((each, i) => nestedErrors(each, `${field}.oneOf[${i}]`, false)),
    ...(not ? nestedErrors(not, `${field}.not`, false) : []),
    ...(typeof problem === 'string'
      ? [invalid(`${field}.pattern`, pattern, `must be a valid regular expression, but isn't: ${problem}`)]
      : []),
  ];
}

const MUST_BE: readonly (readonly [keyof JsonSchema, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['externalDocs', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

/** Below allOf and its sisters a schema may only judge values: what there is must be said outside. */
function nestedErrors(schema: JsonSchema, field: string, skipAnyOf: boolean): FieldError[] {
  const items = itemsOf(schema);
  const isSet = (name: keyof JsonSchema): boolean => {
    const value = schema[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '' && value !== false;
  };
  return [
    ...valueErrors(schema, field, skipAnyOf, false),
    ...(items ? nestedErrors(items, `${field}.items`, false) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, each]) => nestedErrors(each, key(field, name), false)),
    ...MUST_BE.filter(([name]) => isSet(name)).map(([name, detail]) => forbidden(`${field}.${name}`, detail)),
    ...(schema.properties?.metadata ? [forbidden(key(field, 'metadata'), 'must not be specified in a nested context')] : []),
  ];
}

/** Whatever a nested schema judges must be there outside of it, too. */
function completeness(schema: JsonSchema, outside: JsonSchema | undefined, field: string, at: string): FieldError[] {
  const own = itemsOf(schema);
  return [
    ...nestedCompleteness(schema, outside, field, at),
    ...(own ? completeness(own, own, `${field}.items`, `${at}.items`) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, each]) => completeness(each, each, key(field, name), key(at, name))),
    ...(typeof schema.additionalProperties === 'object'
      ? completeness(
          schema.additionalProperties,
          schema.additionalProperties,
          `${field}.additionalProperties`,
          `${at}.additionalProperties`,
        )
      : []),
  ];
}

const ALTERNATIVES = ['allOf', 'anyOf', 'oneOf'] as const;

function nestedCompleteness(schema: JsonSchema, outside: JsonSchema | undefined, field: string, at: string): FieldError[] {
  const parts: [JsonSchema, string][] = ALTERNATIVES.flatMap((name) =>
    (schema[name] ?? []).map((each, i): [JsonSchema, string] => [each, `${at}.${name}[${i}]`]),
  );
  if (schema.not) parts.push([schema.not, `${at}.not`]);
  return parts.flatMap(([part, where]) => covered(part, outside, field, where));
}

function covered(part: JsonSchema, outside: JsonSchema | undefined, field: string, at: string): FieldError[] {
  if (!outside) return [required(field, `because it is defined in ${at}`)];
  const items = itemsOf(part);
  return [
    ...nestedCompleteness(part, outside, field, at),
    ...(items ? covered(items, itemsOf(outside), `${field}.items`, `${at}.items`) : []),
    ...Object.entries(part.properties ?? {}).flatMap(([name, each]) =>
      covered(each, outside.properties?.[name], key(field, name), key(at, name)),
    ),
  ];
}
