import { Client } from 'pg';
import { type FreshDatabase, freshDatabase } from '../../test/support/database';
import { PostgresPresence } from './presence';

describe('who else writes the log', () => {
  let database: FreshDatabase;
  beforeAll(async () => (database = await freshDatabase()));
  afterAll(() => database.drop());

  const others = async (presence: PostgresPresence): Promise<number> => (await presence.look()).others;

  test('sees who came, and who left', async () => {
    const [one, two, three] = [1, 2, 3].map(() => new PostgresPresence(database.url)) as [PostgresPresence, PostgresPresence, PostgresPresence];
    expect(await one.look()).toEqual({ revision: 0, others: 0 });
    expect(await others(two)).toBe(1);
    expect(await others(three)).toBe(2);
    expect(await others(one)).toBe(2);
    await two.close();
    expect(await others(one)).toBe(1);
    await Promise.all([one.close(), three.close()]);
  });

  test('is present again after its session was lost', async () => {
    const [one, two] = [new PostgresPresence(database.url), new PostgresPresence(database.url)];
    await one.look();
    await two.look();
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'decklog presence' AND datname = current_database()");
    await admin.end();
    await one.look().catch(() => undefined);
    await two.look().catch(() => undefined);
    expect(await others(one)).toBe(1);
    expect(await others(two)).toBe(1);
    await Promise.all([one.close(), two.close()]);
  });

  test('knows nothing of other clusters in the same server', async () => {
    const other = await freshDatabase();
    const [one, stranger] = [new PostgresPresence(database.url), new PostgresPresence(other.url)];
    await stranger.look();
    expect(await others(one)).toBe(0);
    await Promise.all([one.close(), stranger.close()]);
    await other.drop();
  });
});
