import { sameValue } from '#lib/api/equality';
import { duplicate, errorText, forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import type { RuleCheck } from '#lib/api/apiextensions/custom-kind';
import { isMembers, itemsOf, memberSchema, type JsonSchema, type ValidationRule } from '#lib/api/apiextensions/json-schema';
import { PER_CALL_LIMIT, REQUEST_BUDGET } from '../environment';
import { CelCostExceeded, CelError } from '../issues';
import { Optional } from '../values';
import { rulesAt, type CompiledRule } from './compiled-rule';

/** Nothing more is evaluated: the request has cost too much. */
class OutOfBudget extends Error {}

/** One walk over one object. */
interface Walk {
  budget: number;
  readonly errors: FieldError[];
  readonly warnings: string[];
}

interface Node {
  readonly value: unknown;
  /** The value before, where one can be told to be the same thing; undefined where not. */
  readonly old: unknown;
  readonly schema: JsonSchema;
  readonly path: string;
  readonly isResource: boolean;
  /** Nothing here changed: complaints become warnings. */
  readonly isSame: boolean;
}

const found = new WeakMap<JsonSchema, boolean>();

/** Most parts of most schemas have no rules: they are not walked. */
function hasRules(schema: JsonSchema): boolean {
  let has = found.get(schema);
  if (has === undefined) {
    const items = itemsOf(schema);
    const below = [
      ...Object.values(schema.properties ?? {}),
      ...(items ? [items] : []),
      ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
    ];
    has = (schema['x-kubernetes-validations']?.length ?? 0) > 0 || below.some(hasRules);
    found.set(schema, has);
  }
  return has;
}

/** The check of a schema's rules; undefined when it has none. Mirrors apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go. */
export function ruleCheckOf(root: JsonSchema): RuleCheck | undefined {
  if (!hasRules(root)) return undefined;
  return (object, previous, warnings) => {
    const walk: Walk = { budget: REQUEST_BUDGET, errors: [], warnings };
    try {
      visit({ value: object, old: previous, schema: root, path: '', isResource: true, isSame: false }, walk);
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
    }
    return walk.errors;
  };
}

function visit(node: Node, walk: Walk): void {
  const { value, schema } = node;
  if (value === null || value === undefined) return;
  for (const rule of rulesAt(schema, node.isResource)) evaluate(rule, node, walk);
  if (Array.isArray(value)) visitItems(node, value, walk);
  else if (isMembers(value)) visitMembers(node, value, walk);
}

function visitItems({ schema, path, old, isSame }: Node, list: readonly unknown[], walk: Walk): void {
  const items = itemsOf(schema);
  if (!items || !hasRules(items)) return;
  const keys = schema['x-kubernetes-list-type'] === 'map' ? schema['x-kubernetes-list-map-keys'] : undefined;
  const olds = keys && Array.isArray(old) ? old : [];
  list.forEach((value, i) => {
    const before =
      keys && olds.find((other) => isMembers(other) && isMembers(value) && keys.every((key) => sameValue(other[key], value[key])));
    visit(below(items, `${path}[${i}]`, value, before, isSame), walk);
  });
}

function visitMembers({ schema, path, old, isSame }: Node, members: Record<string, unknown>, walk: Walk): void {
  const isGranular = schema['x-kubernetes-map-type'] !== 'atomic';
  const isMap = schema.properties === undefined;
  for (const [name, value] of Object.entries(members)) {
    const member = memberSchema(schema, name);
    if (!member || !hasRules(member)) continue;
    const before = isGranular && isMembers(old) && Object.hasOwn(old, name) ? old[name] : undefined;
    visit(below(member, isMap ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`, value, before, isSame), walk);
  }
}

const below = (schema: JsonSchema, path: string, value: unknown, old: unknown, isSame: boolean): Node => ({
  schema,
  path,
  value,
  old,
  isResource: schema['x-kubernetes-embedded-resource'] === true,
  isSame: isSame || (old !== undefined && sameValue(value, old)),
});

function evaluate(compiled: CompiledRule, node: Node, walk: Walk): void {
  const { rule, program, usesOld, problem } = compiled;
  const { path, schema, value, old } = node;
  const type = schema.type ?? '';
  const field = path === '' ? '<nil>' : path;
  if (problem !== undefined) return void walk.errors.push(invalid(field, type, `rule compile error: ${problem}`));
  if (!program || (usesOld && old === undefined && !rule.optionalOldSelf)) return;
  const oldSelf = rule.optionalOldSelf ? (old === undefined ? Optional.none : Optional.of(old)) : old;
  const spent = { cost: 0 };
  try {
    const { value: holds } = program.evaluate({ self: value, oldSelf }, PER_CALL_LIMIT, spent);
    pay(spent.cost, field, type, walk);
    if (holds === true) return;
  } catch (error) {
    pay(spent.cost, field, type, walk);
    failed(error, rule, field, type, walk);
    return;
  }
  const complaint = complaintOf(rule, field, type, messageOf(compiled, { self: value, oldSelf }, field, type, walk));
  if (!usesOld && node.isSame) walk.warnings.push(errorText(complaint));
  else walk.errors.push(complaint);
}

function pay(cost: number, field: string, type: string, walk: Walk): void {
  walk.budget -= cost;
  if (walk.budget >= 0) return;
  walk.errors.push(invalid(field, type, 'validation failed due to running out of cost budget, no further validation rules will be run'));
  throw new OutOfBudget();
}

function failed(error: unknown, rule: ValidationRule, field: string, type: string, walk: Walk): void {
  const text = textOf(rule);
  if (error instanceof CelCostExceeded) {
    walk.errors.push(
      invalid(field, type, `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${text}`),
    );
    throw new OutOfBudget();
  }
  if (!(error instanceof CelError)) throw error;
  const detail = error.message.startsWith('no such overload')
    ? `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${text}`
    : `${error.message} evaluating rule: ${text}`;
  walk.errors.push(invalid(field, type, detail));
}

const textOf = ({ rule, message }: ValidationRule): string => (message ? message : rule).trim();

const MAX_MESSAGE_BYTES = 5 * 1024;

/** What a broken rule says: its expression's value when it has one that can be shown, else its text. */
function messageOf({ rule, message }: CompiledRule, variables: Record<string, unknown>, field: string, type: string, walk: Walk): string {
  const fallback = rule.message ? rule.message.trim() : `failed rule: ${textOf(rule)}`;
  if (!message) return fallback;
  const spent = { cost: 0 };
  try {
    const { value } = message.evaluate(variables, PER_CALL_LIMIT, spent);
    pay(spent.cost, field, type, walk);
    const text = String(value).trim();
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > MAX_MESSAGE_BYTES ? fallback : text;
  } catch (error) {
    if (error instanceof CelError) return fallback;
    if (!(error instanceof CelCostExceeded)) throw error;
    walk.errors.push(
      invalid(
        field,
        type,
        `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(rule.messageExpression)}`,
      ),
    );
    throw new OutOfBudget();
  }
}

function complaintOf({ reason, fieldPath }: ValidationRule, path: string, type: string, detail: string): FieldError {
  const tail = (fieldPath ?? '')
    .replace(/\['((?:[^'\\]|\\.)*)'\]/g, (_all, name: string) => `.${name.replace(/\\(.)/g, '$1')}`)
    .replace(/^\./, '');
  const field = tail === '' ? path : path === '<nil>' ? tail : `${path}.${tail}`;
  switch (reason) {
    case 'FieldValueForbidden':
      return forbidden(field, detail);
    case 'FieldValueRequired':
      return required(field, detail);
    case 'FieldValueDuplicate':
      return duplicate(field, type);
    default:
      return invalid(field, type, detail);
  }
}
