import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Follower } from './follow';

/**
 * Pattern of the handlers that are told of changes of the world: `@EventPattern(CHANGES_PATTERN) onChanges(changes: readonly Change[])`.
 */
export const CHANGES_PATTERN = 'changes';

/** Nest's door to a world that several microservices of one process share: the log is folded once, however many follow. */
export class ChangesTransport extends Server implements CustomTransportStrategy {
  private unsubscribe: (() => void) | undefined;

  /**
   * @param resources changes of others are not delivered: through Nest a lone change cost 38 µs for all fifteen in a profile under load,
   * and it is of interest to few. Default: all are.
   */
  constructor(
    private readonly follower: Pick<Follower, 'onChanges'>,
    private readonly resources?: ReadonlySet<string>,
  ) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    const handler = this.messageHandlers.get(CHANGES_PATTERN);
    if (handler) {
      const { resources } = this;
      this.unsubscribe = this.follower.onChanges((changes) => {
        const wanted = resources ? changes.filter(({ kind }) => resources.has(kind.resource)) : changes;
        if (wanted.length > 0) void handler(wanted)?.catch((error: unknown) => this.logger.error(error));
      });
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
