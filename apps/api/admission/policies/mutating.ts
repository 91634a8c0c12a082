import { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, type Mutation } from '#lib/api/admissionregistration/policies';
import { sameValue } from '#lib/api/equality';
import { ApiError, forbiddenAccess } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import type { CelProgram } from '#lib/cel/environment';
import { pruneAndCheck } from '#lib/schema/decode/body';
import type { World } from '#lib/reconcile/world';
import { jsonPatch } from '../../write/patch/json';
import { mergePatch } from '../../write/patch/merge';
import { strategicMerge } from '../../write/patch/strategic';
import { mergeTypeOf } from '#lib/schema/merge-rules';
import { isExempt, type Shape } from '../match';
import type { AdmissionPlugin, AdmissionRequest } from '../plugin';
import { compiled, type CompileProblem } from './environment';
import { evaluate, EvaluationProblem, scopeOf, withNamed, type Budget, type Scope } from './evaluation';
import { ConfigurationProblem, paramsOf } from './params';
import { plainOf } from './plain';
import { boundPolicies, compiledPolicy, conditionsHold, shapeIfMeant, type Bound } from './policy';

type Bind = Bound<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding>;

/** Changes in CEL, after those of the plugins and before those of webhooks. Mirrors apiserver/pkg/admission/plugin/policy/mutating. */
export const mutatingPolicies: AdmissionPlugin = {
  name: 'MutatingAdmissionPolicy',
  mutate(request, world) {
    const bound = boundPolicies(world, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding);
    if (bound.length === 0 || isExempt(request.kind)) return;
    const again = new Set<Bind>();
    const called: Bind[] = [];
    for (const bind of bound) {
      if (changes(bind, request, world)) for (const before of called) again.add(before);
      if (bind.policy.spec.reinvocationPolicy === 'IfNeeded') called.push(bind);
    }
    for (const bind of again) changes(bind, request, world);
  },
};

/** True when the policy changed the draft. */
function changes(bind: Bind, request: AdmissionRequest, world: World): boolean {
  const shape = shapeIfMeant(bind, request, world);
  if (!shape) return false;
  try {
    return paramsOf(bind, request, world)
      .map((params) => follow(bind, shape, params, request, world))
      .some((changed) => changed);
  } catch (error) {
    if (!(error instanceof EvaluationProblem || error instanceof ConfigurationProblem)) throw error;
    if (bind.policy.spec.failurePolicy === 'Ignore') return false;
    throw denial(bind, error.message, request);
  }
}

function follow(bind: Bind, shape: Shape, params: KubeObject | null, request: AdmissionRequest, world: World): boolean {
  const { conditions, named } = compiledPolicy(bind.policy);
  const budget: Budget = { cost: 0 };
  const scope = { ...scopeOf(request, shape, world, world), params };
  if (!conditionsHold(conditions, withNamed(scope, named, budget), budget)) return false;
  let changed = false;
  for (const { spec, program } of programsOf(bind.policy)) {
    const now = withNamed({ ...scope, object: shape.of(request.object) }, named, budget);
    changed = apply(spec, evaluated(program, now, budget), shape, request) || changed;
  }
  return changed;
}

const evaluated = (program: CelProgram | CompileProblem, scope: Scope, budget: Budget): unknown =>
  plainOf(evaluate(program, scope, budget));

interface Step {
  readonly spec: Mutation;
  readonly program: CelProgram | CompileProblem;
}

const programs = new WeakMap<MutatingAdmissionPolicy, readonly Step[]>();

function programsOf(policy: MutatingAdmissionPolicy): readonly Step[] {
  let known = programs.get(policy);
  if (!known) {
    const { environment } = compiledPolicy(policy);
    known = (policy.spec.mutations ?? []).map((spec) => ({
      spec,
      program: compiled(environment, (spec.applyConfiguration ?? spec.jsonPatch)?.expression ?? ''),
    }));
    programs.set(policy, known);
  }
  return known;
}

function apply({ patchType }: Mutation, change: unknown, shape: Shape, { kind, object }: AdmissionRequest): boolean {
  const { apiVersion, kind: name } = shape.kind;
  const before = shape.of(object) as KubeObject;
  let after: KubeObject;
  try {
    const changed = patchType === 'JSONPatch' ? jsonPatch(before, withoutNulls(change)) : merged(before, change as object, shape);
    after = pruneAndCheck({ apiVersion, kind: name }, changed as object, 'Ignore').object as unknown as KubeObject;
  } catch (error) {
    throw new EvaluationProblem(`error applying mutation: ${(error as Error).message}`);
  }
  const next = shape.kind.storedAs ? shape.kind.storedAs.toStored(after) : after;
  if (sameValue(next, object)) return false;
  for (const field of Object.keys(object)) delete (object as unknown as Record<string, unknown>)[field];
  Object.assign(object, next);
  kind.defaults?.(object);
  return true;
}

/** Lists with keys are merged item by item, as an apply does it. */
function merged(before: KubeObject, change: object, { kind }: Shape): object {
  const type = mergeTypeOf({ apiVersion: kind.apiVersion, kind: kind.kind });
  return type ? strategicMerge(before, change, type) : (mergePatch(before, change) as object);
}

/** Members of an operation that an expression did not give. */
const withoutNulls = (operations: unknown): unknown =>
  Array.isArray(operations)
    ? operations.map((one: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(one).filter(([name, value]) => name === 'value' || value !== undefined)),
      )
    : operations;

function denial({ policy, binding }: Bind, why: string, { kind, object }: AdmissionRequest): ApiError {
  const message = `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${why}`;
  const { status } = forbiddenAccess(kind, object.metadata.name ?? '', message);
  return new ApiError({ ...status, message, details: { ...status.details, causes: [{ message }] } });
}
