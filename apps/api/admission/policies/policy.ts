import type { MatchCondition, MatchResources, ParamKind, ParamRef, Variable } from 'kubernetes-types/admissionregistration/v1';
import { BOOL } from '#lib/cel/types';
import type { KubeObject } from '#lib/api/meta';
import { fromLabelSelector, type Selector } from '#lib/api/validation/selectors';
import type { Kind } from '#lib/api/kind';
import type { World } from '#lib/reconcile/world';
import { isSelected, namespaceLabels, shapeFor, type MatchRule, type Shape } from '../match';
import type { AdmissionRequest } from '../plugin';
import { admissionEnvironment, compiled, withVariables, type Named } from './environment';
import { evaluate, type Budget, type Scope } from './evaluation';

/** What validating and mutating policies have in common. */
export type Policy = KubeObject & {
  readonly spec: {
    readonly paramKind?: ParamKind;
    readonly matchConstraints?: MatchResources;
    readonly matchConditions?: readonly MatchCondition[];
    readonly variables?: readonly Variable[];
    readonly failurePolicy?: string;
  };
};

export type Binding = KubeObject & {
  readonly spec: { readonly policyName?: string; readonly paramRef?: ParamRef; readonly matchResources?: MatchResources };
};

/** A policy where it is bound. */
export interface Bound<P extends Policy, B extends Binding> {
  readonly policy: P;
  readonly binding: B;
}

type NamedRule = MatchRule & { readonly resourceNames?: readonly string[] };

interface Matcher {
  readonly resources: MatchResources;
  readonly namespaces: Selector;
  readonly objects: Selector;
}

/** The expressions that both sorts have, compiled. */
export interface Compiled {
  readonly conditions: readonly Named[];
  readonly named: readonly Named[];
  readonly environment: ReturnType<typeof withVariables>['environment'];
}

const matchers = new WeakMap<MatchResources, Matcher>();
const programs = new WeakMap<Policy, Compiled>();

/** Conditions in CEL that must all be true. */
export const conditionsOf = (conditions: readonly MatchCondition[] = [], environment = admissionEnvironment): Named[] =>
  conditions.map(({ name, expression }) => ({ name, program: compiled(environment, expression, [BOOL], 'bool') }));

/** Objects are never changed, so each version is compiled once. */
export function compiledPolicy(policy: Policy): Compiled {
  let known = programs.get(policy);
  if (!known) {
    const { environment, named } = withVariables(policy.spec.variables ?? []);
    const conditions = conditionsOf(policy.spec.matchConditions, environment);
    programs.set(policy, (known = { environment, named, conditions }));
  }
  return known;
}

const indexes = new WeakMap<object, WeakMap<object, readonly Bound<Policy, Binding>[]>>();

/** All policies where they are bound, sorted by the name of the policy and the binding; nothing, at no cost, when there are none. */
export function boundPolicies<P extends Policy, B extends Binding>(
  world: World,
  policyKind: Kind<P>,
  bindingKind: Kind<B>,
): readonly Bound<P, B>[] {
  if (world.count(bindingKind) === 0) return [];
  const [policies, bindings] = [world.list(policyKind), world.list(bindingKind)]; // the same lists until one of them changes
  let byBindings = indexes.get(policies);
  if (!byBindings) indexes.set(policies, (byBindings = new WeakMap()));
  let bound = byBindings.get(bindings);
  if (!bound)
    byBindings.set(
      bindings,
      (bound = policies.flatMap((policy) =>
        bindings.filter(({ spec }) => spec.policyName === policy.metadata.name).map((binding) => ({ policy, binding })),
      )),
    );
  return bound as readonly Bound<P, B>[];
}

/** The version of the object that the policy wants to see; undefined when this request is none of its business. */
export function shapeIfMeant({ policy, binding }: Bound<Policy, Binding>, request: AdmissionRequest, world: World): Shape | undefined {
  const { matchConstraints } = policy.spec;
  const shape = matchConstraints && shapeIn(matchConstraints, request, world);
  if (!shape) return undefined;
  const { matchResources } = binding.spec;
  if (!matchResources) return shape;
  // A binding without rules only narrows by labels.
  return matchResources.resourceRules?.length
    ? shapeIn(matchResources, request, world)
      ? shape
      : undefined
    : isMeant(matchResources, request, world)
      ? shape
      : undefined;
}

function shapeIn(resources: MatchResources, request: AdmissionRequest, world: World): Shape | undefined {
  if (!isMeant(resources, request, world)) return undefined;
  return find(resources.resourceRules, resources.matchPolicy, request);
}

function isMeant(resources: MatchResources, request: AdmissionRequest, world: World): boolean {
  let matcher = matchers.get(resources);
  if (!matcher) {
    const [namespaces, objects] = [fromLabelSelector(resources.namespaceSelector ?? {}), fromLabelSelector(resources.objectSelector ?? {})];
    matchers.set(resources, (matcher = { resources, namespaces, objects }));
  }
  const { kind, namespace, object, previous, operation } = request;
  const labels = matcher.namespaces.empty ? undefined : namespaceLabels(kind, namespace, object, world);
  if (labels && !matcher.namespaces.matches(labels)) return false;
  if (!isSelected(matcher.objects, operation === 'DELETE' ? undefined : object, previous)) return false;
  return !find(resources.excludeResourceRules, resources.matchPolicy, request);
}

function find(
  rules: MatchResources['resourceRules'],
  matchPolicy: string | undefined,
  { view, kind, operation, subresource, object }: AdmissionRequest,
): Shape | undefined {
  if (!rules?.length) return undefined;
  const named = ({ resourceNames = [] }: NamedRule): boolean => resourceNames.length === 0 || resourceNames.includes(object.metadata.name);
  return shapeFor(
    { rules: rules as readonly NamedRule[], ...(matchPolicy && { matchPolicy }) },
    view ?? kind,
    kind,
    operation,
    subresource ?? '',
    named,
  );
}

/** @throws EvaluationProblem when a condition has no value and none is false. */
export function conditionsHold(conditions: readonly Named[], scope: Scope, budget: Budget): boolean {
  let problem: unknown;
  for (const { program } of conditions) {
    try {
      if (evaluate(program, scope, budget) !== true) return false;
    } catch (error) {
      problem ??= error;
    }
  }
  if (problem) throw problem;
  return true;
}
