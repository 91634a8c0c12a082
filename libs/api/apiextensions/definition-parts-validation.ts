import { duplicate, invalid, required, type FieldError } from '#lib/api/field-error';
import { parseJsonPath } from './json-path';
import type { JsonSchema } from './json-schema';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

interface PrinterColumn {
  readonly name?: string;
  readonly type?: string;
  readonly format?: string;
  readonly jsonPath?: string;
}

/** Mirrors ValidateCustomResourceColumnDefinition. */
export function columnErrors(field: string, { name, type, format, jsonPath }: PrinterColumn): FieldError[] {
  return [
    ...(name ? [] : [required(`${field}.name`)]),
    ...(type ? [] : [required(`${field}.type`, `must be one of ${COLUMN_TYPES.join(',')}`)]),
    ...(type && !COLUMN_TYPES.includes(type) ? [invalid(`${field}.type`, type, `must be one of ${COLUMN_TYPES.join(',')}`)] : []),
    ...(format && !COLUMN_FORMATS.includes(format)
      ? [invalid(`${field}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`)]
      : []),
    ...(jsonPath ? pathErrors(`${field}.jsonPath`, jsonPath) : [required(`${field}.jsonPath`)]),
  ];
}

function pathErrors(field: string, path: string): FieldError[] {
  if (!path.startsWith('.')) return [invalid(field, path, 'must be a simple json path starting with .')];
  return parseJsonPath(path) ? [] : [invalid(field, path, 'is an invalid json path')];
}

interface Subresources {
  readonly scale?: { readonly specReplicasPath?: string; readonly statusReplicasPath?: string; readonly labelSelectorPath?: string };
}

/** Mirrors ValidateCustomResourceDefinitionSubresources. */
export function subresourceErrors(field: string, subresources: Subresources | undefined): FieldError[] {
  const scale = subresources?.scale;
  if (!scale) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const under = (name: string, path: string | undefined, roots: readonly string[], words: string): FieldError[] => {
    if (!path) return [required(`${field}.scale.${name}`)];
    const isPlain = path.startsWith('.') && !/[[\]]/.test(path);
    if (!isPlain) return [invalid(`${field}.scale.${name}`, path, 'is an invalid json path')];
    return roots.some((root) => path.startsWith(`${root}.`))
      ? []
      : [invalid(`${field}.scale.${name}`, path, `should be a json path under ${words}`)];
  };
  return [
    ...under('specReplicasPath', specReplicasPath, ['.spec'], '.spec'),
    ...under('statusReplicasPath', statusReplicasPath, ['.status'], '.status'),
    ...(labelSelectorPath ? under('labelSelectorPath', labelSelectorPath, ['.spec', '.status'], 'either .spec or .status') : []),
  ];
}

const MAX_SELECTABLE = 8;

/** Mirrors ValidateCustomResourceSelectableFields. */
export function selectableFieldErrors(
  field: string,
  fields: readonly { readonly jsonPath?: string }[],
  schema: JsonSchema | undefined,
): FieldError[] {
  const seen = new Set<string>();
  const errors = fields.flatMap(({ jsonPath = '' }, i) => {
    const at = `${field}[${i}].jsonPath`;
    if (jsonPath === '') return [required(at)];
    if (seen.has(jsonPath)) return [duplicate(at, jsonPath)];
    seen.add(jsonPath);
    return selectableErrors(at, jsonPath, schema);
  });
  return fields.length > MAX_SELECTABLE
    ? [...errors, { type: 'FieldValueTooMany', field, value: fields.length, detail: `must have at most ${MAX_SELECTABLE} items` }]
    : errors;
}

function selectableErrors(at: string, path: string, schema: JsonSchema | undefined): FieldError[] {
  const members = path.startsWith('.') ? parseJsonPath(path)?.members : undefined;
  if (!members) return [invalid(at, path, 'is an invalid path: expected [ or . but got: ' + path)];
  if (members[0] === 'metadata') return [invalid(at, path, 'must not point to fields in metadata')];
  let found: JsonSchema | undefined = schema;
  for (const member of members) found = found?.properties?.[member];
  if (!found) return [invalid(at, path, 'is an invalid path: does not refer to a valid field')];
  return ['string', 'boolean', 'integer'].includes(found.type ?? '')
    ? []
    : [
        invalid(
          at,
          path,
          'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        ),
      ];
}
