import { Controller, Module, type DynamicModule } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { LogMessage } from '#lib/bus/bus';
import { BREAK_PATTERN, LOG_PATTERN } from '#lib/bus/jetstream-transport';
import { Follower } from './follow';

/** Where the log's entries come in. */
@Controller()
class LogRoutes {
  constructor(private readonly follower: Follower) {}

  @EventPattern(LOG_PATTERN)
  onEntries(@Payload() batch: readonly LogMessage[]): void {
    this.follower.onMessages(batch);
  }

  @EventPattern(BREAK_PATTERN)
  onBreak(): void {
    this.follower.onBreak();
  }
}

/** The microservice that keeps the process' world. */
@Module({})
export class WorldModule {
  static of(follower: Follower): DynamicModule {
    return { module: WorldModule, controllers: [LogRoutes], providers: [{ provide: Follower, useValue: follower }] };
  }
}
