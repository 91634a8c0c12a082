import { Inject, Module, type BeforeApplicationShutdown, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { isReplicated } from '#lib/log/database/connection';
import type { EventLog } from './log';
import type { DatabaseOptions } from '#lib/log/database/pool';
import { PostgresLog } from './postgres-log';
import { dataSourceOf, openSource, poolOf } from './schema';

/** Injection token of the `EventLog`. */
export const EVENT_LOG = Symbol('decklog event log');

/** Makes the log injectable: `@Inject(EVENT_LOG) log: EventLog`; and TypeORM's `DataSource`, for what is not the log. */
@Module({})
export class LogModule implements BeforeApplicationShutdown {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  /** Connects and migrates when the application starts; closes with it. */
  static connect(options: DatabaseOptions): DynamicModule {
    const database = TypeOrmModule.forRootAsync({
      useFactory: () => dataSourceOf(options).options,
      dataSourceFactory: () => openSource(options),
    });
    const provider = {
      provide: EVENT_LOG,
      inject: [DataSource],
      useFactory: (source: DataSource) => new PostgresLog(poolOf(source), { url: options.url, replicated: isReplicated(options.url) }),
    };
    return { module: LogModule, global: true, imports: [database], providers: [provider], exports: [provider] };
  }

  /** A log that somebody else made; it is closed with the application all the same. */
  static of(log: EventLog): DynamicModule {
    const provider = { provide: EVENT_LOG, useValue: log };
    return { module: LogModule, global: true, providers: [provider], exports: [provider] };
  }

  /** Before, because TypeORM ends its pool on shutdown, and waits for every connection that is still lent: two of them are the log's. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.log.close();
  }
}
