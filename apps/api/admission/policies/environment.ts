import { CelEnvironment, type CelProgram } from '#lib/cel/environment';
import { BOOL, DYN, listType, mapType, objectType, STRING, type CelField, type CelType, type ObjectType } from '#lib/cel/types';
import { AUTHORIZER, authorizerLibrary } from './authorizer-library';

const KIND = objectType('kubernetes.GroupVersionKind', { group: STRING, version: STRING, kind: STRING });
const RESOURCE = objectType('kubernetes.GroupVersionResource', { group: STRING, version: STRING, resource: STRING });
const USER = objectType('kubernetes.UserInfo', {
  username: STRING,
  uid: STRING,
  groups: listType(STRING),
  extra: mapType(STRING, listType(STRING)),
});

const REQUEST = objectType('kubernetes.AdmissionRequest', {
  kind: KIND,
  resource: RESOURCE,
  subResource: STRING,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: USER,
  dryRun: BOOL,
  options: DYN,
});

/** An object whose members are whatever they are: their types are known only when it is there. */
class AnyField extends Map<string, CelField> {
  override get = (): CelField => ({ type: DYN });
  override has = (): boolean => true;
}

const anyObject = (name: string): ObjectType => ({ kind: 'object', name, fields: new AnyField() });

const PATCH_NAME = 'JSONPatch';
/** One operation of a JSON patch, as expressions make it. */
export const PATCH_TYPE = objectType(PATCH_NAME, { op: STRING, path: STRING, from: STRING, value: DYN });
/** What `Object{…}` makes. */
export const OBJECT_TYPE = anyObject('Object');

const environmentWith = (variables: readonly { readonly name: string; readonly type: CelType }[]): CelEnvironment =>
  new CelEnvironment({
    variables: [
      { name: 'object', type: DYN },
      { name: 'oldObject', type: DYN },
      { name: 'request', type: REQUEST },
      { name: 'namespaceObject', type: DYN },
      ...variables,
    ],
    functions: authorizerLibrary,
    structs: (name) => (name === PATCH_NAME ? PATCH_TYPE : /^Object(\.|$)/.test(name) ? anyObject(name) : undefined),
  });

const PARAMS = { name: 'params', type: DYN };
const WHO = { name: 'authorizer', type: AUTHORIZER };

/** What the expressions of webhooks and policies may look at. Mirrors apiserver/pkg/admission/plugin/cel/compile.go. */
export const admissionEnvironment = environmentWith([PARAMS, WHO]);
/** The same where there are no parameters: webhooks, and policies without a `paramKind`. */
export const plainEnvironment = environmentWith([WHO]);
/** What messages may look at: they are not asked what anybody may do. */
const messageEnvironments = { params: environmentWith([PARAMS]), plain: environmentWith([]) };

/** What the expressions of one policy may look at. */
export interface PolicyEnvironments {
  /** For all but those below; `variables` are known. */
  readonly main: CelEnvironment;
  readonly messages: CelEnvironment;
  /** Conditions are looked at before there are variables. */
  readonly conditions: CelEnvironment;
  readonly named: Named[];
}

/** Upstream's rules for what may be named where, by whether the policy takes parameters. */
export function environmentsOf(
  variables: readonly { readonly name?: string; readonly expression?: string }[],
  hasParams: boolean,
): PolicyEnvironments {
  const conditions = hasParams ? admissionEnvironment : plainEnvironment;
  const { environment, named, variable } = withVariables(variables, conditions);
  const messages = hasParams ? messageEnvironments.params : messageEnvironments.plain;
  return { main: environment, messages: variable ? messages.extend({ variables: [variable] }) : messages, conditions, named };
}

/** A named expression of a policy. */
export interface Named {
  readonly name: string;
  readonly program: CelProgram | CompileProblem;
}

/** Why an expression cannot be evaluated. */
export class CompileProblem {
  constructor(readonly message: string) {}
}

/**
 * Compiles; what is wrong with an expression shows when it is evaluated, as upstream has it. `types` are those that it may give; none for
 * any.
 */
export function compiled(
  environment: CelEnvironment,
  source: string,
  types: readonly CelType[] = [],
  words = '',
): CelProgram | CompileProblem {
  try {
    const program = environment.compile(source);
    const fits = types.length === 0 || program.type.kind === 'dyn' || types.some(({ kind }) => kind === program.type.kind);
    return fits ? program : new CompileProblem(`compilation failed: must evaluate to ${words}`);
  } catch (error) {
    return new CompileProblem(`compilation failed: ${(error as Error).message}`);
  }
}

/** The environment with the variables of a policy, each of which sees those before it. */
export function withVariables(
  variables: readonly { readonly name?: string; readonly expression?: string }[],
  base = admissionEnvironment,
): { environment: CelEnvironment; named: Named[]; variable?: { name: string; type: CelType } } {
  let environment = base;
  let variable: { name: string; type: CelType } | undefined;
  const named: Named[] = [];
  const fields: Record<string, CelType> = {};
  for (const { name = '', expression = '' } of variables) {
    const program = compiled(environment, expression);
    named.push({ name, program });
    fields[name] = program instanceof CompileProblem ? DYN : program.type;
    variable = { name: 'variables', type: objectType('kubernetes.variables', { ...fields }) };
    environment = base.extend({ variables: [variable] });
  }
  return { environment, named, ...(variable && { variable }) };
}
