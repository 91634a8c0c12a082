import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Follower } from './follow';

/** Pattern of the handlers that are told of changes of the world: `@EventPattern(CHANGES_PATTERN) onChanges(changes: readonly Change[])`. */
export const CHANGES_PATTERN = 'changes';

/** Nest's door to a world that several microservices of one process share: the log is folded once, however many follow. */
export class ChangesTransport extends Server implements CustomTransportStrategy {
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly follower: Pick<Follower, 'onChanges'>) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    const handler = this.messageHandlers.get(CHANGES_PATTERN);
    if (handler) {
      this.unsubscribe = this.follower.onChanges((changes) => void handler(changes)?.catch((error: unknown) => this.logger.error(error)));
    }
    callback();
  }

  close(): void {
    this.unsubscribe?.();
  }

  on(): void {
    // the world has no events of its own
  }

  unwrap<T>(): T {
    return this.follower as T;
  }
}
