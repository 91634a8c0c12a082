import { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '#lib/api/admissionregistration/policies';
import type { Validation } from 'kubernetes-types/admissionregistration/v1';
import type { CelProgram } from '#lib/cel/environment';
import { BOOL, NULL, STRING } from '#lib/cel/types';
import { ApiError, forbiddenAccess } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import type { View } from '../../write/view';
import { isExempt } from '../match';
import type { AdmissionPlugin, AdmissionRequest } from '../plugin';
import { compiled, type CompileProblem } from './environment';
import { evaluate, EvaluationProblem, scopeOf, withNamed, type Budget, type Scope } from './evaluation';
import { ConfigurationProblem, paramsOf } from './params';
import { boundPolicies, compiledPolicy, conditionsHold, shapeIfMeant, type Bound } from './policy';

type Bind = Bound<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>;

/** What a policy has against a request. */
interface Complaint {
  readonly message: string;
  readonly reason?: string;
  /** Which of its validations. */
  readonly index: number;
}

/**
 * Rules in CEL. They are judged at the head of the log, on what will be written. Mirrors apiserver/pkg/admission/plugin/policy/validating.
 */
export const validatingPolicies: AdmissionPlugin = {
  name: 'ValidatingAdmissionPolicy',
  settle(request, view) {
    const bound = boundPolicies(view.world, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding);
    if (bound.length === 0 || isExempt(request.kind)) return;
    const refusals = bound.flatMap((bind) => complaintsOf(bind, request, view).flatMap((complaint) => acted(bind, complaint, request)));
    if (refusals[0]) throw refusals[0];
  },
};

function complaintsOf(bind: Bind, request: AdmissionRequest, view: View): Complaint[] {
  const shape = shapeIfMeant(bind, request, view.world);
  if (!shape) return [];
  const budget: Budget = { cost: 0 };
  const scope = scopeOf(request, shape, view, view.world);
  return orByFailurePolicy(bind, () => {
    const seen = new Set<KubeObject>();
    return paramsOf(bind, request, view.world).flatMap((params) => {
      if (params && seen.has(params)) return [];
      if (params) seen.add(params);
      return orByFailurePolicy(bind, () => judged(bind, { ...scope, params }, budget, request));
    });
  });
}

/** A policy that cannot be followed refuses, unless it says that this does not matter. */
function orByFailurePolicy({ policy }: Bind, work: () => Complaint[]): Complaint[] {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof EvaluationProblem || error instanceof ConfigurationProblem)) throw error;
    return policy.spec.failurePolicy === 'Ignore' ? [] : [{ message: error.message, index: 0 }];
  }
}

function judged(bind: Bind, scope: Scope, budget: Budget, request: AdmissionRequest): Complaint[] {
  const { conditions, named } = compiledPolicy(bind.policy);
  const { validations, annotations } = programsOf(bind.policy);
  const whole = withNamed(scope, named, budget);
  if (!conditionsHold(conditions, whole, budget)) return [];
  const complaints = validations.flatMap((validation, index) =>
    orByFailurePolicy(bind, () => complaintOf(validation, index, whole, budget)),
  );
  for (const { key, program } of annotations) annotate(bind, key, program, whole, budget, request);
  return complaints;
}

interface Judge {
  readonly spec: Validation;
  readonly program: CelProgram | CompileProblem;
  readonly message: CelProgram | CompileProblem | undefined;
}

interface Programs {
  readonly validations: readonly Judge[];
  readonly annotations: readonly { readonly key: string; readonly program: CelProgram | CompileProblem }[];
}

const programs = new WeakMap<ValidatingAdmissionPolicy, Programs>();

function programsOf(policy: ValidatingAdmissionPolicy): Programs {
  let known = programs.get(policy);
  if (!known) {
    const { environment } = compiledPolicy(policy);
    const validations = (policy.spec.validations ?? []).map((spec) => ({
      spec,
      program: compiled(environment, spec.expression, [BOOL], 'bool'),
      message: spec.messageExpression ? compiled(environment, spec.messageExpression, [STRING], 'string') : undefined,
    }));
    const annotations = (policy.spec.auditAnnotations ?? []).map(({ key, valueExpression }) => ({
      key,
      program: compiled(environment, valueExpression, [STRING, NULL], 'string or null_type'),
    }));
    programs.set(policy, (known = { validations, annotations }));
  }
  return known;
}

function complaintOf({ spec, program, message }: Judge, index: number, scope: Scope, budget: Budget): Complaint[] {
  if (evaluate(program, scope, budget) === true) return [];
  const own = message && messageFrom(message, scope, budget);
  const said = own ?? (spec.message?.trim() || `failed expression: ${spec.expression.trim()}`);
  return [{ message: said, index, ...(spec.reason && { reason: spec.reason }) }];
}

/** Upstream's limit for texts that expressions make. */
const MAX_MESSAGE = 5 * 1024;

/** A text that does not come about, is empty or has several lines is not used. */
function messageFrom(program: CelProgram | CompileProblem, scope: Scope, budget: Budget): string | undefined {
  try {
    const text = evaluate(program, scope, budget);
    return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') && text.length <= MAX_MESSAGE ? text.trim() : undefined;
  } catch (error) {
    if (error instanceof EvaluationProblem) return undefined;
    throw error;
  }
}

function annotate(
  { policy }: Bind,
  key: string,
  program: CelProgram | CompileProblem,
  scope: Scope,
  budget: Budget,
  { annotations }: AdmissionRequest,
): void {
  const value = evaluate(program, scope, budget);
  if (typeof value === 'string' && value !== '') annotations[`${policy.metadata.name}/${key}`] = value;
}

const FAILURE = 'validation.policy.admission.k8s.io/validation_failure';

/** Does what the binding says is to be done; answers the refusal when it is that. */
function acted({ policy, binding }: Bind, complaint: Complaint, request: AdmissionRequest): ApiError[] {
  const { validationActions = ['Deny'] } = binding.spec;
  const names = [policy.metadata.name, binding.metadata.name] as const;
  if (validationActions.includes('Audit')) {
    const told = JSON.parse(request.annotations[FAILURE] ?? '[]') as object[];
    told.push({ message: complaint.message, policy: names[0], binding: names[1], expressionIndex: complaint.index, validationActions });
    request.annotations[FAILURE] = JSON.stringify(told);
  }
  if (validationActions.includes('Warn'))
    request.warnings.push(`Validation failed for ValidatingAdmissionPolicy '${names[0]}' with binding '${names[1]}': ${complaint.message}`);
  return validationActions.includes('Deny') ? [denial(names, complaint, request)] : [];
}

const CODES: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 };

function denial(
  [policy, binding]: readonly [string, string],
  { message, reason = 'Invalid' }: Complaint,
  { kind, object }: AdmissionRequest,
): ApiError {
  const said = `ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${message}`;
  const { status } = forbiddenAccess(kind, object.metadata.name, said);
  return new ApiError({ ...status, reason, code: CODES[reason] ?? 422, details: { ...status.details, causes: [{ message: said }] } });
}
