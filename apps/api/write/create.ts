import { alreadyExists, invalidObject, notFound } from '#lib/api/errors';
import { Namespace } from '#lib/api/core/namespace';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { validateMeta } from '#lib/api/validation/meta';
import { plugins } from '../admission/plugins';
import type { AdmissionRequest, WaitingWorld } from '../admission/plugin';
import type { World } from '#lib/reconcile/world';
import { writeCompanions } from './companions';
import { ownNew } from './ownership';
import { generatedName } from './random';
import { judgedAs, stampNew, type WriteRequest } from './request';
import type { Attempt, OriginatedWish } from './writer';

/** What the writer adds to a wish of a controller's decision. */
export type WishExtras = Pick<OriginatedWish, 'request' | 'cause' | 'decision'>;

/**
 * Everything about a create that does not need the head of the log: done before the request waits for its turn.
 * `draft` is changed in place. @throws ApiError 400 and 422.
 */
export function prepareCreate(request: WriteRequest, draft: KubeObject, world: World): AdmissionRequest {
  const admission = draftNew(request, draft, world);
  finishNew(admission, request, world);
  return admission;
}

/** The draft as it is before anybody judges it: completed by its kind and by the plugins. */
export function draftNew(request: WriteRequest, draft: KubeObject & { status?: unknown }, world: World): AdmissionRequest {
  const { kind } = request;
  stampNew(request, draft);
  const hasStatus = !kind.statusOnCreate && kind.subresources.includes('status') && 'status' in draft;
  if (hasStatus) draft.status = undefined;
  kind.prepareCreate?.(draft, request);
  if (hasStatus && draft.status === undefined) delete draft.status; // most set it, and V8 is slow to delete
  kind.defaults?.(draft);
  ownNew(request, draft);
  const admission = admissionOf(request, draft);
  orMissingNamespace(request, world, () => {
    for (const plugin of plugins) plugin.mutate?.(admission, world);
  });
  return admission;
}

/** Judges the draft. @throws ApiError 422. */
export function finishNew(admission: AdmissionRequest, request: WriteRequest, world: World): void {
  const { object } = admission;
  orMissingNamespace(request, world, () => validateNew(request, object));
  admission.specText = request.kind.specText?.(object);
  request.warnings.push(...(request.kind.warnings?.(object, undefined) ?? []));
}

/** What a missing namespace lacks besides is of no interest. Whether it is missing is decided at the head of the log. */
function orMissingNamespace({ kind, namespace }: WriteRequest, world: World, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw kind.namespaced && !world.get(Namespace, '', namespace) ? notFound(Namespace, namespace) : error;
  }
}

function validateNew(request: WriteRequest, draft: KubeObject): void {
  const { kind } = request;
  const { rules, seen } = judgedAs(request);
  const judged = seen(draft);
  const errors = [...validateMeta(kind, draft), ...(rules.validate?.(judged) ?? []), ...(rules.validateCreate?.(judged) ?? [])];
  if (errors.length > 0) throw invalidObject(kind.group, kind.kind, draft.metadata.name ?? '', errors);
}

/** What a create has to wait for before it is prepared; undefined, which is nearly always, when there is nothing. */
export function readyToCreate(kind: AnyKind, namespace: string, draft: object, world: WaitingWorld): Promise<unknown> | undefined {
  for (const plugin of plugins) {
    const wait = plugin.ready?.(kind, namespace, draft, world);
    if (wait) return wait;
  }
  return undefined;
}

/** The rest of a create, at the head of the log. */
export function attemptCreate(
  request: WriteRequest,
  admission: AdmissionRequest,
  { request: asking, cause, decision }: WishExtras = {},
): Attempt<KubeObject> {
  return (view, write) => {
    const { kind, namespace } = request;
    const object = copyForAttempt(admission.object);
    const asked = withObject(admission, object);
    for (const plugin of plugins) plugin.settle?.(asked, view);
    const meta = object.metadata;
    while (meta.generateName && view.get(kind, namespace, meta.name)) meta.name = generatedName(meta.generateName);
    if (view.get(kind, namespace, meta.name)) throw alreadyExists(kind, meta.name);
    write({
      kind,
      type: 'ADDED',
      object,
      specText: isSpecOf(admission, object) ? admission.specText : undefined,
      request: asking,
      cause,
      decision,
    });
    writeCompanions(request, { next: object }, view, write);
    return object;
  };
}

export function admissionOf(request: WriteRequest, object: KubeObject, previous?: KubeObject): AdmissionRequest {
  return {
    operation: previous ? 'UPDATE' : 'CREATE',
    kind: request.kind,
    namespace: request.namespace,
    name: request.name,
    object,
    user: request.user ?? { name: request.origin.actor.user, groups: request.origin.actor.groups ?? [] },
    dryRun: request.dryRun,
    warnings: request.warnings,
    annotations: request.annotations ?? {},
    previous,
    view: request.view,
    subresource: request.subresource,
  };
}

/** Plugins complete metadata and put another spec in its place; an attempt that must be made again starts from the draft as it was. */
function copyForAttempt(object: KubeObject): KubeObject {
  const copy = { ...object };
  copy.metadata = { ...object.metadata };
  return copy;
}

/** Member by member, as it was made: a spread took the slow way, 3 µs. */
const withObject = (
  { operation, kind, body, namespace, name, user, dryRun, warnings, annotations, previous, view, subresource }: AdmissionRequest,
  object: KubeObject,
): AdmissionRequest => ({
  operation,
  kind,
  body,
  namespace,
  name,
  object,
  user,
  dryRun,
  warnings,
  annotations,
  previous,
  view,
  subresource,
});

const isSpecOf = ({ object }: AdmissionRequest, copy: KubeObject): boolean =>
  (object as { spec?: object }).spec === (copy as { spec?: object }).spec;
