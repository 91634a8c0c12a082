import { sameValue } from '#lib/api/equality';
import { invalid, required, type FieldError } from '#lib/api/field-error';
import { regexOf } from '#lib/api/validation/regex';
import { hasFormat } from './formats';
import { isMembers, itemsOf, memberSchema, type JsonSchema, type Members } from './json-schema';

/**
 * Every complaint of a schema about a value, with the texts of kube-openapi/pkg/validation as apiextensions turns them into field
 * errors (`spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"`).
 * With `previous`, parts that did not change are not judged again (ratcheting); `previous` is undefined where there is no older value.
 */
export function valueErrors(value: unknown, schema: JsonSchema, path: string, previous?: { readonly value: unknown }): FieldError[] {
  const errors: FieldError[] = [];
  visit({ value, schema, path, previous }, errors);
  return errors;
}

interface Node {
  readonly value: unknown;
  readonly schema: JsonSchema;
  readonly path: string;
  readonly previous: { readonly value: unknown } | undefined;
}

function visit(node: Node, errors: FieldError[]): void {
  const { value, schema, path, previous } = node;
  const isSame = previous !== undefined && sameValue(value, previous.value);
  const own = isSame ? [] : errors; // what did not change was accepted once
  if (value === null) {
    if (schema.nullable !== true && (schema.type !== undefined || schema['x-kubernetes-int-or-string']))
      own.push(wrongType(path, schema, 'null'));
    return;
  }
  const problem = typeProblem(value, schema);
  if (problem !== undefined) {
    own.push(wrongType(path, schema, problem));
    return;
  }
  if (schema.enum && !schema.enum.some((each) => sameValue(each, value))) own.push(enumError(path, value, schema.enum));
  if (typeof value === 'string') textErrors(value, schema, path, own);
  else if (typeof value === 'number') numberErrors(value, schema, path, own);
  else if (Array.isArray(value)) listErrors(node, value, own, errors);
  else if (isMembers(value)) objectErrors(node, value, own, errors);
  combinationErrors(node, own);
}

/** JSON's word for a value, with whole numbers apart. */
function wordOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function typeProblem(value: unknown, schema: JsonSchema): string | undefined {
  const word = wordOf(value);
  if (schema['x-kubernetes-int-or-string']) return word === 'integer' || word === 'string' ? undefined : word;
  if (!schema.type || schema.type === word || (schema.type === 'number' && word === 'integer')) return undefined;
  return word;
}

const named = (path: string): string => `${path === '' ? '' : path} in body`;

function wrongType(path: string, schema: JsonSchema, word: string): FieldError {
  const wanted = schema['x-kubernetes-int-or-string'] ? 'integer,string' : (schema.type ?? '');
  return { type: 'FieldValueTypeInvalid', field: shown(path), value: word, detail: `${named(path)} must be of type ${wanted}: "${word}"` };
}

/** The root has no path. */
const shown = (path: string): string => (path === '' ? '<nil>' : path);

function enumError(path: string, value: unknown, allowed: readonly unknown[]): FieldError {
  const list = allowed.map((each) => (typeof each === 'string' ? JSON.stringify(each) : JSON.stringify(JSON.stringify(each)))).join(', ');
  return { type: 'FieldValueNotSupported', field: shown(path), value, detail: `supported values: ${list}` };
}

const complain = (errors: FieldError[], path: string, value: unknown, words: string): void =>
  void errors.push(invalid(shown(path), value, `${named(path)} ${words}`));

/** Characters, not UTF-16 units. */
const lengthOf = (text: string): number => (/[\ud800-\udfff]/.test(text) ? [...text].length : text.length);

function textErrors(value: string, schema: JsonSchema, path: string, errors: FieldError[]): void {
  const { maxLength, minLength, pattern, format } = schema;
  if (maxLength !== undefined && lengthOf(value) > maxLength) {
    errors.push({ type: 'FieldValueTooLong', field: shown(path), value, detail: `may not be more than ${maxLength} bytes` });
  }
  if (minLength !== undefined && lengthOf(value) < minLength) complain(errors, path, value, `should be at least ${minLength} chars long`);
  if (pattern) {
    const regex = regexOf(pattern);
    if (typeof regex === 'string' || !regex.test(value)) complain(errors, path, value, `should match '${pattern}'`);
  }
  if (format && !hasFormat(format, value)) complain(errors, path, value, `must be of type ${format}: ${JSON.stringify(value)}`);
}

/** Numbers as Go prints them. */
const goNumber = (value: number): string =>
  Math.abs(value) >= 1e21 || (value !== 0 && Math.abs(value) < 1e-4)
    ? value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
    : String(value);

function numberErrors(value: number, schema: JsonSchema, path: string, errors: FieldError[]): void {
  const { maximum, exclusiveMaximum, minimum, exclusiveMinimum, multipleOf, format } = schema;
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    complain(errors, path, value, `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${goNumber(maximum)}`);
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    complain(errors, path, value, `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${goNumber(minimum)}`);
  }
  if (multipleOf !== undefined && !isMultiple(value, multipleOf))
    complain(errors, path, value, `should be a multiple of ${goNumber(multipleOf)}`);
  if (format === 'int32' && (value > 2_147_483_647 || value < -2_147_483_648)) {
    errors.push(
      invalid(
        shown(path),
        value,
        `Checked value must be of type ${schema.type ?? 'integer'} with format int32 in ${path === '' ? 'body' : path}`,
      ),
    );
  }
}

const isMultiple = (value: number, of: number): boolean => Math.abs(value / of - Math.round(value / of)) < 1e-9;

function listErrors({ schema, path, previous }: Node, value: readonly unknown[], own: FieldError[], errors: FieldError[]): void {
  const { maxItems, minItems } = schema;
  if (maxItems !== undefined && value.length > maxItems)
    own.push({ type: 'FieldValueTooMany', field: shown(path), value: value.length, detail: `must have at most ${maxItems} items` });
  if (minItems !== undefined && value.length < minItems) complain(own, path, value.length, `should have at least ${minItems} items`);
  const items = itemsOf(schema);
  if (!items) return;
  const before = previousItems(schema, previous?.value);
  value.forEach((item, i) => visit({ value: item, schema: items, path: `${path}[${i}]`, previous: before(item) }, errors));
}

/** The older version of an item of a list: by its keys in a list of type map; items of other lists have none. */
function previousItems(schema: JsonSchema, previous: unknown): (item: unknown) => { readonly value: unknown } | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !keys || !Array.isArray(previous)) return () => undefined;
  return (item) => {
    const found = previous.find((other) => isMembers(other) && isMembers(item) && keys.every((key) => sameValue(other[key], item[key])));
    return found === undefined ? undefined : { value: found };
  };
}

function objectErrors({ schema, path, previous }: Node, value: Members, own: FieldError[], errors: FieldError[]): void {
  const { maxProperties, minProperties, required: names = [] } = schema;
  const count = Object.keys(value).length;
  if (maxProperties !== undefined && count > maxProperties)
    own.push({ type: 'FieldValueTooMany', field: shown(path), value: count, detail: `must have at most ${maxProperties} items` });
  if (minProperties !== undefined && count < minProperties) complain(own, path, count, `should have at least ${minProperties} properties`);
  for (const name of names) if (!Object.hasOwn(value, name)) own.push(required(below(path, name)));
  const before = isMembers(previous?.value) ? previous.value : undefined;
  for (const [name, member] of Object.entries(value)) {
    const memberOf = memberSchema(schema, name);
    if (!memberOf) continue;
    const older = before && Object.hasOwn(before, name) ? { value: before[name] } : undefined;
    visit({ value: member, schema: memberOf, path: below(path, name), previous: older }, errors);
  }
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function combinationErrors({ value, schema, path }: Node, errors: FieldError[]): void {
  for (const part of schema.allOf ?? []) visit({ value, schema: part, path, previous: undefined }, errors);
  const passes = (part: JsonSchema): boolean => valueErrors(value, part, path).length === 0;
  if (schema.anyOf?.length && !schema.anyOf.some(passes))
    combined(errors, schema.anyOf, value, path, `"${path}" must validate at least one schema (anyOf)`);
  if (schema.oneOf?.length) {
    const count = schema.oneOf.filter(passes).length;
    if (count === 0)
      combined(errors, schema.oneOf, value, path, `"${path}" must validate one and only one schema (oneOf). Found none valid`);
    else if (count > 1)
      errors.push(invalid(shown(path), '', `"${path}" must validate one and only one schema (oneOf). Found ${count} valid alternatives`));
  }
  if (schema.not && passes(schema.not)) errors.push(invalid(shown(path), '', `"${path}" must not validate the schema (not)`));
}

/** What fails all alternatives is told with the complaints of the one that fits best. */
function combined(errors: FieldError[], parts: readonly JsonSchema[], value: unknown, path: string, words: string): void {
  errors.push(invalid(shown(path), '', words));
  const best = parts.map((part) => valueErrors(value, part, path)).sort((a, b) => a.length - b.length)[0];
  if (best) errors.push(...best);
}
