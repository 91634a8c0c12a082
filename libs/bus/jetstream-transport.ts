import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Bus, Closable, LogFilter, LogMessage } from './bus';

/** Pattern of the handlers that receive the log's entries: `@EventPattern(LOG_PATTERN) onEntries(batch: readonly LogMessage[])`. */
export const LOG_PATTERN = 'log';

/** Pattern of the handlers that are told of a break: `@EventPattern(BREAK_PATTERN) onBreak()`. */
export const BREAK_PATTERN = 'break';

/** Who and what the transport delivers to. */
export interface JetStreamTransportOptions {
  readonly bus: Bus;
  /** Which entries `LOG_PATTERN` handlers get. Default: all. */
  readonly filters?: readonly LogFilter[];
  /** Queue group of this microservice's `@MessagePattern` handlers: of its instances each request reaches one. Default `decklog`. */
  readonly queue?: string;
}

/**
 * Nest's door to the bus. `@EventPattern(LOG_PATTERN)` handlers get the log's entries in batches, one batch at a time;
 * `@MessagePattern(subject)` handlers answer requests. Handlers are called directly: per entry there is no packet, no
 * context and no observable, which is what makes thousands of entries per second affordable.
 */
export class JetStreamTransport extends Server implements CustomTransportStrategy {
  private readonly open: Closable[] = [];
  private waiting: LogMessage[] = [];
  private delivering = false;

  constructor(private readonly options: JetStreamTransportOptions) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  async close(): Promise<void> {
    await Promise.all(this.open.splice(0).map((one) => one.close()));
  }

  on(): void {
    // the bus has no events of its own
  }

  unwrap<T>(): T {
    return this.options.bus as T;
  }

  private async start(): Promise<void> {
    const { bus, filters, queue = 'decklog' } = this.options;
    for (const [pattern, handler] of this.messageHandlers) {
      if (handler.isEventHandler) continue;
      this.open.push(await bus.answer(pattern, queue, (request) => call(handler, request)));
    }
    const onEntries = this.messageHandlers.get(LOG_PATTERN);
    if (!onEntries) return;
    const onBreak = this.messageHandlers.get(BREAK_PATTERN);
    this.open.push(
      await bus.subscribe(
        { onMessages: (batch) => void this.deliver(onEntries, batch), onBreak: () => void (onBreak && call(onBreak, undefined)) },
        filters,
      ),
    );
  }

  /** While a handler works, what arrives is collected for its next call. */
  private async deliver(handler: MessageHandler, batch: readonly LogMessage[]): Promise<void> {
    for (const message of batch) this.waiting.push(message);
    if (this.delivering) return;
    this.delivering = true;
    while (this.waiting.length > 0) {
      const next = this.waiting;
      this.waiting = [];
      await call(handler, next).catch((error: unknown) => this.logger.error(error));
    }
    this.delivering = false;
  }
}

/** Nest wraps what a handler throws into an observable that fails. */
async function call(handler: MessageHandler, data: unknown): Promise<unknown> {
  const result: unknown = await handler(data);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
