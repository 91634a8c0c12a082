import { methodNotAllowed } from '#lib/api/errors';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { decodeBody } from '#lib/schema/decode/body';
import type { Kernel } from '../kernel';
import { selected } from '../read/list';
import { selectionOf } from '../read/selection';
import { readyToCreate } from '../write/create';
import type { WriteOptions } from '../write/options';
import { copyOf } from '../write/patch/copy';
import { patched } from '../write/patch/patched';
import type { Removal, RemoveOptions } from '../write/remove';
import { requireSameObject, type WriteRequest } from '../write/request';
import type { NextVersion } from '../write/update';
import type { Attempt } from '../write/writer';
import { ApplyHandler } from './apply.handler';
import { removeOptionsOf, toldOf } from './delete-options';
import { bodyOf, type Exchange } from './exchange';
import { sendList, sendObject, sendRemoved } from './represent';
import type { ResourceRequest } from './resource';
import { isApply, optionsOf, writeRequest } from './write-request';

/** POST, PUT, PATCH and DELETE on objects and their status. */
export class WriteHandler {
  private readonly applies: ApplyHandler;

  constructor(private readonly kernel: Kernel) {
    this.applies = new ApplyHandler(kernel);
  }

  async create(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const options = optionsOf(exchange, request);
    const write = writeRequest(exchange, request, options.dryRun);
    const draft = await this.decode(exchange, request, options);
    exchange.named = draft.metadata?.name;
    const { world, consult } = this.kernel;
    const wait = readyToCreate(write.kind, write.namespace, draft, world);
    if (wait) await wait;
    const made = await consult.run(write, () => consult.create(write, draft));
    exchange.named = made.metadata.name; // the server may have chosen it
    sendObject(exchange, request.kind, 201, made);
  }

  async update(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const options = optionsOf(exchange, request);
    const write = writeRequest(exchange, request, options.dryRun);
    const draft = await this.decode(exchange, request, options);
    requireSameObject(request, draft.metadata ?? {});
    const { consult, world } = this.kernel;
    if (write.kind.createsOnUpdate && !world.get(write.kind, write.namespace, write.name))
      return this.createAs(write, draft, exchange, request);
    sendObject(exchange, request.kind, 200, await consult.run(write, () => consult.update(write, () => copyOf(draft))));
  }

  /** An update makes what is not there, for one who may create it. Mirrors AuthorizerForCreate of the update handler. */
  private async createAs(write: WriteRequest, draft: KubeObject, exchange: Exchange, request: ResourceRequest): Promise<void> {
    const { group, plural } = request.kind;
    const { consult, world, authorizer } = this.kernel;
    authorizer.require(exchange.user, { verb: 'create', group, resource: plural, namespace: write.namespace, name: write.name });
    const named = { ...draft, metadata: { ...draft.metadata, name: write.name } };
    const wait = readyToCreate(write.kind, write.namespace, named, world);
    if (wait) await wait;
    const asked = { ...write, name: '' };
    sendObject(exchange, request.kind, 201, await consult.run(asked, () => consult.create(asked, named)));
  }

  async patch(exchange: Exchange, request: ResourceRequest): Promise<void> {
    if (isApply(exchange)) return this.applies.apply(exchange, request);
    const { dryRun, fieldValidation } = optionsOf(exchange, request);
    const write = writeRequest(exchange, request, dryRun);
    const body = await bodyOf(exchange.request);
    const next = patched(request.kind, exchange.request.headers['content-type'], body, fieldValidation, exchange.warnings);
    const { consult } = this.kernel;
    sendObject(exchange, request.kind, 200, await consult.run(write, () => consult.update(write, onStored(request.kind, next))));
  }

  async remove(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const { options, dryRun } = await removeOptionsOf(exchange);
    const write = writeRequest(exchange, request, dryRun, () => toldOf(options));
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
    await sendList(exchange, request.kind, { objects, revision: world.revision, next: '' });
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
    const write = writeRequest(exchange, { ...request, namespace, name }, dryRun, () => toldOf(options));
    const { consult } = this.kernel;
    return consult
      .run(write, () => consult.remove(write, options))
      .catch((error: { code?: number }) => {
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

/** A patch speaks of the fields of the kind that was asked for. */
const onStored = ({ storedAs }: AnyKind, next: NextVersion): NextVersion =>
  storedAs ? (current) => storedAs.toStored(next(storedAs.fromStored(current))) : next;
