import type { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { schemaOf } from '#lib/api/apiextensions/customresourcedefinition';
import { forbidden, invalid, type FieldError } from '#lib/api/field-error';
import { itemsOf, type JsonSchema } from '#lib/api/apiextensions/json-schema';
import { rulesAt } from './compiled-rule';
import { typeOfSchema } from './schema-type';

/** Upstream's limits for what the rules of a definition may cost by estimate. */
const PER_RULE_LIMIT = 10_000_000;
const TOTAL_LIMIT = 100_000_000;

/** How often a node can occur in one object; Infinity where the schema sets no limit. */
interface Place {
  readonly field: string;
  readonly times: number;
  readonly isResource: boolean;
  /** The list or map on the way whose items cannot be told apart over time; undefined while there is none. */
  readonly uncorrelated: string | undefined;
}

interface Total {
  cost: number;
}

/**
 * Every complaint about the rules of a definition: those that cannot be read, and those that would cost too much. Mirrors
 * ValidateCustomResourceDefinitionOpenAPISchema.
 */
export function definitionRuleErrors(definition: CustomResourceDefinition): FieldError[] {
  return definition.spec.versions.flatMap((version, i) => {
    const root = schemaOf(version);
    if (!root) return [];
    const field = `spec.versions[${i}].schema.openAPIV3Schema`;
    const total: Total = { cost: 0 };
    const errors = nodeErrors(root, { field, times: 1, isResource: true, uncorrelated: undefined }, total);
    return total.cost > TOTAL_LIMIT
      ? [
          ...errors,
          forbidden(
            field,
            overBudget('x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema', total.cost, TOTAL_LIMIT),
          ),
        ]
      : errors;
  });
}

function nodeErrors(schema: JsonSchema, place: Place, total: Total): FieldError[] {
  return [...ownErrors(schema, place, total), ...below(schema, place).flatMap(([each, at]) => nodeErrors(each, at, total))];
}

function below(schema: JsonSchema, place: Place): [JsonSchema, Place][] {
  const { field, times } = place;
  const isAtomic = schema['x-kubernetes-map-type'] === 'atomic' ? field : undefined;
  const uncorrelated = place.uncorrelated ?? isAtomic;
  const items = itemsOf(schema);
  const at = (name: string, count: number, each: JsonSchema, lost = uncorrelated): [JsonSchema, Place] => [
    each,
    { field: `${field}.${name}`, times: times * count, isResource: each['x-kubernetes-embedded-resource'] === true, uncorrelated: lost },
  ];
  const isMapList = schema['x-kubernetes-list-type'] === 'map';
  return [
    ...(items ? [at('items', schema.maxItems ?? Infinity, items, uncorrelated ?? (isMapList ? undefined : `${field}.items`))] : []),
    ...Object.entries(schema.properties ?? {}).map(([name, each]) => at(`properties[${name}]`, 1, each)),
    ...(typeof schema.additionalProperties === 'object'
      ? [at('additionalProperties', schema.maxProperties ?? Infinity, schema.additionalProperties)]
      : []),
  ];
}

function ownErrors(schema: JsonSchema, place: Place, total: Total): FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return [];
  const compiled = rulesAt(schema, place.isResource);
  const least = typeOfSchema(schema, place.isResource)?.least ?? 1;
  const times = Number.isFinite(place.times) ? place.times : Math.floor((3 * 1024 * 1024) / (least + 1));
  return compiled.flatMap(({ rule, program, message, problem, messageProblem, usesOld }, i) => {
    const at = `${place.field}.x-kubernetes-validations[${i}]`;
    const errors: FieldError[] = [];
    if (problem !== undefined) errors.push(invalid(`${at}.rule`, rule, problem));
    if (messageProblem !== undefined) errors.push(invalid(`${at}.messageExpression`, rule, messageProblem));
    if (usesOld && place.uncorrelated !== undefined) {
      errors.push(
        invalid(`${at}.rule`, rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`),
      );
    }
    if (rule.optionalOldSelf !== undefined && program && !usesOld)
      errors.push(invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'));
    if (program) errors.push(...costErrors(`${at}.rule`, 'estimated rule cost', program.estimate().cost.max * times, total));
    if (message)
      errors.push(...costErrors(`${at}.messageExpression`, 'estimated messageExpression cost', message.estimate().cost.max * times, total));
    return errors;
  });
}

function costErrors(field: string, name: string, cost: number, total: Total): FieldError[] {
  total.cost += cost;
  return cost > PER_RULE_LIMIT ? [forbidden(field, overBudget(name, cost, PER_RULE_LIMIT))] : [];
}

function overBudget(name: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const times = factor > 100 ? 'more than 100x' : `${factor.toFixed(1)}x`;
  return `${name} exceeds budget by factor of ${times} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
