import type { AnyKind, Subresource } from '#lib/api/kind';
import { badRequest } from '#lib/api/errors';
import type { KubeObject, ObjectMeta } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { randomUUID } from 'node:crypto';
import { generatedName } from './random';
import type { User } from '../auth/authorizer';
import type { Origin } from './writer';

/** One write, whoever asks: a user over HTTPS or a controller over the bus. */
export interface WriteRequest {
  readonly kind: AnyKind;
  /** The kind that the client speaks, when that is only a view of `kind`. */
  readonly view?: AnyKind;
  readonly namespace: string;
  /** '' on create. */
  readonly name: string;
  readonly subresource?: Subresource;
  readonly origin: Origin;
  /** Who asks, with what the log does not keep of him. Default: the actor of `origin`. */
  readonly user?: User;
  readonly now: Date;
  readonly dryRun: boolean;
  /** Texts for `Warning:` headers; the pipeline adds to them. */
  readonly warnings: string[];
  /** The client's options, as webhooks are told them. Default: none but the field manager. */
  readonly options?: () => object;
  /** The draft comes with its `managedFields` settled: by server-side apply, or because it was looked at before. */
  readonly isOwned?: boolean;
  /** What admission wants the record of the request to say. Default: nobody reads it. */
  readonly annotations?: Record<string, string>;
}

/** The kind whose rules hold, and the object as that kind sees it. */
export function judgedAs({ kind, view }: WriteRequest): { rules: AnyKind; seen: (object: KubeObject) => KubeObject } {
  return view?.storedAs ? { rules: view, seen: view.storedAs.fromStored } : { rules: kind, seen: (object) => object };
}

/** Makes a client's object one of ours: what only the server may set is set or dropped. Mirrors rest.BeforeCreate. */
export function stampNew(request: WriteRequest, object: KubeObject): void {
  const meta = (object.metadata ??= {} as ObjectMeta);
  if (meta.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  matchNamespace(request, meta);
  if (!meta.name && meta.generateName) meta.name = generatedName(meta.generateName);
  meta.uid = randomUUID();
  meta.creationTimestamp = rfc3339(request.now);
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.selfLink;
  delete meta.generation;
  if (request.kind.hasGeneration) meta.generation = 1;
  dropEmpty(meta);
  meta.name ??= ''; // it will be refused, but rules of kinds may look at it before
}

/** Puts the server's part of the metadata back as it was. Mirrors rest.BeforeUpdate. */
export function stampUpdate(request: WriteRequest, draft: KubeObject, previous: KubeObject): void {
  const meta = (draft.metadata ??= {} as ObjectMeta);
  requireSameObject(request, meta);
  if (request.kind.namespaced) meta.namespace = request.namespace;
  else delete meta.namespace;
  const was = previous.metadata;
  meta.uid = was.uid;
  meta.creationTimestamp = was.creationTimestamp;
  keep(meta, was, 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'generateName', 'selfLink');
  dropEmpty(meta);
}

/** A body is about the object of its path. @throws ApiError 400. Mirrors checkName of apiserver/pkg/endpoints/handlers. */
export function requireSameObject(
  { kind, namespace, name }: { readonly kind: { readonly namespaced: boolean }; readonly namespace: string; readonly name: string },
  meta: Partial<ObjectMeta>,
): void {
  if (!meta.name) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (meta.name !== name) throw badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${name})`);
  if (kind.namespaced && meta.namespace && meta.namespace !== namespace) {
    throw badRequest(`the namespace of the object (${meta.namespace}) does not match the namespace on the request (${namespace})`);
  }
}

/** Mirrors EnsureObjectNamespaceMatchesRequestNamespace: on objects of the cluster a namespace is dropped without a word. */
function matchNamespace(request: WriteRequest, meta: ObjectMeta): void {
  if (!request.kind.namespaced) {
    delete meta.namespace;
    return;
  }
  if (meta.namespace && meta.namespace !== request.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  meta.namespace = request.namespace;
}

function keep(meta: ObjectMeta, was: ObjectMeta, ...fields: (keyof ObjectMeta)[]): void {
  for (const field of fields) {
    if (was[field] === undefined) delete meta[field];
    else Object.assign(meta, { [field]: was[field] });
  }
}

/** Empty maps and lists are left out, as Go's omitempty does. */
function dropEmpty(meta: ObjectMeta): void {
  for (const field of ['labels', 'annotations'] as const) if (meta[field] && Object.keys(meta[field]).length === 0) delete meta[field];
  for (const field of ['finalizers', 'ownerReferences'] as const) if (meta[field]?.length === 0) delete meta[field];
}
