import { methodNotAllowed } from '#lib/api/errors';
import type { AnyKind } from '#lib/api/kind';
import { storedKind } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { decodeBody } from '#lib/schema/decode/body';
import type { Kernel } from '../kernel';
import { selected } from '../read/list';
import { selectionOf } from '../read/selection';
import { readyToCreate } from '../write/create';
import { writeOptionsOf, type WriteOptions } from '../write/options';
import { patched, patchTypeOf } from '../write/patch/patched';
import type { Removal, RemoveOptions } from '../write/remove';
import { requireSameObject, type WriteRequest } from '../write/request';
import type { NextVersion } from '../write/update';
import type { Attempt } from '../write/writer';
import { removeOptionsOf } from './delete-options';
import { bodyOf, type Exchange } from './exchange';
import { originOf } from './identity';
import { sendList, sendObject, sendRemoved } from './represent';
import type { ResourceRequest } from './resource';

/** POST, PUT, PATCH and DELETE on objects and their status. */
export class WriteHandler {
  constructor(private readonly kernel: Kernel) {}

  async create(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const options = optionsOf(exchange, request);
    const write = writeRequest(exchange, request, options.dryRun);
    const draft = await this.decode(exchange, request, options);
    const { world, consult } = this.kernel;
    const wait = readyToCreate(write.kind, write.namespace, draft, world);
    if (wait) await wait;
    sendObject(exchange, request.kind, 201, await consult.run(write, () => consult.create(write, draft)));
  }

  async update(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const options = optionsOf(exchange, request);
    const write = writeRequest(exchange, request, options.dryRun);
    const draft = await this.decode(exchange, request, options);
    requireSameObject(request, draft.metadata ?? {});
    const { consult } = this.kernel;
    sendObject(exchange, request.kind, 200, await consult.run(write, () => consult.update(write, () => structuredClone(draft))));
  }

  async patch(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const { dryRun, fieldValidation } = optionsOf(exchange, request);
    const write = writeRequest(exchange, request, dryRun);
    const body = await bodyOf(exchange.request);
    const next = patched(request.kind, exchange.request.headers['content-type'], body, fieldValidation, exchange.warnings);
    const { consult } = this.kernel;
    sendObject(exchange, request.kind, 200, await consult.run(write, () => consult.update(write, onStored(request.kind, next))));
  }

  async remove(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const { options, dryRun } = await removeOptionsOf(exchange);
    const write = writeRequest(exchange, request, dryRun);
    const { consult } = this.kernel;
    sendRemoved(exchange, request.kind, await consult.run(write, () => consult.remove(write, options)));
  }

  async removeAll(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const { world } = this.kernel;
    if (request.kind.namespaced && request.namespace === '') throw methodNotAllowed();
    const { options, dryRun } = await removeOptionsOf(exchange);
    const chosen = selected(world, request.kind, selectionOf(request.kind, request.namespace, exchange.query));
    const removals = await Promise.all(chosen.map((object) => this.removeOne(exchange, request, object, options, dryRun)));
    const objects = removals.filter((removal) => removal !== undefined).map((removal) => removal.object);
    sendList(exchange, request.kind, { objects, revision: world.revision, next: '' });
  }

  /** What is gone already needs no removing. */
  private async removeOne(
    exchange: Exchange,
    request: ResourceRequest,
    object: KubeObject,
    options: RemoveOptions,
    dryRun: boolean,
  ): Promise<Removal | undefined> {
    const { namespace = '', name } = object.metadata;
    const write = writeRequest(exchange, { ...request, namespace, name }, dryRun);
    const { consult } = this.kernel;
    return consult.run(write, () => consult.remove(write, options)).catch((error: { code?: number }) => {
      if (error.code === 404) return undefined;
      throw error;
    });
  }

  run<R>(write: WriteRequest, attempt: Attempt<R>): Promise<R> {
    return write.dryRun ? Promise.resolve(this.kernel.writer.rehearse(attempt)) : this.kernel.writer.submit(write.origin, attempt);
  }

  private async decode(exchange: Exchange, request: ResourceRequest, { fieldValidation }: WriteOptions): Promise<KubeObject> {
    const body = await bodyOf(exchange.request);
    const { object, warnings } = decodeBody(body, exchange.request.headers['content-type'], request.kind, fieldValidation);
    exchange.warnings.push(...warnings);
    return request.kind.storedAs ? request.kind.storedAs.toStored(object as unknown as KubeObject) : (object as unknown as KubeObject);
  }
}

const OPTIONS = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' } as const;

/** What the query string says about a write. @throws ApiError 422; 405 for verbs that are no writes. */
export function optionsOf(exchange: Exchange, { verb }: ResourceRequest): WriteOptions {
  if (verb !== 'create' && verb !== 'update' && verb !== 'patch') throw methodNotAllowed();
  if (verb === 'patch') patchTypeOf(exchange.request.headers['content-type']);
  return writeOptionsOf(exchange.query, OPTIONS[verb]);
}

/** A patch speaks of the fields of the kind that was asked for. */
const onStored = ({ storedAs }: AnyKind, next: NextVersion): NextVersion =>
  storedAs ? (current) => storedAs.toStored(next(storedAs.fromStored(current))) : next;

/** A write is about one namespace: `/api/v1/pods` can only be read. @throws ApiError 405. */
export function writeRequest(exchange: Exchange, request: ResourceRequest, dryRun: boolean): WriteRequest {
  const { namespace, name, subresource, verb } = request;
  if (request.kind.namespaced && namespace === '') throw methodNotAllowed();
  return {
    kind: storedKind(request.kind),
    ...(request.kind.storedAs && { view: request.kind }),
    namespace,
    name,
    subresource,
    origin: originOf(exchange, verb, subresource),
    user: exchange.user,
    now: new Date(),
    dryRun,
    warnings: exchange.warnings,
  };
}
