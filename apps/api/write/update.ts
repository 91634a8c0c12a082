import { conflict, invalidObject, modified, notFound } from '#lib/api/errors';
import { sameValue } from '#lib/api/equality';
import type { KubeObject } from '#lib/api/meta';
import { validateMeta, validateMetaUpdate } from '#lib/api/validation/meta';
import type { FieldError } from '#lib/api/field-error';
import type { World } from '#lib/reconcile/world';
import type { AdmissionRequest } from '../admission/plugin';
import { plugins } from '../admission/plugins';
import { writeCompanions } from './companions';
import { admissionOf, type WishExtras } from './create';
import { ownNext, sameButForTimes } from './ownership';
import { copyOf } from './patch/copy';
import { judgedAs, stampUpdate, type WriteRequest } from './request';
import type { Attempt } from './writer';
import { mayGo } from './remove';

type WithParts = KubeObject & { spec?: unknown; status?: unknown };

/** Makes the next version from the current one: a PUT ignores it, a patch builds on it. Runs at the head of the log. */
export type NextVersion = (current: KubeObject) => KubeObject;

/** An update or patch of the object itself or of its status. A write that changes nothing makes no entry. */
export function attemptUpdate(request: WriteRequest, next: NextVersion, extras: WishExtras = {}): Attempt<KubeObject> {
  return (view, write) => {
    const { kind, namespace, name } = request;
    const previous = view.get(kind, namespace, name);
    if (!previous) throw notFound(kind, name);
    const admission = draftNext(request, next, previous, view.world);
    const draft = admission.object as WithParts;
    moveGeneration(request, draft, previous);
    validateNext(request, draft, previous);
    for (const plugin of plugins) plugin.settle?.(admission, view);
    request.warnings.push(...(request.subresource ? [] : (kind.warnings?.(draft, previous) ?? [])));
    if (sameObject(draft, previous)) return previous;
    const goes = mayGo(kind, draft);
    write({ kind, type: goes ? 'DELETED' : 'MODIFIED', object: draft, ...extras });
    writeCompanions(request, goes ? { previous: draft } : { previous, next: draft }, view, write);
    return draft;
  };
}

/** The next version as it is before anybody judges it: completed by its kind and by the plugins. */
export function draftNext(request: WriteRequest, next: NextVersion, previous: KubeObject, world: World): AdmissionRequest {
  const { kind } = request;
  const draft = next(previous) as WithParts;
  checkPreconditions(request, draft, previous);
  stampUpdate(request, draft, previous);
  separateStatus(request, draft, previous);
  kind.prepareUpdate?.(draft, previous, request);
  kind.defaults?.(draft);
  ownNext(request, draft, previous);
  const admission = admissionOf(request, draft, previous);
  for (const plugin of plugins) plugin.mutate?.(admission, world);
  return admission;
}

function checkPreconditions(request: WriteRequest, draft: KubeObject, previous: KubeObject): void {
  const { uid, resourceVersion } = draft.metadata ?? {};
  if (uid && uid !== previous.metadata.uid) {
    throw conflict(
      request.kind,
      request.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${previous.metadata.uid}`,
    );
  }
  if (resourceVersion && resourceVersion !== previous.metadata.resourceVersion) throw modified(request.kind, request.name);
  if (!resourceVersion && !request.kind.conditionalUpdates && draft.metadata)
    draft.metadata.resourceVersion = previous.metadata.resourceVersion;
}

/**
 * The main resource cannot touch the status, and `/status` nothing but the status and some metadata. Copies: defaults change the draft in
 * place.
 */
function separateStatus(request: WriteRequest, draft: WithParts, previous: WithParts): void {
  if (!request.kind.subresources.includes('status') || request.subresource === 'approval') return;
  if (request.subresource === 'status') {
    for (const part of Object.keys({ ...draft, ...previous }) as (keyof WithParts)[]) {
      if (part === 'status' || part === 'metadata') continue;
      if (previous[part] === undefined) delete draft[part];
      else Object.assign(draft, { [part]: copyOf(previous[part]) });
    }
    if (previous.metadata.ownerReferences) draft.metadata.ownerReferences = previous.metadata.ownerReferences;
    else delete draft.metadata.ownerReferences;
  } else if (previous.status === undefined) delete draft.status;
  else draft.status = copyOf(previous.status);
}

function moveGeneration(request: WriteRequest, draft: WithParts, previous: WithParts): void {
  if (!request.kind.hasGeneration || request.subresource === 'status') return;
  const desired = request.kind.desired ?? desiredOf;
  if (!sameValue(desired(draft), desired(previous))) draft.metadata.generation = (previous.metadata.generation ?? 0) + 1;
}

/** What generation counts changes of: the spec, or everything but metadata and status on kinds without one. */
function desiredOf(object: WithParts): unknown {
  if (object.spec !== undefined) return object.spec;
  const { metadata: _, status: __, ...rest } = object;
  return rest;
}

function validateNext(request: WriteRequest, draft: KubeObject, previous: KubeObject): void {
  const { kind, subresource } = request;
  const errors: FieldError[] = [...validateMeta(kind, draft), ...validateMetaUpdate(draft, previous)];
  if (subresource === 'status') errors.push(...(kind.validateStatus?.(draft, previous) ?? []));
  else {
    const { rules, seen } = judgedAs(request);
    const judged = seen(draft);
    errors.push(...(rules.validate?.(judged) ?? []), ...(rules.validateUpdate?.(judged, seen(previous), request) ?? []));
  }
  if (errors.length > 0) throw invalidObject(kind.group, kind.kind, request.name, errors);
}

/** The same but for the version, and for when managers did what is no change: nothing to write. */
function sameObject(draft: KubeObject, previous: KubeObject): boolean {
  const { resourceVersion, managedFields } = draft.metadata;
  draft.metadata.resourceVersion = previous.metadata.resourceVersion;
  draft.metadata.managedFields = previous.metadata.managedFields;
  const same = sameValue(draft, previous) && sameButForTimes(managedFields, previous.metadata.managedFields);
  if (resourceVersion !== undefined) draft.metadata.resourceVersion = resourceVersion;
  if (managedFields !== undefined) draft.metadata.managedFields = managedFields;
  else delete draft.metadata.managedFields;
  return same;
}
