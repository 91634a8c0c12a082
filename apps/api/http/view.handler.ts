import { methodNotAllowed, notFound } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import { parseFieldSelector } from '#lib/api/validation/field-selectors';
import { HistoryAccess } from '../history/access';
import type { Kernel } from '../kernel';
import { checkListOptions, limitOf, revisionOf, watchParameters } from '../read/list-options';
import { selectionOf } from '../read/selection';
import type { WatchSink } from '../read/watch';
import { bookmarkLine, watchLine } from '../read/watch-events';
import { viewOf, type View, type ViewQuery } from '../read/views';
import type { Exchange } from './exchange';
import { watchCounter } from './metrics';
import { sendList, sendObject, watchForm } from './represent';
import type { ResourceRequest } from './resource';
import { watchSink } from './watch-sink';

/** A list of everything that ever happened would be long; this much fits a screen that scrolls. kubectl asks for as many. */
const NEWEST = 500;

/** GET of kinds that are not stored (`view: true`): their objects are made of the log and what lies beside it. */
export class ViewHandler {
  constructor(private readonly kernel: Kernel) {}

  async get(exchange: Exchange, { kind, namespace, name }: ResourceRequest): Promise<void> {
    const object = await viewOf(kind).one(this.queryOf(exchange, kind, namespace), name);
    if (!object) throw notFound(kind, name);
    sendObject(exchange, kind, 200, object);
  }

  /** One page: the newest. There is no next one, since kubectl would fetch them all. */
  async list(exchange: Exchange, { kind, namespace }: ResourceRequest): Promise<void> {
    checkListOptions(exchange.query, false);
    const query = this.queryOf(exchange, kind, namespace);
    await sendList(exchange, kind, { objects: await this.newest(exchange, viewOf(kind), query), revision: query.upTo, next: '' });
  }

  async watch(exchange: Exchange, { kind, namespace, name }: ResourceRequest): Promise<void> {
    const view = viewOf(kind);
    if (!view.follow) throw methodNotAllowed();
    const { timeoutMs, bookmarks, sendInitialEvents } = watchParameters(exchange.query);
    const query = this.queryOf(exchange, kind, namespace);
    const asked = revisionOf(exchange.query, this.kernel.world.revision) || exchange.past;
    const selection = selectionOf(kind, namespace, exchange.query, name || undefined);
    const initial = sendInitialEvents ?? asked === undefined;
    const objects = initial ? await this.newest(exchange, view, query) : [];
    const { contentType, bookmarksAs, encode = watchLine, encodeBookmark } = watchForm(exchange, kind);
    const sink = watchSink(exchange, contentType, watchCounter(kind));
    let isFirst = true;
    const send = (found: readonly KubeObject[]): void => {
      for (const object of found) {
        if (!selection.matches(object)) continue;
        sink.write(encode('ADDED', object, isFirst));
        isFirst = false;
      }
    };
    send(objects);
    if (sendInitialEvents && bookmarks) sink.write(encodeBookmark?.(query.upTo, true) ?? bookmarkLine(bookmarksAs, query.upTo, true));
    await follow(view, query, initial ? query.upTo : (asked ?? query.upTo), timeoutMs, sink, send);
  }

  private async newest(exchange: Exchange, view: View, query: ViewQuery): Promise<readonly KubeObject[]> {
    const selection = selectionOf(view.kind, query.namespace, exchange.query);
    const one = view.kind.namespaced && query.namespace === '' ? undefined : selection.name;
    const objects = one === undefined ? await view.newest(query) : [await view.one(query, one)].filter((object) => object !== undefined);
    return objects.filter((object) => selection.matches(object));
  }

  private queryOf({ user, past, query }: Exchange, kind: ResourceRequest['kind'], namespace: string): ViewQuery {
    const { kernel } = this;
    const fields = parseFieldSelector(kind, query.get('fieldSelector') ?? '');
    return {
      kernel,
      access: new HistoryAccess(kernel.authorizer, user),
      namespace,
      upTo: past ?? kernel.world.revision,
      limit: limitOf(query) || NEWEST,
      fields,
    };
  }
}

/**
 * Ends when the client goes or its time is up. A follower that fails ends the watch; the client comes back with the revision it has seen.
 */
async function follow(
  view: View,
  query: ViewQuery,
  after: number,
  timeoutMs: number,
  sink: WatchSink,
  send: (found: readonly KubeObject[]) => void,
): Promise<void> {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), timeoutMs);
  sink.onClose(() => ended.abort());
  try {
    for await (const page of view.follow?.(query, after, ended.signal) ?? []) send(page);
  } catch {
    // the log is away
  }
  clearTimeout(timer);
  sink.end();
}
