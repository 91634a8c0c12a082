import { Logger } from '@nestjs/common';
import { ApiError, internalError, methodNotAllowed, unavailable } from '#lib/api/errors';
import { reviewKinds } from '#lib/api/reviews';
import { LogUnavailable } from '#lib/log/log';
import { randomUUID } from 'node:crypto';
import { logClock } from '#lib/log/log-clock';
import { tlsSocketOf, type Authenticator } from '../auth/authenticator';
import { forward } from '../aggregation/forward';
import type { Remote } from '../aggregation/remote';
import type { Followed } from '../audit/auditor';
import type { User } from '../auth/authorizer';
import { review } from '../auth/reviews';
import type { Kernel } from '../kernel';
import { checkTimeout } from '../read/parameters';
import { Addresses } from './address';
import { answer, contentOf, sendFailure, wantedBy } from './answer';
import { bodyOf, ClientGone, drain, type Exchange, type Incoming, keepBody, type Outgoing, warningHeaders } from './exchange';
import { announce } from './head';
import { HistoryHandler } from './history.handler';
import { impersonated } from './identity';
import type { PathHandler } from './path.handler';
import { ReadHandler } from './read.handler';
import { checkAccept } from './represent';
import { nameAskedFor, resourceRequest, verbOf, type ResourceRequest, type ResourceTarget } from './resource';
import { accessTo, takeTurn } from '../flow/turn';
import { SubresourceHandler } from './subresource.handler';
import { momentOfServerName } from './target';
import { WriteHandler } from './write.handler';
import { labelsOfPath, Observed } from './metrics';
import { labelsOfRefused, labelsOfRemote, labelsOfRequest } from './request-labels';

const NOBODY: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

const READS = new Set(['get', 'list', 'watch']);

/** Subresources that are open for long. */
const LASTING = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

/** The way of every request: who is it, what is asked, may he, then the handler; errors become a Status. */
export class Front {
  private readonly logger = new Logger('api');
  private readonly turns = new WeakMap<object, Promise<void>>();
  private readonly addresses = new Addresses();
  private readonly reads: ReadHandler;
  private readonly writes: WriteHandler;
  private readonly subresources: SubresourceHandler;
  private readonly history: HistoryHandler;

  constructor(
    private readonly kernel: Kernel,
    private readonly authenticator: Authenticator,
    private readonly paths: PathHandler,
  ) {
    this.history = new HistoryHandler(kernel);
    this.reads = new ReadHandler(kernel);
    this.writes = new WriteHandler(kernel);
    this.subresources = new SubresourceHandler(kernel, this.reads, this.writes);
  }

  /**
   * Requests that come all at once on a connection of HTTP/1.1 are carried out one after the other. Never rejects: nobody would catch it.
   */
  handle(request: Incoming, response: Outgoing): Promise<void> {
    if (request.httpVersionMajor !== 1) return this.answer(request, response);
    const { socket } = request;
    const before = this.turns.get(socket);
    const turn = before ? before.then(() => this.answer(request, response)) : this.answer(request, response);
    this.turns.set(socket, turn);
    return turn;
  }

  private async answer(request: Incoming, response: Outgoing): Promise<void> {
    const warnings: string[] = [];
    const id = headerOf(request, 'audit-id') ?? randomUUID();
    const followed = this.kernel.auditor.follow(request, response, id);
    const observed = new Observed(request);
    response.once('close', () => observed.closed(response));
    this.kernel.flow.arrived();
    try {
      announce(response, { 'audit-id': id });
      await this.serve(request, response, id, warnings, followed, observed);
    } catch (error) {
      if (!observed.isKnown) observed.about(labelsOfRefused(request, this.kernel.world.custom));
      this.fail(request, response, error, warnings, followed);
    } finally {
      this.kernel.flow.left();
    }
  }

  private async serve(
    request: Incoming,
    response: Outgoing,
    id: string,
    warnings: string[],
    followed: Followed,
    observed: Observed,
  ): Promise<void> {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const { moment, path, target, isPublic } = this.addresses.read(mark < 0 ? url : url.slice(0, mark));
    const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
    const newest = isPublic ? undefined : this.kernel.others?.confirm(); // who he is and what he may are in the world, too
    if (newest) await newest;
    const keys = isPublic ? undefined : this.authenticator.ready(request.headers);
    if (keys) await keys;
    const caller = isPublic ? NOBODY : this.authenticator.authenticate(request.headers, tlsSocketOf(request));
    followed.by(caller);
    // where nobody is asked who he is, `--as` is of no interest
    const user = isPublic ? caller : impersonated(caller, request, this.kernel.authorizer);
    const past = await this.pastOf(moment ?? momentOfServerName(tlsSocketOf(request).servername), warnings);
    const method = request.method ?? 'GET';
    const impersonator = user === caller ? undefined : caller.name;
    const now = past === undefined ? logClock.date() : await this.kernel.past.timeOf(past);
    const exchange: Exchange = {
      request,
      response,
      method,
      path,
      query,
      user,
      impersonator,
      id,
      now,
      past,
      warnings,
      annotations: {},
      named: undefined,
    };
    followed.about(exchange, target);
    const remote = past === undefined ? this.kernel.aggregation.remoteOf(path) : undefined;
    if (target.what === 'resource' && target.resource !== '')
      return remote ? this.elsewhere(exchange, target, remote, observed) : this.resource(exchange, target, observed);
    if (caller !== NOBODY) {
      this.kernel.authorizer.require(user, { verb: method.toLowerCase(), path });
      const turn = takeTurn(this.kernel.flow, exchange, { verb: method.toLowerCase(), path });
      if (turn) await turn;
    }
    observed.about(labelsOfPath(method, path));
    if (remote) return forward(exchange, remote, false);
    const question = /^\/decklog\/v1\/([\w-]+)$/.exec(path)?.[1];
    await (question ? this.history.handle(exchange, question) : this.paths.handle(exchange));
  }

  private async pastOf(moment: string | undefined, warnings: string[]): Promise<number | undefined> {
    if (moment === undefined) return undefined;
    const revision = await this.kernel.past.revisionOf(moment, this.kernel.world.revision);
    warnings.push(`this is the past: the cluster as of revision ${revision}`);
    return revision;
  }

  private async resource(exchange: Exchange, target: ResourceTarget, observed: Observed): Promise<void> {
    const asked = reviewKinds.find(
      (kind) => kind.group === target.group && kind.version === target.version && kind.plural === target.resource,
    );
    if (asked) observed.about(labelsOfRequest(exchange, target, 'create'));
    if (asked) return this.review(exchange, target, { apiVersion: `${asked.group}/${asked.version}`, kind: asked.kind });
    this.authorize(exchange, target);
    const kinds = exchange.past === undefined ? this.kernel.world.custom : await this.kernel.kindsAt(exchange.past);
    const request = resourceRequest(exchange, target, kinds);
    observed.about(labelsOfRequest(exchange, target, request.verb));
    const turn = takeTurn(this.kernel.flow, exchange, accessTo(target, request.verb));
    if (turn) await turn;
    if (request.verb !== 'watch') checkTimeout(exchange.query);
    if (request.subresource !== 'log') checkAccept(exchange, request.verb, request.kind);
    if (request.kind.deprecation) exchange.warnings.push(request.kind.deprecation);
    if (exchange.past !== undefined && !READS.has(request.verb)) {
      await bodyOf(exchange.request);
      throw pastIsReadOnly(exchange.past);
    }
    await (request.kind.storedAs?.converts ? this.converting(exchange, request) : this.dispatch(exchange, request));
  }

  /** A resource that an extension server serves. It is asked only for who may. */
  private async elsewhere(exchange: Exchange, target: ResourceTarget, remote: Remote, observed: Observed): Promise<void> {
    this.authorize(exchange, target);
    const verb = verbOf(exchange, target);
    observed.about(labelsOfRemote(exchange, target, verb, LASTING.has(target.subresource)));
    const turn = takeTurn(this.kernel.flow, exchange, accessTo(target, verb));
    if (turn) await turn;
    await forward(exchange, remote, verb === 'watch' || LASTING.has(target.subresource));
  }

  /** Before anything is said of what there is. */
  private authorize(exchange: Exchange, target: ResourceTarget): void {
    const verb = verbOf(exchange, target);
    const { group, resource, subresource } = target;
    const name = nameAskedFor(exchange, target, verb);
    const access = { verb, group, resource, subresource, namespace: namespaceOf(target), name };
    this.kernel.authorizer.require(exchange.user, access);
    if (exchange.past !== undefined) this.kernel.authorizer.require(exchange.user, { ...access, verb: 'history' });
  }

  /** A kind whose versions a webhook converts: what lacks a conversion waits for it, and is done again. */
  private async converting(exchange: Exchange, request: ResourceRequest): Promise<void> {
    if (!READS.has(request.verb)) await keepBody(exchange.request);
    const warned = exchange.warnings.length;
    await this.kernel.converter.during(
      () => this.dispatch(exchange, request),
      () => void (exchange.warnings.length = warned),
    );
  }

  private dispatch(exchange: Exchange, request: ResourceRequest): Promise<void> {
    if (request.subresource) return this.subresources.handle(exchange, request);
    switch (request.verb) {
      case 'get':
        return this.reads.get(exchange, request);
      case 'list':
        return this.reads.list(exchange, request);
      case 'watch':
        return this.reads.watch(exchange, request);
      case 'create':
        return this.writes.create(exchange, request);
      case 'update':
        return this.writes.update(exchange, request);
      case 'patch':
        return this.writes.patch(exchange, request);
      case 'delete':
        return this.writes.remove(exchange, request);
      case 'deletecollection':
        return this.writes.removeAll(exchange, request);
    }
  }

  private async review(exchange: Exchange, target: ResourceTarget, type: { apiVersion: string; kind: string }): Promise<void> {
    if (exchange.method !== 'POST') throw methodNotAllowed();
    const { group, resource, namespace } = target;
    const access = { group, resource, namespace, name: '' };
    this.kernel.authorizer.require(exchange.user, { verb: 'create', ...access });
    // What he himself could do, everybody may know; what others could, is history.
    if (exchange.past !== undefined && !type.kind.startsWith('Self'))
      this.kernel.authorizer.require(exchange.user, { verb: 'history', ...access });
    const wanted = wantedBy(exchange.request, 'review');
    const reviewed = await review(this.kernel, this.authenticator, exchange, type, namespace);
    answer(exchange, wanted, 201, contentOf(reviewed));
  }

  private known(request: Incoming, error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    if (error instanceof LogUnavailable) return unavailable(error.message, 1);
    this.logger.error(`${request.method} ${request.url}: ${(error as Error).stack}`);
    return internalError((error as Error).message);
  }

  private fail(request: Incoming, response: Outgoing, error: unknown, warnings: readonly string[], followed: Followed): void {
    try {
      if (error instanceof ClientGone || response.headersSent) return void response.end();
      const known = this.known(request, error);
      followed.refused(known);
      const headers: Record<string, string> = known.code === 401 ? { 'www-authenticate': 'Bearer realm="kubernetes-master"' } : {};
      sendFailure(request, response, known, { ...warningHeaders(warnings), ...headers });
      drain(request);
    } catch (failure) {
      this.logger.error(`${request.method} ${request.url} could not be answered: ${(failure as Error).message}`);
      response.destroy();
    }
  }
}

/** A Namespace is asked for in itself: a Role there may allow it. */
const namespaceOf = ({ group, resource, namespace, name }: ResourceTarget): string =>
  group === '' && resource === 'namespaces' ? name : namespace;

function pastIsReadOnly(revision: number): ApiError {
  const refusal = methodNotAllowed();
  return new ApiError({ ...refusal.status, message: `the past cannot be changed: revision ${revision} is read-only` });
}

function headerOf(request: Incoming, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value.length <= 64 && /^[\w-]+$/.test(value) ? value : undefined;
}
