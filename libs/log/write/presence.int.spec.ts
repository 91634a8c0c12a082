import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database';
import { HeadMoved } from '#lib/log/log';
import { anEvent } from '#lib/log/log.contract';
import { PostgresLog } from '#lib/log/postgres-log';
import { PostgresPresence } from './presence';
import { dataSourceOf, poolOf } from '#lib/log/schema';

describe('the read lease', () => {
  let database: FreshDatabase;
  let admin: Client;
  const sources: DataSource[] = [];
  const closing: { close(): Promise<void> }[] = [];
  beforeEach(async () => {
    database = await freshDatabase();
    admin = new Client({ connectionString: database.url });
    await admin.connect();
  });
  afterEach(async () => {
    for (const one of closing.splice(0)) await one.close();
    for (const source of sources.splice(0)) await source.destroy();
    await admin.end();
    await database.drop();
  });

  const presenceOf = (writer: string = randomUUID(), url = database.url): PostgresPresence => {
    const presence = new PostgresPresence(url, writer);
    closing.push(presence);
    return presence;
  };
  const logOf = async (): Promise<PostgresLog> => {
    const source = await dataSourceOf({ url: database.url }).initialize();
    const log = new PostgresLog(poolOf(source));
    sources.push(source);
    closing.push(log);
    return log;
  };
  /** What some looks in a row, one after the other, show. */
  const looks = async (presence: PostgresPresence, count: number): Promise<string> => {
    const seen: string[] = [];
    for (let i = 0; i < count; i++) seen.push((await presence.look()).lease);
    return seen.join(' ');
  };
  const leaseInHead = async (): Promise<unknown> => (await admin.query('SELECT reader, recalled FROM head')).rows[0];
  const loseSessions = (): Promise<unknown> =>
    admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'decklog presence' AND datname = current_database()");

  test('is taken by whoever has seen nobody else for a while', async () => {
    expect(await looks(presenceOf(), 4)).toBe('none none ours ours');
  });

  test('is taken by nobody while two are present, by the other one once the first has left', async () => {
    const [one, two] = [presenceOf(), presenceOf()];
    await one.look();
    expect(await looks(two, 5)).toBe('none none none none none');
    expect(await looks(one, 5)).toBe('none none none none none');
    await one.close();
    expect(await looks(two, 3)).toBe('none none ours');
  });

  test('is not wanted any more when somebody else has come', async () => {
    const [one, two] = [presenceOf(), presenceOf()];
    await looks(one, 3);
    await two.look();
    expect(await looks(one, 1)).toBe('wanted');
    await one.giveBack();
    expect(await looks(one, 4)).toBe('none none none none');
  });

  test('is left behind by whoever closes', async () => {
    const one = presenceOf();
    await looks(one, 3);
    await one.close();
    expect(await leaseInHead()).toEqual({ reader: null, recalled: false });
  });

  test('is not taken in a moment when all have lost their sessions', async () => {
    const [one, two] = [presenceOf(), presenceOf()];
    await one.look();
    await two.look();
    await loseSessions();
    await one.look().catch(() => undefined);
    expect(await looks(one, 1)).toBe('none');
    await two.look().catch(() => undefined);
    expect(await looks(two, 4)).toBe('none none none none');
    expect(await looks(one, 4)).toBe('none none none none');
  });

  test('lets its holder write', async () => {
    const log = await logOf();
    await looks(presenceOf(log.writer), 3);
    await log.append(0, [anEvent(1)]);
    await log.append(1, [anEvent(2), anEvent(3)]);
    expect((await log.head()).revision).toBe(3);
    expect(await leaseInHead()).toEqual({ reader: log.writer, recalled: false });
  });

  test('nobody else writes, whatever sessions were lost, before it was given back', async () => {
    const log = await logOf();
    const one = presenceOf();
    await looks(one, 3);
    await loseSessions();
    await one.look().catch(() => undefined);
    let isWritten = false;
    const appended = log.append(0, [anEvent(1)]).then(() => (isWritten = true));
    while ((await looks(one, 1)) !== 'wanted') expect(isWritten).toBe(false);
    expect(isWritten).toBe(false);
    await one.giveBack();
    await appended;
    expect((await one.look()).revision).toBe(1);
  });

  test.each([
    ['one entry', 1],
    ['several', 2],
  ])('of somebody who died ends after longer than he could have relied on it: %s', async (_, count) => {
    const log = await logOf();
    const one = presenceOf();
    await looks(one, 3);
    const lastLook = performance.now();
    await log.append(
      0,
      Array.from({ length: count }, (_, i) => anEvent(i + 1)),
    );
    expect(performance.now() - lastLook).toBeGreaterThan(1_000);
    expect(await leaseInHead()).toEqual({ reader: null, recalled: false });
  });

  test('of somebody who died is ended by whoever arrives, before he writes', async () => {
    const log = await logOf();
    await looks(presenceOf(), 3);
    await presenceOf(log.writer).arrive();
    expect(await leaseInHead()).toEqual({ reader: null, recalled: false });
  });

  test('a writer whose head has moved is told that, and no lease is waited for', async () => {
    const [log, other] = [await logOf(), await logOf()];
    await log.append(0, [anEvent(1)]);
    await other.append(1, [anEvent(2)]);
    await expect(log.append(1, [anEvent(2)])).rejects.toThrow(HeadMoved);
  });

  test('knows nothing of other clusters in the same server', async () => {
    const other = await freshDatabase();
    const stranger = presenceOf(randomUUID(), other.url);
    await stranger.look();
    expect(await looks(presenceOf(), 3)).toBe('none none ours');
    await stranger.close();
    await other.drop();
  });
});
