import { PER_CALL_LIMIT, REQUEST_BUDGET, type CelProgram } from '#lib/cel/environment';
import { CelCostExceeded } from '#lib/cel/issues';
import { Namespace } from '#lib/api/core/namespace';
import type { World } from '#lib/reconcile/world';
import type { View } from '../../write/view';
import { Authorizer } from '../../auth/authorizer';
import type { Shape } from '../match';
import type { AdmissionRequest } from '../plugin';
import { ResourceCheck, type AuthorizerValue } from './authorizer-library';
import { CompileProblem, type Named } from './environment';

/** What expressions see of a request. */
export type Scope = Record<string, unknown>;

/** What may still be spent on the expressions of one policy. */
export interface Budget {
  cost: number;
}

/** An expression has no value; the message says which and why. */
export class EvaluationProblem extends Error {}

/** The variables that are there for every expression. */
export function scopeOf(request: AdmissionRequest, shape: Shape, view: Pick<View, 'get'>, world: World): Scope {
  const { kind, namespace, object, previous, operation, body } = request;
  const seen: Shape['of'] = body ? (one) => one ?? null : shape.of;
  const inNamespace = kind.namespaced ? namespace : kind.resource === Namespace.resource ? object.metadata.name : '';
  return {
    object: operation === 'DELETE' ? null : seen(object),
    oldObject: seen(previous),
    request: requestOf(request, shape),
    params: null,
    namespaceObject: (inNamespace && view.get(Namespace, '', inNamespace)) || null,
    authorizer: authorizerOf(request, world),
  };
}

function requestOf({ view, kind, subresource, namespace, object, operation, user, dryRun, body }: AdmissionRequest, shape: Shape): object {
  const asked = view ?? kind;
  const { name, generateName } = object.metadata;
  return {
    kind: body ?? { group: shape.kind.group, version: shape.kind.version, kind: shape.kind.kind },
    resource: { group: shape.kind.group, version: shape.kind.version, resource: shape.kind.plural },
    ...(subresource && { subResource: subresource, requestSubResource: subresource }),
    requestKind: body ?? { group: asked.group, version: asked.version, kind: asked.kind },
    requestResource: { group: asked.group, version: asked.version, resource: asked.plural },
    name: operation === 'CREATE' && generateName ? '' : name,
    ...(namespace && { namespace }),
    operation,
    userInfo: { username: user.name, ...(user.uid && { uid: user.uid }), groups: user.groups, ...(user.extra && { extra: user.extra }) },
    dryRun,
  };
}

function authorizerOf({ kind, subresource, namespace, object, user }: AdmissionRequest, world: World): AuthorizerValue {
  const who = { authorizer: new Authorizer(world), user };
  const asked = { group: kind.group, resource: kind.plural, subresource: subresource ?? '', namespace, name: object.metadata.name ?? '' };
  return { ...who, requestResource: new ResourceCheck(who, asked) };
}

/** The scope with the variables of a policy: each is worked out when an expression reaches it, once. */
export function withNamed(scope: Scope, named: readonly Named[], budget: Budget): Scope {
  if (named.length === 0) return scope;
  const variables = {};
  const whole = { ...scope, variables };
  for (const { name, program } of named) {
    let value: { known: unknown } | undefined;
    const get = (): unknown => (value ??= { known: evaluate(program, whole, budget) }).known;
    Object.defineProperty(variables, name, { get, enumerable: true });
  }
  return whole;
}

/** @throws EvaluationProblem in upstream's words. */
export function evaluate(program: CelProgram | CompileProblem, scope: Scope, budget: Budget): unknown {
  if (program instanceof CompileProblem) throw new EvaluationProblem(`compilation error: ${program.message}`);
  const left = REQUEST_BUDGET - budget.cost;
  if (left <= 0)
    throw new EvaluationProblem('validation failed due to running out of cost budget, no further validation rules will be run');
  try {
    return program.evaluate(scope, Math.min(left, PER_CALL_LIMIT), budget).value;
  } catch (error) {
    if (error instanceof CelCostExceeded && left < PER_CALL_LIMIT)
      throw new EvaluationProblem('validation failed due to running out of cost budget, no further validation rules will be run');
    throw new EvaluationProblem(`expression '${program.source}' resulted in error: ${(error as Error).message}`);
  }
}
