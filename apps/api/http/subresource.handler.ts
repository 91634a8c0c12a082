import { badRequest, invalidObject, methodNotAllowed, notFound } from '#lib/api/errors';
import { invalid } from '#lib/api/field-error';
import type { KubeObject } from '#lib/api/meta';
import { applyScale, scaleOf, type Scale, type Scalable } from '#lib/api/apps/scale';
import { decodeBody } from '#lib/schema/decode/body';
import type { Kernel } from '../kernel';
import { patched } from '../write/patch/patched';
import { attemptBind, attemptEvict, attemptFinalize, type Binding, type Eviction } from '../write/subresources';
import { attemptUpdate } from '../write/update';
import { issueToken } from '../auth/token-request';
import { bodyOf, type Exchange } from './exchange';
import type { ReadHandler } from './read.handler';
import { sendObject, sendStatus } from './represent';
import type { ResourceRequest } from './resource';
import { fieldValidationOf, writeRequest, type WriteHandler } from './write.handler';

const SCALE = { apiVersion: 'autoscaling/v1', kind: 'Scale' };

/** The paths below an object. */
export class SubresourceHandler {
  constructor(
    private readonly kernel: Kernel,
    private readonly reads: ReadHandler,
    private readonly writes: WriteHandler,
  ) {}

  async handle(exchange: Exchange, request: ResourceRequest): Promise<void> {
    switch (request.subresource) {
      case 'status':
      case 'ephemeralcontainers':
      case 'resize':
        return this.part(exchange, request);
      case 'scale':
        return this.scale(exchange, request);
      case 'binding':
        return this.bind(exchange, only('create', request));
      case 'eviction':
        return this.evict(exchange, only('create', request));
      case 'finalize':
        return this.finalize(exchange, only('update', request));
      case 'token':
        return sendObject(exchange, request.kind, 201, await issueToken(this.kernel, exchange, only('create', request)));
      default:
        throw methodNotAllowed();
    }
  }

  /** Parts that have the shape of the whole object. */
  private part(exchange: Exchange, request: ResourceRequest): Promise<void> {
    if (request.verb === 'get') return this.reads.get(exchange, request);
    if (request.verb === 'update') return this.writes.update(exchange, request);
    if (request.verb === 'patch') return this.writes.patch(exchange, request);
    throw methodNotAllowed();
  }

  private async scale(exchange: Exchange, request: ResourceRequest): Promise<void> {
    if (request.verb === 'get') {
      const object = (await this.reads.find(exchange, request)) as Scalable;
      return sendObject(exchange, request.kind, 200, scaleOf(object) as unknown as KubeObject);
    }
    const next = await this.nextScale(exchange, request);
    const write = { ...writeRequest(exchange, request), subresource: undefined };
    const done = await this.writes.run(
      write,
      attemptUpdate(write, (current) => scaled(request, current as Scalable, next(scaleOf(current as Scalable)))),
    );
    return sendObject(exchange, request.kind, 200, scaleOf(done as Scalable) as unknown as KubeObject);
  }

  private async nextScale(exchange: Exchange, request: ResourceRequest): Promise<(current: Scale) => Scale> {
    const body = await bodyOf(exchange.request);
    const type = exchange.request.headers['content-type'];
    if (request.verb === 'update') {
      const { object } = decodeBody(body, type, SCALE, fieldValidationOf(exchange));
      return () => object as unknown as Scale;
    }
    if (request.verb !== 'patch') throw methodNotAllowed();
    const next = patched(SCALE, type, body, fieldValidationOf(exchange), exchange.warnings);
    return (current) => next(current as unknown as KubeObject) as unknown as Scale;
  }

  private async bind(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const binding = await this.body<Binding>(exchange, { apiVersion: 'v1', kind: 'Binding' });
    const write = writeRequest(exchange, request);
    await this.writes.run(write, attemptBind(write, binding));
    sendStatus(exchange, 201);
  }

  private async evict(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const eviction = await this.body<Eviction>(exchange, { apiVersion: 'policy/v1', kind: 'Eviction' });
    const write = writeRequest(exchange, request);
    await this.writes.run(write, attemptEvict(write, eviction));
    sendStatus(exchange, 201);
  }

  private async finalize(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const asked = await this.body<KubeObject>(exchange, request.kind);
    const write = writeRequest(exchange, request);
    sendObject(exchange, request.kind, 200, await this.writes.run(write, attemptFinalize(write, asked)));
  }

  private async body<T>(exchange: Exchange, type: { apiVersion: string; kind: string }): Promise<T> {
    const bytes = await bodyOf(exchange.request);
    if (bytes.length === 0) throw badRequest(`${type.kind} is required`);
    return decodeBody(bytes, exchange.request.headers['content-type'], type, fieldValidationOf(exchange)).object as unknown as T;
  }
}

function only(verb: ResourceRequest['verb'], request: ResourceRequest): ResourceRequest {
  if (request.verb !== verb) throw methodNotAllowed();
  return request;
}

function scaled(request: ResourceRequest, current: Scalable, scale: Scale): KubeObject {
  if (!current) throw notFound(request.kind, request.name);
  const replicas = scale.spec?.replicas ?? 0;
  if (replicas < 0) {
    throw invalidObject('autoscaling', 'Scale', request.name, [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')]);
  }
  const next = applyScale(current, replicas) as KubeObject;
  return {
    ...next,
    metadata: {
      ...next.metadata,
      resourceVersion: scale.metadata?.resourceVersion ?? next.metadata.resourceVersion,
      uid: scale.metadata?.uid ?? next.metadata.uid,
    },
  };
}
