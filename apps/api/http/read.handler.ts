import type { NotConverted } from '#lib/api/apiextensions/conversion';
import { notFound } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import { storedKind } from '#lib/api/kinds';
import type { Kernel } from '../kernel';
import { listOf, type ListRequest, type Page } from '../read/list';
import { checkListOptions, revisionOf, watchParameters } from '../read/list-options';
import { selectionOf } from '../read/selection';
import { WatchSession } from '../read/watch';
import type { Exchange } from './exchange';
import { watchCounter } from './metrics';
import type { ResourceRequest } from './resource';
import { sendList, sendObject, watchForm } from './represent';
import { ViewHandler } from './view.handler';
import { watchSink } from './watch-sink';

/** GET in all its forms: one object, a list, a watch; now or as of a moment. */
export class ReadHandler {
  private readonly views: ViewHandler;

  constructor(private readonly kernel: Kernel) {
    this.views = new ViewHandler(kernel);
  }

  async get(exchange: Exchange, request: ResourceRequest): Promise<void> {
    if (request.kind.view) return this.views.get(exchange, request);
    sendObject(exchange, request.kind, 200, await this.find(exchange, request));
  }

  async find(exchange: Exchange, request: ResourceRequest): Promise<KubeObject> {
    const { namespace, name } = request;
    const kind = storedKind(request.kind);
    revisionOf(exchange.query, this.kernel.world.revision);
    if (exchange.past !== undefined) return this.kernel.past.objectAt(kind, namespace, name, exchange.past);
    const object = this.kernel.world.get(kind, namespace, name) as KubeObject | undefined;
    if (object) return object;
    throw notFound(kind, name);
  }

  async list(exchange: Exchange, request: ResourceRequest): Promise<void> {
    if (request.kind.view) return this.views.list(exchange, request);
    await sendList(exchange, request.kind, await this.page(exchange, request));
  }

  private page(exchange: Exchange, request: ResourceRequest): Page | Promise<Page> {
    const { world, past, continuations } = this.kernel;
    const asked: ListRequest = { kind: request.kind, namespace: request.namespace, query: exchange.query };
    if (exchange.past !== undefined) return this.pastPage(exchange.past, asked);
    checkListOptions(exchange.query, false);
    const revision = revisionOf(exchange.query, world.revision);
    const isExact = exchange.query.get('resourceVersionMatch') === 'Exact';
    if (isExact && revision !== undefined && revision < world.revision) {
      return past.worldAt(storedKind(asked.kind), revision).then((then) => listOf(then, asked, continuations));
    }
    return listOf(world, asked, continuations);
  }

  private async pastPage(revision: number, asked: ListRequest): Promise<Page> {
    return listOf(await this.kernel.past.worldAt(storedKind(asked.kind), revision), asked, this.kernel.pastContinuations);
  }

  async watch(exchange: Exchange, request: ResourceRequest): Promise<void> {
    if (request.kind.view) return this.views.watch(exchange, request);
    const { world, hub, past } = this.kernel;
    const { query } = exchange;
    const kind = storedKind(request.kind);
    const selection = selectionOf(request.kind, request.namespace, query, request.name || undefined);
    const parameters = watchParameters(query);
    const revision = revisionOf(query, parameters.sendInitialEvents ? world.revision : Number.MAX_SAFE_INTEGER);
    const after = revision || exchange.past; // 0 stands for any revision
    if (after !== undefined && !parameters.sendInitialEvents) past.require(kind, after);
    const form = watchForm(exchange, request.kind);
    const { storedAs } = request.kind;
    const conversion = storedAs?.converts && {
      show: storedAs.fromStored,
      until: (missing: NotConverted) => this.kernel.converter.settle(missing),
    };
    const asked = { kind, selection, after, ...parameters, ...form, ...(conversion && { conversion }) };
    const session = new WatchSession(world, hub, past, asked, watchSink(exchange, form.contentType, watchCounter(request.kind)));
    await session.run();
  }
}
