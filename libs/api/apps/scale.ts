import type { Scale as WireScale } from 'kubernetes-types/autoscaling/v1';
import { AGE, NAME } from '#lib/api/columns';
import { invalid, type FieldError } from '#lib/api/field-error';
import { internalError } from '#lib/api/errors';
import { defineKind, type ScaleAccess } from '#lib/api/kind';
import type { KubeObject, LabelSelector, Stored } from '#lib/api/meta';
import { fromLabelSelector, fromMap } from '#lib/api/validation/selectors';

/** The view of a scalable object that its `/scale` shows: how many are wanted, how many there are, and which. */
export type Scale = WireScale & { apiVersion: 'autoscaling/v1'; kind: 'Scale' };

/** Not served by itself, only below others: here for its columns. Mirrors printScale. */
export const scaleKind = defineKind<Stored<WireScale>>({
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  plural: 'scales',
  scope: 'Namespaced',
  columns: [
    NAME,
    { name: 'Desired', type: 'integer', value: (scale) => scale.spec?.replicas ?? 0 },
    { name: 'Available', type: 'integer', value: (scale) => scale.status?.replicas ?? 0 },
    AGE,
  ],
});

/** What Deployments, ReplicaSets, StatefulSets and ReplicationControllers have in common. */
export interface Scalable extends KubeObject {
  /** The selector of a ReplicationController is a plain map of labels. */
  readonly spec: { readonly replicas?: number; readonly selector?: LabelSelector | Readonly<Record<string, string>> };
  readonly status?: { readonly replicas?: number };
}

/** Stands for the number of a custom resource that has none yet, while it is changed; the least that an int32 can be. */
export const UNSET = -2147483648;

/**
 * The object as a Scale; custom kinds say themselves where the numbers are. `missing`: the number of one that has none.
 * @throws ApiError 500 where there is neither. Mirrors scaleFromDeployment and its sisters in pkg/registry/apps, and ScaleREST of
 *   apiextensions-apiserver.
 */
export function scaleOf(object: Scalable, access?: ScaleAccess, missing?: number): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const own = access?.read(object);
  const wanted = own ? (own.wanted ?? missing) : (object.spec.replicas ?? 0);
  if (access && wanted === undefined) throw internalError(`the spec replicas field ${JSON.stringify(access.path)} does not exist`);
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: wanted },
    status: own
      ? { replicas: own.present, selector: own.selector }
      : { replicas: object.status?.replicas ?? 0, selector: selectorText(object) },
  };
}

/** A ReplicationController's map is written as labels.SelectorFromSet writes it. */
const selectorText = ({ kind, spec }: Scalable): string =>
  (kind === 'ReplicationController' ? fromMap(spec.selector as Record<string, string>) : fromLabelSelector(spec.selector as LabelSelector))
    .text;

/** The object with that many replicas wanted. */
export const applyScale = <T extends Scalable>(object: T, replicas: number, access?: ScaleAccess): T =>
  access ? access.write(object, replicas) : { ...object, spec: { ...object.spec, replicas } };

/** Complaints about a Scale that a client sent. Mirrors pkg/apis/autoscaling/validation.ValidateScale. */
export function validateScale(scale: Pick<Scale, 'spec'>): FieldError[] {
  const replicas = scale.spec?.replicas ?? 0;
  return replicas < 0 ? [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')] : [];
}
