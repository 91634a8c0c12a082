import { badRequest, methodNotAllowed } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import { decodeBody, type FieldValidation } from '#lib/schema/decode/body';
import type { Kernel } from '../kernel';
import { selected } from '../read/list';
import { selectionOf } from '../read/selection';
import { attemptCreate, prepareCreate } from '../write/create';
import { patched } from '../write/patch/patched';
import { attemptRemove, type Removal } from '../write/remove';
import type { WriteRequest } from '../write/request';
import { attemptUpdate } from '../write/update';
import type { Attempt } from '../write/writer';
import { removeOptionsOf } from './delete-options';
import { bodyOf, type Exchange } from './exchange';
import { originOf } from './identity';
import { storedKind } from './read.handler';
import { sendList, sendObject, sendRemoved } from './represent';
import type { ResourceRequest } from './resource';

/** POST, PUT, PATCH and DELETE on objects and their status. */
export class WriteHandler {
  constructor(private readonly kernel: Kernel) {}

  async create(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const draft = await this.decode(exchange, request);
    const write = writeRequest(exchange, request);
    const prepared = prepareCreate(write, draft, this.kernel.world);
    sendObject(exchange, request.kind, 201, await this.run(write, attemptCreate(write, prepared)));
  }

  async update(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const draft = await this.decode(exchange, request);
    const write = writeRequest(exchange, request);
    sendObject(exchange, request.kind, 200, await this.run(write, attemptUpdate(write, () => structuredClone(draft))));
  }

  async patch(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const next = patched(request.kind, exchange.request.headers['content-type'], await bodyOf(exchange.request), fieldValidationOf(exchange), exchange.warnings);
    const write = writeRequest(exchange, request);
    sendObject(exchange, request.kind, 200, await this.run(write, attemptUpdate(write, next)));
  }

  async remove(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const { options, dryRun } = await removeOptionsOf(exchange);
    const write = { ...writeRequest(exchange, request), dryRun };
    sendRemoved(exchange, request.kind, await this.run(write, attemptRemove(write, options)));
  }

  async removeAll(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const { world } = this.kernel;
    const { options, dryRun } = await removeOptionsOf(exchange);
    const kind = storedKind(request.kind);
    const chosen = selected(world, kind, selectionOf(kind, request.namespace, exchange.query));
    const removals = await Promise.all(chosen.map((object) => this.removeOne(exchange, request, object, options, dryRun)));
    const objects = removals.filter((removal) => removal !== undefined).map((removal) => removal.object);
    sendList(exchange, request.kind, { objects, revision: world.revision, next: '' });
  }

  /** What is gone already needs no removing. */
  private async removeOne(
    exchange: Exchange,
    request: ResourceRequest,
    object: KubeObject,
    options: Parameters<typeof attemptRemove>[1],
    dryRun: boolean,
  ): Promise<Removal | undefined> {
    const { namespace = '', name } = object.metadata;
    const write = { ...writeRequest(exchange, { ...request, namespace, name }), dryRun };
    return this.run(write, attemptRemove(write, options)).catch((error: { code?: number }) => {
      if (error.code === 404) return undefined;
      throw error;
    });
  }

  run<R>(write: WriteRequest, attempt: Attempt<R>): Promise<R> {
    return write.dryRun ? Promise.resolve(this.kernel.writer.rehearse(attempt)) : this.kernel.writer.submit(write.origin, attempt);
  }

  private async decode(exchange: Exchange, request: ResourceRequest): Promise<KubeObject> {
    const body = await bodyOf(exchange.request);
    const { object, warnings } = decodeBody(body, exchange.request.headers['content-type'], request.kind, fieldValidationOf(exchange));
    exchange.warnings.push(...warnings);
    return request.kind.storedAs ? request.kind.storedAs.toStored(object as unknown as KubeObject) : (object as unknown as KubeObject);
  }
}

export function writeRequest(exchange: Exchange, request: ResourceRequest): WriteRequest {
  const { namespace, name, subresource, verb } = request;
  if (request.kind.namespaced && namespace === '' && verb !== 'deletecollection') throw methodNotAllowed();
  return {
    kind: storedKind(request.kind),
    namespace,
    name,
    subresource,
    origin: originOf(exchange, verb, subresource),
    now: new Date(),
    dryRun: dryRunOf(exchange.query.getAll('dryRun')),
    warnings: exchange.warnings,
  };
}

/** @throws ApiError 400 for anything but `All`. */
export function dryRunOf(values: readonly string[]): boolean {
  const asked = values.filter((value) => value !== '');
  const wrong = asked.find((value) => value !== 'All');
  if (wrong !== undefined) throw badRequest(`invalid request: dryRun: Unsupported value: ${JSON.stringify(wrong)}: supported values: "All"`);
  return asked.length > 0;
}

export function fieldValidationOf(exchange: Exchange): FieldValidation {
  const text = exchange.query.get('fieldValidation') || 'Warn';
  if (text !== 'Ignore' && text !== 'Warn' && text !== 'Strict') {
    throw badRequest(`fieldValidation: Unsupported value: ${JSON.stringify(text)}: supported values: "Ignore", "Strict", "Warn"`);
  }
  return text;
}
