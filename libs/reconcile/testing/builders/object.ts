import type { Kind } from '#lib/api/kind';
import { ownerReferenceTo, type KubeObject, type ObjectMeta } from '#lib/api/meta';
import { secondsAgo } from '#lib/reconcile/testing/now';

/** What every builder understands. Whatever a test does not speak of has a plain default. */
export interface Common {
  /** Default: `web`, on nodes `node-1`, on namespaces `default`. */
  readonly name?: string;
  /** Default: `default`; ignored on cluster-scoped kinds. */
  readonly namespace?: string;
  /** Default: made of kind, namespace and name, so that the same object built twice is the same. */
  readonly uid?: string;
  /** The resourceVersion. Default 1. */
  readonly revision?: number;
  readonly generation?: number;
  /** Default: an hour before NOW. */
  readonly created?: string;
  /** The deletionTimestamp: the object is being deleted. */
  readonly deleted?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly finalizers?: string[];
  /** The controller owner. */
  readonly ownedBy?: KubeObject;
  readonly ownerReferences?: ObjectMeta['ownerReferences'];
}

/** The object as the API server would have stored it: with its metadata filled in and the kind's defaults applied. */
export function build<T extends KubeObject>(kind: Kind<T>, options: Common, body: object): T {
  const object = {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: metadata(kind, options),
    ...structuredClone(body),
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the caller's body makes it a T
  } as any as T;
  kind.defaults?.(object);
  return object;
}

function metadata(kind: Kind<never>, options: Common): ObjectMeta {
  const name = options.name ?? 'web';
  const namespace = kind.namespaced ? (options.namespace ?? 'default') : undefined;
  const owners = [...(options.ownedBy ? [ownerReferenceTo(options.ownedBy)] : []), ...(options.ownerReferences ?? [])];
  return withoutUndefined<ObjectMeta>({
    name,
    namespace,
    uid: options.uid ?? ['uid', kind.plural, ...(namespace ? [namespace] : []), name].join('-'),
    resourceVersion: String(options.revision ?? 1),
    generation: kind.hasGeneration ? (options.generation ?? 1) : options.generation,
    creationTimestamp: options.created ?? secondsAgo(3600),
    deletionTimestamp: options.deleted,
    deletionGracePeriodSeconds: options.deletionGracePeriodSeconds,
    labels: options.labels,
    annotations: options.annotations,
    finalizers: options.finalizers,
    ownerReferences: owners.length > 0 ? owners : undefined,
  });
}

/** The object without its undefined members, as it comes back from JSON. */
export const withoutUndefined = <T extends object>(object: T): T => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
