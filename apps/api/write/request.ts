import type { AnyKind, Subresource } from '#lib/api/kind';
import { badRequest } from '#lib/api/errors';
import type { KubeObject, ObjectMeta } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { randomUUID } from 'node:crypto';
import { generatedName } from './random';
import type { Origin } from './writer';

/** One write, whoever asks: a user over HTTPS or a controller over the bus. */
export interface WriteRequest {
  readonly kind: AnyKind;
  readonly namespace: string;
  /** '' on create. */
  readonly name: string;
  readonly subresource?: Subresource;
  readonly origin: Origin;
  readonly now: Date;
  readonly dryRun: boolean;
  /** Texts for `Warning:` headers; the pipeline adds to them. */
  readonly warnings: string[];
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
  delete meta.managedFields;
  delete meta.generation;
  if (request.kind.hasGeneration) meta.generation = 1;
  dropEmpty(meta);
}

/** Puts the server's part of the metadata back as it was. Mirrors rest.BeforeUpdate. */
export function stampUpdate(request: WriteRequest, draft: KubeObject, previous: KubeObject): void {
  const meta = (draft.metadata ??= {} as ObjectMeta);
  matchNamespace(request, meta);
  if (!meta.name) meta.name = request.name;
  if (meta.name !== request.name) {
    throw badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${request.name})`);
  }
  const was = previous.metadata;
  meta.uid = was.uid;
  meta.creationTimestamp = was.creationTimestamp;
  keep(meta, was, 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'generateName', 'managedFields', 'selfLink');
  dropEmpty(meta);
}

function matchNamespace(request: WriteRequest, meta: ObjectMeta): void {
  if (!request.kind.namespaced) {
    if (meta.namespace) throw badRequest('namespace may not be set on a cluster-scoped object');
    delete meta.namespace;
    return;
  }
  if (meta.namespace && meta.namespace !== request.namespace) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request`,
    );
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
