import { methodNotAllowed, unknownPath } from '#lib/api/errors';
import type { Kernel } from '../kernel';
import type { Exchange } from './exchange';
import { Asked } from './questions/question';
import { questions } from './questions/questions';

/**
 * Decklog's own questions, under `/decklog/v1/`: what the command line asks. The path is authorised by then (verb `get` or `post` on
 * `/decklog/v1/log` …); which objects an answer may speak of, each question asks `Asked.access`.
 */
export class HistoryHandler {
  constructor(private readonly kernel: Kernel) {}

  /** @throws ApiError 404 when there is no such question, 405 when it is asked the wrong way, or would change the past. */
  async handle(exchange: Exchange, name: string): Promise<void> {
    const question = Object.hasOwn(questions, name) ? questions[name] : undefined;
    if (!question) throw unknownPath();
    const { method } = exchange;
    if (method !== question.method || (method !== 'GET' && exchange.past !== undefined)) throw methodNotAllowed();
    if (question.ofWhole) this.kernel.horizons.requireWhole();
    await question.answer(new Asked(this.kernel, exchange));
  }
}
