import { once } from 'node:events';
import type { EventLog } from '#lib/log/log';
import { logClock } from '#lib/log/log-clock';
import { HistoryAccess } from '../../history/access';
import { revisionAt } from '../../history/moment';
import { HistoryReader } from '../../history/reader';
import type { Kernel } from '../../kernel';
import { send, warningHeaders, type Exchange } from '../exchange';
import { writeHead } from '../head';

/** One path under `/decklog/v1/`. To add one: a file here, and a line in questions.ts. */
export interface Question {
  readonly method: 'GET' | 'POST';
  /** It takes the whole log: a served bundle does not answer it. */
  readonly ofWhole?: true;
  answer(asked: Asked): Promise<void>;
}

/** A question with all that an answer is made from. */
export class Asked {
  readonly access: HistoryAccess;
  readonly now = logClock.date();

  constructor(
    readonly kernel: Kernel,
    readonly exchange: Exchange,
  ) {
    this.access = new HistoryAccess(kernel.authorizer, exchange.user);
  }

  get query(): URLSearchParams {
    return this.exchange.query;
  }

  get log(): EventLog {
    return this.kernel.log;
  }

  /** `secrets`: whether the values of Secrets are shown. */
  reader(secrets = false): HistoryReader {
    return new HistoryReader(this.kernel.log, this.kernel.sealer, secrets);
  }

  /** What is not said is the moment of the path (`/asof/…`), or now. @throws ApiError 400. */
  moment(text: string | undefined): Promise<number> {
    const head = this.kernel.world.revision;
    if (text === undefined) return Promise.resolve(this.exchange.past ?? head);
    return revisionAt(this.kernel.past, text, head, this.now);
  }

  /**
   * For an answer about all versions of something up to a revision: refused before the horizon, and behind it told with what is missing.
   * @throws ApiError 410
   */
  requireVersions({ resource }: { readonly resource: string }, upTo: number): void {
    this.kernel.horizons.require(resource, upTo);
    const note = this.kernel.horizons.note(resource);
    if (note) this.exchange.warnings.push(note);
  }

  send(answer: object, code = 200): void {
    send(this.exchange.response, code, Buffer.from(JSON.stringify(answer)), warningHeaders(this.exchange.warnings));
  }

  /** Lines of JSON as they come, each already ended by its newline. What fails before the first line is an ordinary error. */
  async sendLines(lines: AsyncIterable<string>): Promise<void> {
    const { response } = this.exchange;
    const iterator = lines[Symbol.asyncIterator]();
    let next = await iterator.next();
    writeHead(response, 200, { 'content-type': 'application/x-ndjson', ...warningHeaders(this.exchange.warnings) });
    let open = true;
    response.once('close', () => (open = false));
    const write = response.write.bind(response) as (chunk: string) => boolean;
    for (; !next.done && open; next = await iterator.next()) {
      if (!write(next.value) && open) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    if (!next.done) await iterator.return?.();
    response.end();
  }
}
