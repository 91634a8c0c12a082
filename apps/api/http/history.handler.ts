import { badRequest, notFound, unknownPath } from '#lib/api/errors';
import { kindOfResource } from '#lib/api/kinds';
import type { LogEvent } from '#lib/log/log';
import { verifyChain } from '#lib/log/verify';
import { logQueryOf, rangeOf } from '../history/log-query';
import { summaryOf } from '../history/summary';
import { whyOf } from '../history/why';
import type { Kernel } from '../kernel';
import { send, type Exchange } from './exchange';

const LINES = 'application/x-ndjson';

/** Decklog's own questions, under `/decklog/v1/`: what the command line asks. Authorised as paths: verb `get` on `/decklog/v1/log` … */
export class HistoryHandler {
  constructor(private readonly kernel: Kernel) {}

  handle(exchange: Exchange, question: string): Promise<void> {
    switch (question) {
      case 'log':
        return this.log(exchange);
      case 'why':
        return this.why(exchange);
      case 'verify':
        return this.verify(exchange);
      case 'head':
        return this.head(exchange);
      default:
        throw unknownPath();
    }
  }

  private async head(exchange: Exchange): Promise<void> {
    send(exchange.response, 200, Buffer.from(JSON.stringify(await this.kernel.log.head())));
  }

  /** Entries as lines of JSON. */
  private async log(exchange: Exchange): Promise<void> {
    const query = logQueryOf(exchange.query);
    const { response } = exchange;
    response.writeHead(200, { 'content-type': LINES });
    let open = true;
    response.once('close', () => (open = false));
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    for await (const page of this.kernel.log.read(rangeOf(query))) {
      const wanted = page.slice(0, left);
      left -= wanted.length;
      const lines = await Promise.all(wanted.map((event) => this.lineOf(event, query.object === true)));
      const write = response.write.bind(response) as (chunk: string) => boolean;
      if (!write(lines.join(''))) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
      if (!open || left <= 0) break;
    }
    response.end();
  }

  private async lineOf(event: LogEvent, whole: boolean): Promise<string> {
    const { object, ...rest } = event;
    if (whole) return `${JSON.stringify(rest).slice(0, -1)},"object":${object}}\n`;
    const { log } = this.kernel;
    const previous = event.type === 'MODIFIED' ? await log.objectAt(event.resource, event.namespace, event.name, event.revision - 1) : undefined;
    const summary = summaryOf(event.type, JSON.parse(object), previous && JSON.parse(previous.object));
    return `${JSON.stringify({ ...rest, summary })}\n`;
  }

  private async why(exchange: Exchange): Promise<void> {
    const { query } = exchange;
    const resource = query.get('resource') ?? '';
    const kind = kindOfResource(resource);
    if (!kind) throw badRequest(`resource: there is no resource ${JSON.stringify(resource)}`);
    const name = query.get('name') ?? '';
    const at = query.get('at');
    const head = this.kernel.world.revision;
    const revision = at === null ? head : await this.kernel.past.revisionOf(at, head);
    const story = await whyOf(this.kernel.log, resource, query.get('namespace') ?? '', name, revision);
    if (!story) throw notFound(kind, name);
    send(exchange.response, 200, Buffer.from(JSON.stringify(story)));
  }

  private async verify(exchange: Exchange): Promise<void> {
    const report = await verifyChain(this.kernel.log);
    send(exchange.response, 200, Buffer.from(JSON.stringify(report)));
  }
}
