import type { DataSource } from 'typeorm';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database';
import { anEvent } from '#lib/log/log.contract';
import { HeadMoved } from '#lib/log/log';
import { PostgresLog } from '#lib/log/postgres-log';
import { dataSourceOf, poolOf } from '#lib/log/schema';

describe('following the log in the process that writes it', () => {
  let database: FreshDatabase;
  let sources: DataSource[];
  let log: PostgresLog;
  let other: PostgresLog;
  let stop: AbortController;
  let seen: number[];
  let ended: Promise<void>;
  let reads: jest.SpyInstance;
  beforeEach(async () => {
    database = await freshDatabase();
    sources = await Promise.all([1, 2].map(() => dataSourceOf({ url: database.url }).initialize()));
    [log, other] = sources.map((source) => new PostgresLog(poolOf(source))) as [PostgresLog, PostgresLog];
    reads = jest.spyOn(log as unknown as { rows: () => unknown }, 'rows');
    stop = new AbortController();
    seen = [];
  });
  afterEach(async () => {
    stop.abort();
    await ended;
    await Promise.all([log.close(), other.close()]);
    await Promise.all(sources.map((source) => source.destroy()));
    await database.drop();
  });

  const follow = (after: number): void => {
    ended = (async () => {
      for await (const page of log.follow(after, stop.signal)) seen.push(...page.map(({ revision }) => revision));
    })();
  };
  const until = async (last: number): Promise<void> => {
    for (let i = 0; i < 300 && seen.at(-1) !== last; i++) await new Promise((done) => setTimeout(done, 10));
    expect(seen).toEqual(Array.from({ length: last - (seen[0] as number) + 1 }, (_, i) => (seen[0] as number) + i));
  };

  test('own entries come a moment later, or with the next append, and are not read back', async () => {
    await log.append(0, [anEvent(1)]);
    follow(0);
    await until(1);
    await new Promise((done) => setTimeout(done, 300)); // LISTEN takes hold, and looks once
    const before = reads.mock.calls.length;
    for (let revision = 1; revision < 50; revision++) {
      const appended = log.append(revision, [anEvent(revision + 1)]);
      // while the database works on this one
      for (let i = 0; i < 300 && !seen.includes(revision); i++) await new Promise((done) => setImmediate(done));
      await appended;
    }
    await until(50);
    expect(reads.mock.calls.length - before).toBeLessThanOrEqual(1); // the look that is due every second
  });

  test('who is said to write alone hears his own at once, and somebody else a second later', async () => {
    const sole = new PostgresLog(poolOf(sources[0] as DataSource), { sole: true });
    const heard: number[] = [];
    const following = (async () => {
      for await (const page of sole.follow(0, stop.signal)) heard.push(...page.map(({ revision }) => revision));
    })();
    await sole.append(0, [anEvent(1)]);
    for (let i = 0; i < 20 && heard.length === 0; i++) await new Promise((done) => setTimeout(done, 10));
    expect(heard).toEqual([1]);
    await other.append(1, [anEvent(2)]);
    for (let i = 0; i < 300 && heard.length === 1; i++) await new Promise((done) => setTimeout(done, 10));
    expect(heard).toEqual([1, 2]);
    stop.abort();
    await following;
    await sole.close();
  });

  test('entries of others come between, in order and once', async () => {
    follow(0);
    for (let revision = 0; revision < 60; revision++) {
      await (revision % 7 < 3 ? other : log).append(revision, [anEvent(revision + 1)]);
      if (revision % 10 === 9) await until(revision + 1);
    }
    await until(60);
  });

  test('an append that is refused hides nothing of the writer who came first', async () => {
    follow(0);
    await log.append(0, [anEvent(1)]);
    await other.append(1, [anEvent(2)]);
    await expect(log.append(1, [anEvent(2)])).rejects.toThrow(HeadMoved);
    await until(2);
  });
});
