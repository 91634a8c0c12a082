import { badRequest, forbiddenAccess, internalError } from '#lib/api/errors';
import { sameValue } from '#lib/api/equality';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { KIND } from '#lib/runtime/tracing/span';
import { tracer } from '#lib/runtime/tracing/tracer';
import { pruneAndCheck } from '#lib/schema/decode/body';
import { randomUUID } from 'node:crypto';
import { jsonPatch } from '../../write/patch/json';
import type { WriteRequest } from '../../write/request';
import type { LiveWorld } from '../../world/live-world';
import { isExempt, isSelected, namespaceLabels, shapeFor, type Shape } from '../match';
import type { Operation, Outside } from '../outside';
import type { AdmissionRequest } from '../plugin';
import { plugins } from '../plugins';
import { EvaluationProblem, scopeOf } from '../policies/evaluation';
import { conditionsHold } from '../policies/policy';
import { addressOf, Unreachable } from './address';
import { callWebhook } from './call';
import { hooksIn, MUTATING, VALIDATING, type Hook } from './hook';
import { refusalOf, reviewOf, verdictOf, type Verdict } from './review';
import { countWebhook, type Outcome } from './webhook-metrics';

const DEFAULT_TIMEOUT_SECONDS = 10;

/** A webhook could not be asked: whether that matters, its failure policy says. */
class CallFailed extends Error {}

interface Hooks {
  readonly mutating: readonly Hook[];
  readonly validating: readonly Hook[];
  /** Answers of `concerns`, by what was asked. */
  readonly known: Map<string, boolean>;
}

/**
 * The webhooks that MutatingWebhookConfigurations and ValidatingWebhookConfigurations register. What is registered is put together when
 * it is first asked for after a configuration changed. Mirrors apiserver/pkg/admission/plugin/webhook.
 */
export class Webhooks implements Outside {
  private hooks: Hooks | undefined;

  constructor(private readonly world: LiveWorld) {
    world.onChange(({ kind }) => {
      if (kind.resource === MUTATING || kind.resource === VALIDATING) this.hooks = undefined;
    });
  }

  concerns(kind: AnyKind, operation: Operation, subresource: string | undefined): boolean {
    const { mutating, validating, known } = (this.hooks ??= this.registered());
    if ((mutating.length === 0 && validating.length === 0) || isExempt(kind)) return false;
    const question = `${operation} ${kind.apiVersion}/${kind.plural}/${subresource ?? ''}`;
    let answer = known.get(question);
    if (answer === undefined) {
      answer = [...mutating, ...validating].some(({ spec }) => shapeFor(spec, kind, kind, operation, subresource ?? '') !== undefined);
      known.set(question, answer);
    }
    return answer;
  }

  /** One after the other; those that want to be asked again when a later one changed something are. */
  async mutate(admission: AdmissionRequest, request: WriteRequest): Promise<void> {
    const { mutating } = (this.hooks ??= this.registered());
    const called: Hook[] = [];
    const again = new Set<Hook>();
    for (const hook of mutating) {
      const shape = this.shapeIfCalled(hook, admission, request);
      if (!shape) continue;
      if (await this.mutateBy(hook, shape, admission, request, 0)) for (const before of called) again.add(before);
      if (hook.spec.reinvocationPolicy === 'IfNeeded') called.push(hook);
    }
    if (called.length === 0 && again.size === 0) return;
    const asItWas = structuredClone(admission.object);
    if (admission.operation !== 'DELETE' && !admission.body) for (const plugin of plugins) plugin.mutate?.(admission, this.world);
    if (!sameValue(asItWas, admission.object)) for (const hook of called) again.add(hook);
    for (const hook of again) {
      const shape = this.shapeIfCalled(hook, admission, request);
      if (shape) await this.mutateBy(hook, shape, admission, request, 1);
    }
  }

  /** All at once. Of several refusals the first registered one is told. */
  async validate(admission: AdmissionRequest, request: WriteRequest): Promise<void> {
    const { validating } = (this.hooks ??= this.registered());
    const asked = validating.flatMap((hook) => {
      const shape = this.shapeIfCalled(hook, admission, request);
      return shape ? [this.ask(hook, shape, admission, request, false)] : [];
    });
    const outcomes = await Promise.allSettled(asked);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  private registered(): Hooks {
    return { mutating: hooksIn(this.world, MUTATING), validating: hooksIn(this.world, VALIDATING), known: new Map() };
  }

  private shapeIfCalled(hook: Hook, admission: AdmissionRequest, { kind, view }: WriteRequest): Shape | undefined {
    const { operation, subresource, object, previous, namespace } = admission;
    const labels = hook.namespaces.empty ? undefined : namespaceLabels(kind, namespace, object, this.world);
    if (labels && !hook.namespaces.matches(labels)) return undefined;
    if (!isSelected(hook.objects, operation === 'DELETE' ? undefined : object, previous)) return undefined;
    const shape = shapeFor(hook.spec, view ?? kind, kind, operation, subresource ?? '');
    return shape && this.isWanted(hook, shape, admission) ? shape : undefined;
  }

  /** @throws ApiError 403 when a condition has no value and the webhook must not be passed over. */
  private isWanted({ conditions, spec }: Hook, shape: Shape, admission: AdmissionRequest): boolean {
    if (conditions.length === 0) return true;
    try {
      return conditionsHold(conditions, scopeOf(admission, shape, this.world, this.world), { cost: 0 });
    } catch (error) {
      if (!(error instanceof EvaluationProblem)) throw error;
      if (spec.failurePolicy === 'Ignore') return false;
      throw forbiddenAccess(admission.kind, admission.object.metadata.name, error.message);
    }
  }

  /** True when the draft was changed. */
  private async mutateBy(hook: Hook, shape: Shape, admission: AdmissionRequest, request: WriteRequest, round: number): Promise<boolean> {
    const verdict = await this.ask(hook, shape, admission, request, true);
    const { configuration, position, spec } = hook;
    const key = `round_${round}_index_${position}`;
    const changed = verdict?.patch ? this.patched(spec.name, shape, admission, verdict.patch) : false;
    const told = verdict ? { configuration, webhook: spec.name, mutated: changed } : undefined;
    if (told) admission.annotations[`mutation.webhook.admission.k8s.io/${key}`] = JSON.stringify(told);
    else admission.annotations[`failed-open.mutation.webhook.admission.k8s.io/${key}`] = spec.name;
    return changed;
  }

  private patched(webhook: string, shape: Shape, admission: AdmissionRequest, patch: Buffer): boolean {
    const operations = JSON.parse(patch.toString()) as unknown[];
    if (operations.length === 0) return false;
    if (admission.operation === 'DELETE') {
      throw internalError(
        `admission webhook ${JSON.stringify(webhook)} attempted to modify the object, which is not supported for this operation`,
      );
    }
    const { object, body } = admission;
    const next = body ? (jsonPatch(object, operations) as KubeObject) : asDraft(shape, object, operations);
    if (sameValue(next, object)) return false;
    for (const field of Object.keys(object)) delete (object as unknown as Record<string, unknown>)[field];
    Object.assign(object, next);
    if (!body) admission.kind.defaults?.(object);
    return true;
  }

  /** Undefined when it could not be asked and its policy says that this does not matter. */
  private async ask(
    hook: Hook,
    shape: Shape,
    admission: AdmissionRequest,
    request: WriteRequest,
    mutating: boolean,
  ): Promise<Verdict | undefined> {
    const { name, failurePolicy, sideEffects } = hook.spec;
    if (admission.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun')
      throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
    const began = performance.now();
    const count = (outcome: Outcome): void =>
      countWebhook({ name, type: mutating ? 'admit' : 'validating', operation: admission.operation }, outcome, performance.now() - began);
    try {
      const verdict = await this.call(hook, shape, admission, request, mutating);
      for (const [key, value] of Object.entries(verdict.annotations)) admission.annotations[`${name}/${key}`] = value;
      admission.warnings.push(...verdict.warnings);
      const refusal = verdict.allowed ? undefined : refusalOf(name, verdict.result);
      count(refusal ? { refused: refusal.code } : 'allowed');
      if (refusal) throw refusal;
      return verdict;
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      count({ failed: true, ignored: failurePolicy === 'Ignore' });
      if (failurePolicy === 'Ignore') return undefined;
      throw internalError(`failed calling webhook ${JSON.stringify(name)}: ${error.message}`);
    }
  }

  private async call(
    { spec }: Hook,
    shape: Shape,
    admission: AdmissionRequest,
    request: WriteRequest,
    mutating: boolean,
  ): Promise<Verdict> {
    const { clientConfig, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS, admissionReviewVersions = ['v1'] } = spec;
    const version = admissionReviewVersions.find((one) => one === 'v1' || one === 'v1beta1');
    if (!version)
      throw new CallFailed('could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)');
    const review = reviewOf(randomUUID(), version, shape, admission, request);
    const ca = clientConfig.caBundle ? Buffer.from(clientConfig.caBundle, 'base64').toString() : undefined;
    const span = tracer?.start(`webhook ${spec.name}`, {
      ...(request.origin.trace && { parent: request.origin.trace }),
      kind: KIND.client,
    });
    let answer: unknown;
    try {
      answer = await callWebhook(
        addressOf(clientConfig, this.world, Math.random),
        ca,
        review,
        timeoutSeconds,
        span?.traceparent ?? request.origin.trace,
      );
    } catch (error) {
      span?.fail((error as Error).message);
      const why =
        error instanceof Unreachable
          ? `Post ${JSON.stringify(`${error.url}?timeout=${timeoutSeconds}s`)}: ${error.message}`
          : (error as Error).message;
      throw new CallFailed(`failed to call webhook: ${why}`);
    } finally {
      span?.end();
    }
    try {
      return checked(verdictOf(review, mutating, answer));
    } catch (error) {
      throw error instanceof CallFailed ? error : new CallFailed(`received invalid webhook response: ${(error as Error).message}`);
    }
  }
}

function checked(verdict: Verdict): Verdict {
  if (!verdict.patch) return verdict;
  try {
    if (Array.isArray(JSON.parse(verdict.patch.toString()))) return verdict;
  } catch {
    // told below
  }
  throw new CallFailed('received undecodable patch in webhook response: it is no list of operations');
}

/** The draft after the patch, in the form in which it is stored. @throws ApiError 500 when the patch does not fit. */
function asDraft(shape: Shape, object: KubeObject, operations: unknown[]): KubeObject {
  try {
    const { apiVersion, kind } = shape.kind;
    const after = pruneAndCheck({ apiVersion, kind }, jsonPatch(shape.of(object), operations) as object, 'Ignore')
      .object as unknown as KubeObject;
    return shape.kind.storedAs ? shape.kind.storedAs.toStored(after) : after;
  } catch (error) {
    throw internalError((error as Error).message);
  }
}
