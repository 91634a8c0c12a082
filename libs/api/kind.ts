import type { JsonSchema } from './apiextensions/json-schema';
import type { FieldError } from './field-error';
import type { KubeObject } from './meta';

/** Parts of an object that have a path of their own below it. */
export type Subresource =
  'status' | 'scale' | 'binding' | 'eviction' | 'finalize' | 'token' | 'log' | 'ephemeralcontainers' | 'resize' | 'approval';

export type Verb = 'create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** One printed column of `kubectl get`. Mirrors pkg/printers/internalversion. */
export interface Column<T> {
  readonly name: string;
  readonly type?: 'string' | 'integer' | 'date' | 'boolean';
  /** `name` marks the column that holds the object's name. */
  readonly format?: string;
  /** 0 is always shown; 1 only with `-o wide`. */
  readonly priority?: number;
  readonly description?: string;
  /** null where there is none. */
  value(object: T, now: Date): string | number | boolean | null;
}

/** What a write may look at besides the object: everything it does not know is asked here. */
export interface WriteContext {
  /** The moment of the request. */
  readonly now: Date;
  /** Absent on the main resource. */
  readonly subresource?: Subresource;
}

/** How a kind that is only a view of another is stored. */
export interface StoredForm {
  readonly apiVersion: string;
  /** The kind that is stored, where it cannot be found by apiVersion: custom kinds. */
  readonly kind?: () => AnyKind;
  /** All versions of it, of custom kinds. */
  readonly versions?: () => readonly AnyKind[];
  /** True when what is stored is never shown as it is: what lacks by today's schema is filled in. */
  readonly always?: boolean;
  /** True when a webhook makes one version from another: then both functions may throw NotConverted. */
  readonly converts?: boolean;
  toStored(object: KubeObject): KubeObject;
  fromStored(object: KubeObject): KubeObject;
}

/** The schema of one version of a custom resource. */
export interface CustomSchema {
  /** Undefined: anything goes. */
  readonly root: JsonSchema | undefined;
  /**
   * The object without what its schema does not know, and with its defaults; metadata is untouched. `unknown` are the paths that were
   * dropped.
   */
  coerce(object: object): { readonly object: object; readonly unknown: readonly string[] };
}

/** What `/scale` shows of an object, and how it sets the number that is wanted. */
export interface ScaleAccess {
  /** `wanted` is undefined when the object has no such field. */
  read(object: KubeObject): { readonly wanted: number | undefined; readonly present: number; readonly selector: string };
  write<T extends KubeObject>(object: T, replicas: number): T;
  /** The path of the number that is wanted, for complaints. */
  readonly path: string;
}

/**
 * Everything that is special about one kind; generic code serves the rest. Mirrors the strategies of kubernetes/pkg/registry.
 *
 * The functions that take a `draft` change it in place: it is the pipeline's own copy. They run in the order
 * prepare → defaults → (admission) → validate; for updates `previous` is the stored version and must not be changed.
 */
export interface KindSpec<T extends KubeObject = KubeObject> {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  /** All eight when absent. */
  readonly verbs?: readonly Verb[];
  readonly subresources?: readonly Subresource[];
  /** Stored under another group as well: events.k8s.io/v1 Event is the same log entry as core/v1 Event. */
  readonly storedAs?: StoredForm;
  /** Custom resources: what their objects consist of. */
  readonly schema?: CustomSchema;
  /** What lists are called. Default: the kind with `List` behind it. */
  readonly listKind?: string;
  /** What a change of moves `metadata.generation`. Default: the spec, or everything but metadata and status on kinds without one. */
  desired?(object: T): unknown;
  /** How `/scale` reads and writes the object. Default: `spec.replicas`, `status.replicas` and the selector of workloads. */
  readonly scale?: ScaleAccess;

  /** Nothing of it is stored: its objects are made when they are read, of what is kept elsewhere (apps/api/read/views.ts). */
  readonly view?: boolean;

  /** A create may carry the status: nodes register with theirs. Otherwise the pipeline drops it. */
  readonly statusOnCreate?: boolean;

  /** Drops what a create may not set (the pipeline has already removed `status` on kinds that have the subresource). */
  prepareCreate?(draft: T, context: WriteContext): void;
  /** Carries over what an update may not change (the pipeline has already kept `status`, or all but `status`). */
  prepareUpdate?(draft: T, previous: T, context: WriteContext): void;
  /** Cross-field defaults, as in pkg/apis/<group>/<version>/defaults.go. Must be idempotent. */
  defaults?(draft: T): void;
  /** Every complaint about the object by itself; `metadata` is checked by the pipeline. */
  validate?(object: T): readonly FieldError[];
  /** Complaints that only a new object can earn; `validate` has run too. */
  validateCreate?(object: T): readonly FieldError[];
  /** Complaints about the step from `previous` to `object`; `validate` has run too. `context.subresource` says which rules hold. */
  validateUpdate?(object: T, previous: T, context?: WriteContext): readonly FieldError[];
  /** Instead of validate and validateUpdate when the write is to `/status`. */
  validateStatus?(object: T, previous: T): readonly FieldError[];
  /** Text for the `Warning:` header of every request, reads too: `v1 Endpoints is deprecated in v1.33+; use …`. */
  readonly deprecation?: string;
  /** The JSON of the spec of an object that `validate` saw last, when it was made there anyway. */
  specText?(object: T): string | undefined;
  /** Texts for `Warning:` headers on create and update. */
  warnings?(object: T, previous: T | undefined): readonly string[];
  /** An update of one that is not there makes it, if its client may create one. Mirrors AllowCreateOnUpdate of strategies. */
  readonly createsOnUpdate?: boolean;
  /** An update must name the version that it changes; otherwise one without a resourceVersion overwrites whatever there is. */
  readonly conditionalUpdates?: boolean;
  /** Name rule when it is not a DNS subdomain: 'label', 'service' (RFC 1035 label) or 'path' (RBAC). */
  readonly nameRule?: 'subdomain' | 'label' | 'service' | 'path';
  /** `metadata.generation` moves with `spec` when true. Default: true when the kind has a `status` subresource. */
  readonly hasGeneration?: boolean;
  /** Seconds to wait for a graceful delete, or 0/undefined to delete at once. `asked` is the client's wish. */
  gracePeriod?(object: T, asked: number | undefined): number;
  /** Called once, on the version that carries the deletionTimestamp: namespaces show it in their phase. */
  whenAskedToGo?(draft: T): void;
  /** Finalizers that live outside metadata (namespaces: spec.finalizers). True while the object may not go yet. */
  holdsDeletion?(object: T): boolean;

  /** Besides metadata.name and metadata.namespace. A missing value is ''. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  readonly columns?: readonly Column<T>[];
  /** Which token of the bus subject consumers filter by, e.g. the node of a pod. Default '_'. */
  route?(object: T): string;
  /** World indexes by name: the values under which the object can be found again. */
  readonly indexes?: Readonly<Record<string, (object: T) => string | readonly string[] | undefined>>;
}

/** A kind as generic code sees it: the spec with its derived names. */
export interface Kind<T extends KubeObject = KubeObject> extends KindSpec<T> {
  readonly singular: string;
  readonly verbs: readonly Verb[];
  readonly subresources: readonly Subresource[];
  readonly apiVersion: string;
  /** `pods`, `deployments.apps`: the name in the log, in subjects and in error texts. */
  readonly resource: string;
  readonly namespaced: boolean;
}

/** What a kind is served with unless it says otherwise, in the order of discovery. */
export const ALL_VERBS: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Completes a spec with the names that follow from it. */
export function defineKind<T extends KubeObject>(spec: KindSpec<T>): Kind<T> {
  return {
    ...spec,
    singular: spec.singular ?? spec.kind.toLowerCase(),
    verbs: spec.verbs ?? ALL_VERBS,
    subresources: spec.subresources ?? [],
    hasGeneration: spec.hasGeneration ?? spec.subresources?.includes('status') ?? false,
    apiVersion: spec.group === '' ? spec.version : `${spec.group}/${spec.version}`,
    resource: spec.group === '' ? spec.plural : `${spec.plural}.${spec.group}`,
    namespaced: spec.scope === 'Namespaced',
  };
}

/** A kind whose object type does not matter here. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- Kind is invariant in T, so unknown or KubeObject would not do
export type AnyKind = Kind<any>;
