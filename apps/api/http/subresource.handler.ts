import { badRequest, methodNotAllowed } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import { applyScale, scaleKind, scaleOf, type Scale, type Scalable } from '#lib/api/apps/scale';
import { decodeBody, type FieldValidation } from '#lib/schema/decode/body';
import type { Kernel } from '../kernel';
import { configurationOf } from '../write/apply';
import type { WriteOptions } from '../write/options';
import { patched } from '../write/patch/patched';
import { BINDING, EVICTION, SCALE, type Prepared } from '../write/consult';
import { attemptEvict } from '../write/evict';
import type { WriteRequest } from '../write/request';
import { nextScaleApplied, nextScaled, scaleWrite } from '../write/scale';
import { attemptBind, attemptFinalize, type Binding, type Eviction } from '../write/subresources';
import { attemptUpdate, type NextVersion } from '../write/update';
import { issueToken } from '../auth/token-request';
import { bodyOf, type Exchange } from './exchange';
import { ContainerLogHandler } from './container-log.handler';
import type { ReadHandler } from './read.handler';
import { sendObject, sendStatus } from './represent';
import type { ResourceRequest } from './resource';
import { checked as checkedRemoveOptions } from './delete-options';
import { isApply, optionsOf, writeRequest } from './write-request';
import type { WriteHandler } from './write.handler';

/** The paths below an object. */
export class SubresourceHandler {
  private readonly logs: ContainerLogHandler;

  constructor(
    private readonly kernel: Kernel,
    private readonly reads: ReadHandler,
    private readonly writes: WriteHandler,
  ) {
    this.logs = new ContainerLogHandler(kernel, reads);
  }

  async handle(exchange: Exchange, request: ResourceRequest): Promise<void> {
    switch (request.subresource) {
      case 'status':
      case 'ephemeralcontainers':
      case 'resize':
      case 'approval':
        return this.part(exchange, request);
      case 'scale':
        return this.scale(exchange, request);
      case 'binding':
        return this.bind(exchange, only('create', request));
      case 'eviction':
        return this.evict(exchange, only('create', request));
      case 'finalize':
        return this.finalize(exchange, only('update', request));
      case 'log':
        return this.logs.handle(exchange, only('get', request));
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
      return sendObject(exchange, scaleKind, 200, scaleOf(object, request.kind.scale) as unknown as KubeObject);
    }
    const options = optionsOf(exchange, request);
    const asked = writeRequest(exchange, request, options.dryRun);
    const write = scaleWrite(asked);
    const next = await this.nextScaled(exchange, request, write, options);
    const { consult, world } = this.kernel;
    const { scale } = request.kind;
    const current = world.get<KubeObject>(write.kind, write.namespace, write.name);
    const part = current && {
      type: SCALE,
      body: scaleOf(next(current) as Scalable, scale),
      previous: scaleOf(current as Scalable, scale, 0),
    };
    const prepare = (): Prepared<KubeObject> =>
      part
        ? consult.part(asked, part, ({ spec }) => attemptUpdate(write, withReplicas(next, part.body, spec?.replicas)))
        : attemptUpdate(write, next);
    const done = await consult.run(write, prepare);
    return sendObject(exchange, scaleKind, 200, scaleOf(done as Scalable, scale) as unknown as KubeObject);
  }

  private async nextScaled(exchange: Exchange, request: ResourceRequest, write: WriteRequest, options: WriteOptions): Promise<NextVersion> {
    const { fieldValidation, force } = options;
    if (request.verb === 'update') {
      const scale = await this.body<Scale>(exchange, scaleKind, fieldValidation);
      return nextScaled(write, () => scale);
    }
    const body = await bodyOf(exchange.request);
    if (isApply(exchange)) return nextScaleApplied(write, configurationOf(body, force, fieldValidation, exchange.warnings));
    const next = patched(scaleKind, exchange.request.headers['content-type'], body, fieldValidation, exchange.warnings);
    return nextScaled(write, (current) => next(current as unknown as KubeObject) as unknown as Scale);
  }

  private async bind(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const { dryRun, fieldValidation } = optionsOf(exchange, request);
    const binding = await this.body<Binding>(exchange, { apiVersion: 'v1', kind: 'Binding' }, fieldValidation);
    requireSameName(request, binding, 'Binding');
    const write = writeRequest(exchange, request, dryRun);
    const { consult } = this.kernel;
    await consult.run(write, () => consult.part(write, { type: BINDING, body: binding }, (body) => attemptBind(write, body)));
    sendStatus(exchange, 201);
  }

  private async evict(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const { dryRun, fieldValidation } = optionsOf(exchange, request);
    const eviction = await this.body<Eviction>(exchange, { apiVersion: 'policy/v1', kind: 'Eviction' }, fieldValidation);
    requireSameName(request, eviction, 'Eviction');
    const asked = checkedRemoveOptions(eviction.deleteOptions ?? {}, new URLSearchParams());
    const write = writeRequest(exchange, request, dryRun || asked.dryRun);
    const { consult } = this.kernel;
    await consult.run(write, () => consult.part(write, { type: EVICTION, body: eviction }, () => attemptEvict(write, asked.options)));
    sendStatus(exchange, 201);
  }

  private async finalize(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const { dryRun, fieldValidation } = optionsOf(exchange, request);
    const asked = await this.body<KubeObject>(exchange, request.kind, fieldValidation);
    const write = writeRequest(exchange, request, dryRun);
    sendObject(exchange, request.kind, 200, await this.writes.run(write, attemptFinalize(write, asked)));
  }

  private async body<T>(exchange: Exchange, type: { apiVersion: string; kind: string }, validation: FieldValidation): Promise<T> {
    const bytes = await bodyOf(exchange.request);
    const { object, warnings } = decodeBody(bytes, exchange.request.headers['content-type'], type, validation);
    exchange.warnings.push(...warnings);
    return object as unknown as T;
  }
}

/** What webhooks made of a Scale counts; where they left it alone, the object is made as it would be without them. */
const withReplicas = (next: NextVersion, { spec }: Scale, replicas = 0): NextVersion =>
  replicas === (spec?.replicas ?? 0) ? next : (current) => applyScale(next(current) as Scalable, replicas) as unknown as KubeObject;

/** The name in the body is that of the path. @throws ApiError 400. */
function requireSameName({ name }: ResourceRequest, object: { metadata?: { name?: string } }, kind: string): void {
  if (object.metadata?.name !== name) throw badRequest(`name in URL does not match name in ${kind} object`);
}

function only(verb: ResourceRequest['verb'], request: ResourceRequest): ResourceRequest {
  if (request.verb !== verb) throw methodNotAllowed();
  return request;
}
