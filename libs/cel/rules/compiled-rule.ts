import type { JsonSchema, ValidationRule } from '#lib/api/apiextensions/json-schema';
import { CelEnvironment, type CelProgram } from '../environment';
import { CelIssues } from '../issues';
import { optionalType } from '../types';
import { typeOfSchema } from './schema-type';

/** A rule that can be evaluated, or what is wrong with it. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program?: CelProgram;
  readonly message?: CelProgram;
  readonly usesOld: boolean;
  /** As upstream says it: `compilation failed: ERROR: …`. */
  readonly problem?: string;
  readonly messageProblem?: string;
}

const kept = new WeakMap<JsonSchema, { readonly root?: readonly CompiledRule[]; readonly inner?: readonly CompiledRule[] }>();

/** The rules of one node of a schema, compiled once. Mirrors apiextensions-apiserver/pkg/apiserver/schema/cel/compilation.go. */
export function rulesAt(schema: JsonSchema, isResource: boolean): readonly CompiledRule[] {
  const name = isResource ? 'root' : 'inner';
  const found = kept.get(schema)?.[name];
  if (found) return found;
  const rules = schema['x-kubernetes-validations'] ?? [];
  const self = rules.length > 0 ? typeOfSchema(schema, isResource) : undefined;
  const compiled = self ? rules.map((rule) => compileRule(rule, environmentOf(self.type, rule.optionalOldSelf === true))) : [];
  kept.set(schema, { ...kept.get(schema), [name]: compiled });
  return compiled;
}

const environmentOf = (type: Parameters<typeof optionalType>[0], isOptional: boolean): CelEnvironment =>
  new CelEnvironment({
    variables: [
      { name: 'self', type },
      { name: 'oldSelf', type: isOptional ? optionalType(type) : type },
    ],
  });

function compileRule(rule: ValidationRule, environment: CelEnvironment): CompiledRule {
  if (rule.rule.trim() === '') return { rule, usesOld: false };
  const program = compiled(environment, rule.rule);
  if (typeof program === 'string') return { rule, usesOld: false, problem: `compilation failed: ${program}` };
  const usesOld = program.mentions.includes('oldSelf');
  if (program.type.kind !== 'bool') return { rule, usesOld, problem: 'cel expression must evaluate to a bool' };
  if (!rule.messageExpression) return { rule, program, usesOld };
  const message = compiled(environment, rule.messageExpression);
  if (typeof message === 'string') return { rule, program, usesOld, messageProblem: `messageExpression compilation failed: ${message}` };
  if (message.type.kind !== 'string') return { rule, program, usesOld, messageProblem: 'messageExpression must evaluate to a string' };
  return { rule, program, message, usesOld };
}

function compiled(environment: CelEnvironment, text: string): CelProgram | string {
  try {
    return environment.compile(text);
  } catch (error) {
    if (error instanceof CelIssues) return error.message;
    throw error;
  }
}
