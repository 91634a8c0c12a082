import { applyScale, scaleKind, scaleOf, UNSET, validateScale, type Scalable, type Scale } from '#lib/api/apps/scale';
import { badRequest, invalidObject } from '#lib/api/errors';
import type { KubeObject, ManagedFieldsEntry } from '#lib/api/meta';
import { kindFields } from '#lib/schema/managed/kind-fields';
import { entriesOfParent, entriesOfScale } from '#lib/schema/managed/scale';
import { trackUpdate } from '#lib/schema/managed/track';
import { nextApplied, type Configuration } from './apply';
import { copyOf } from './patch/copy';
import { trackedWrite } from './ownership';
import { requireSameObject, type WriteRequest } from './request';
import type { NextVersion } from './update';

/** Makes the next Scale from the current one, which shows who owns its number. */
export type NextScale = (current: Scale) => Scale;

/** A write to a Scale, as one that changes the object it is the scale of. */
export const scaleWrite = (request: WriteRequest): WriteRequest => ({ ...request, subresource: undefined, isOwned: true });

/** The object that a changed Scale makes, and who owns the number then. Mirrors scaleUpdatedObjectInfo of pkg/registry/apps. */
export function nextScaled(request: WriteRequest, next: NextScale): NextVersion {
  const write = { ...trackedWrite({ ...request, kind: scaleKind, view: undefined }), subresource: 'scale' };
  return scaled(request, (live) => {
    const made = next(live);
    return { made, entries: trackUpdate(live as KubeObject, made as KubeObject, { ...write, node: kindFields(scaleKind).node }) };
  });
}

/** The same for a configuration that is applied to the Scale. */
export function nextScaleApplied(request: WriteRequest, configuration: Configuration): NextVersion {
  const next = nextApplied({ ...request, kind: scaleKind, view: undefined, subresource: 'scale' }, configuration);
  return scaled(request, (live) => {
    const made = next(live as KubeObject) as Scale;
    return { made, entries: made.metadata?.managedFields };
  });
}

type ScaleMaker = (live: Scale) => { made: Scale; entries: readonly ManagedFieldsEntry[] | undefined };

const scaled =
  (request: WriteRequest, make: ScaleMaker): NextVersion =>
  (current) => {
    const { scale } = request.kind;
    const live = scaleOf(current as Scalable, scale, UNSET);
    const before = entriesOfScale(current.metadata.managedFields);
    const { made, entries } = make(before ? { ...live, metadata: { ...live.metadata, managedFields: before } } : live);
    requireSameObject({ ...request, kind: { namespaced: true } }, (made.metadata ?? {}) as Partial<KubeObject['metadata']>);
    if (scale && made.spec?.replicas === UNSET) throw badRequest(`the spec replicas field ${JSON.stringify(scale.path)} cannot be empty`);
    const errors = validateScale(made);
    if (errors.length > 0) throw invalidObject('autoscaling', 'Scale', request.name, errors);
    const next = copyOf(applyScale(current as Scalable, made.spec?.replicas ?? 0, scale)) as KubeObject;
    const { resourceVersion, uid } = made.metadata ?? {};
    if (resourceVersion) next.metadata.resourceVersion = resourceVersion;
    if (uid) next.metadata.uid = uid;
    const after = entriesOfParent(current.metadata.managedFields, entries, current.apiVersion);
    if (after) next.metadata.managedFields = after;
    return next;
  };
