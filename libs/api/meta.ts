import type { LabelSelector, ManagedFieldsEntry, OwnerReference } from 'kubernetes-types/meta/v1';

export type { LabelSelector, ManagedFieldsEntry, OwnerReference };

/** Metadata of an object as it is stored: what the API server always fills in is not optional here. */
export interface ObjectMeta {
  name: string;
  generateName?: string;
  /** Absent on cluster-scoped objects. */
  namespace?: string;
  uid: string;
  /** The revision of the log entry that wrote this version, in decimal. */
  resourceVersion: string;
  /** Moves when the desired state (`spec`) changes; only on kinds that have one. */
  generation?: number;
  /** RFC 3339, whole seconds. */
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
  selfLink?: string;
}

/** Any object of any kind. Treat it as frozen unless you made it: the world shares its objects with everybody. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** A wire type of `kubernetes-types` as it looks once it is stored: metadata, spec and status are there. */
export type Stored<W> = Omit<W, 'apiVersion' | 'kind' | 'metadata' | 'spec' | 'status'> &
  KubeObject &
  (W extends { spec?: infer S } ? { spec: NonNullable<S> } : unknown) &
  (W extends { status?: infer S } ? { status: NonNullable<S> } : unknown);

/** Names one object. `namespace` is '' for cluster-scoped kinds. `uid` makes the reference exact. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** A reference to this very version of the object: uid and resourceVersion are preconditions where it is used. */
export function refOf(object: KubeObject): ObjectRef {
  const { namespace = '', name, uid, resourceVersion } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid, resourceVersion };
}

/** The owner that manages the object (`controller: true`), if there is one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** The reference that a controller puts on the objects it makes. Mirrors metav1.NewControllerRef. */
export function ownerReferenceTo(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** True from the moment a delete was asked for until the object is gone. */
export const isBeingDeleted = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;
