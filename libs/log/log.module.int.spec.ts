import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { freshDatabase } from '../../test/support/database';
import { anEvent } from './log.contract';
import type { EventLog } from './log';
import { EVENT_LOG, LogModule } from './log.module';
import { MemoryLog } from './memory-log';

@Injectable()
class Reader {
  constructor(@Inject(EVENT_LOG) readonly log: EventLog) {}
}

@Module({ providers: [Reader] })
class App {}

describe('the log as a Nest module', () => {
  test('connects and migrates at the start, and closes with the application', async () => {
    const database = await freshDatabase();
    const app = await NestFactory.createApplicationContext({ module: App, imports: [LogModule.connect({ url: database.url })] }, { logger: false });
    const { log } = app.get(Reader);
    expect((await log.append(0, [anEvent(1)])).revision).toBe(1);
    const source = app.get(DataSource);
    await app.close();
    expect(source.isInitialized).toBe(false);
    await database.drop();
  });

  test('hands out a log that somebody else made', async () => {
    const log = new MemoryLog();
    const app = await NestFactory.createApplicationContext({ module: App, imports: [LogModule.of(log)] }, { logger: false });
    expect(app.get(Reader).log).toBe(log);
    await app.close();
  });
});
