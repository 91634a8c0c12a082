import { sameValue } from '#lib/api/equality';
import { refOf, type KubeObject, type ObjectRef } from '#lib/api/meta';

/** An object that a controller wishes for: the API server adds uid, times and defaults, and a name for `generateName`. */
export interface NewObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name?: string;
    generateName?: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: KubeObject['metadata']['ownerReferences'];
    finalizers?: string[];
  };
}

/** A Kubernetes Event about an object. Repeats are counted on one Event by the API server, as client-go's recorder does. */
export interface Report {
  /** `fieldPath` names a part of the object: `spec.containers{web}`. */
  readonly about: ObjectRef & { readonly fieldPath?: string };
  /** The node that reports, when one does. */
  readonly host?: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly action?: string;
}

/** How to delete; absent members mean what they mean for a user's request. */
export interface DeleteOptions {
  readonly propagation?: 'Orphan' | 'Background' | 'Foreground';
  /** Seconds; absent means the kind's own. */
  readonly grace?: number;
}

/** What the API server writes next to a create, because only it knows the outcome. */
export interface CreateOutcome {
  /** Written after the create; `%s` in its message stands for the name that was drawn for `generateName`. */
  readonly report?: Report;
  /** Written when the create is refused for any reason but AlreadyExists and Conflict; its message is followed by the error's text. */
  readonly orReport?: Report;
  /** Set in `status.conditions` of `of` in the same cases, by its type; its message is followed by the error's text. */
  readonly orCondition?: { readonly of: ObjectRef; readonly condition: FailureCondition };
}

/** A condition without its times: the API server stamps lastUpdateTime (when `stampsUpdate`) and lastTransitionTime. */
export interface FailureCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly stampsUpdate?: boolean;
}

/**
 * A wish of a controller. The API server runs the commands of one decision in order, through the same pipeline as a user's
 * request, and stops at the first that fails. References carry uid and resourceVersion as preconditions where the builder puts them.
 * To add one: a case here, one in apps/api/write/execute.ts, one in simulated-server.ts; the compiler names the places.
 */
export type Command =
  | ({ readonly do: 'create'; readonly object: NewObject; readonly because?: readonly number[] } & CreateOutcome)
  | { readonly do: 'update'; readonly object: KubeObject; readonly because?: readonly number[] }
  | {
      readonly do: 'patch';
      readonly ref: ObjectRef;
      readonly patch: object;
      readonly subresource?: 'status';
      readonly because?: readonly number[];
    }
  | { readonly do: 'setStatus'; readonly ref: ObjectRef; readonly status: object; readonly because?: readonly number[] }
  | { readonly do: 'finalize'; readonly object: KubeObject; readonly because?: readonly number[] }
  | { readonly do: 'remove'; readonly ref: ObjectRef; readonly options: DeleteOptions; readonly because?: readonly number[] }
  | { readonly do: 'evict'; readonly ref: ObjectRef; readonly options: DeleteOptions; readonly because?: readonly number[] }
  | { readonly do: 'bind'; readonly ref: ObjectRef; readonly node: string; readonly because?: readonly number[] }
  | { readonly do: 'report'; readonly report: Report; readonly because?: readonly number[] }
  /** Not sent anywhere: the runtime decides again on this key at that time. */
  | { readonly do: 'wake'; readonly at: Date };

/** Reports and conditions that depend on the outcome travel with the create. */
export const create = (object: NewObject, outcome: CreateOutcome = {}): Command => ({ do: 'create', object, ...outcome });

/** Replaces the object; refused when it was changed since it was read. */
export const update = (object: KubeObject): Command => ({ do: 'update', object });

/** JSON merge patch. Refused when another object took the name; pass a ref without resourceVersion to patch whatever version there is. */
export const patch = (object: KubeObject, change: object, subresource?: 'status'): Command => ({
  do: 'patch',
  ref: { ...refOf(object), resourceVersion: undefined },
  patch: change,
  ...(subresource && { subresource }),
});

/** Asks for the whole new status, and for nothing when it is already so. Refused when the object was changed since it was read. */
export const setStatus = (object: KubeObject & { status?: object }, status: object): Command[] =>
  sameValue(object.status ?? {}, status) ? [] : [{ do: 'setStatus', ref: refOf(object), status }];

/** Namespaces only: writes `spec.finalizers` through the finalize subresource. */
export const finalize = (object: KubeObject): Command => ({ do: 'finalize', object });

/** Deletes this very object (by uid), whatever its version. */
export const remove = (object: KubeObject, options: DeleteOptions = {}): Command => ({
  do: 'remove',
  ref: { ...refOf(object), resourceVersion: undefined },
  options,
});

/** Asks to delete a pod through its eviction subresource. */
export const evict = (object: KubeObject, options: DeleteOptions = {}): Command => ({
  do: 'evict',
  ref: { ...refOf(object), resourceVersion: undefined },
  options,
});

/** Assigns a pod to a node through its binding subresource; `because` names the pod's own version as the cause. */
export const bind = (pod: KubeObject, node: string): Command => ({
  do: 'bind',
  ref: { ...refOf(pod), resourceVersion: undefined },
  node,
  because: [Number(pod.metadata.resourceVersion)],
});

/** A report as data, for `create` and its outcome. */
export const reportOn = (about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, action?: string): Report => ({
  about: refOf(about),
  type,
  reason,
  message,
  ...(action && { action }),
});

/** Tells a Normal Event about the object. */
export const report = (about: KubeObject, reason: string, message: string): Command => ({
  do: 'report',
  report: reportOn(about, 'Normal', reason, message),
});

/** Tells a Warning Event about the object. */
export const warn = (about: KubeObject, reason: string, message: string): Command => ({
  do: 'report',
  report: reportOn(about, 'Warning', reason, message),
});

/** Decide again on this key at `at`, even when nothing changes until then. The earliest wins. */
export const wake = (at: Date): Command => ({ do: 'wake', at });
