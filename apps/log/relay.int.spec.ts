import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STREAM } from '#lib/bus/log-stream';
import { JetStreamBus } from '#lib/bus/jetstream-bus';
import { startNats, type RunningNats } from '#lib/embedded/nats';
import { anEvent } from '#lib/log/log.contract';
import { openLog, type OpenLog } from '#lib/log/open-log';
import { Follower } from '#lib/runtime/follow';
import { PostgresLeases } from '#lib/runtime/leases';
import { freshDatabase, type FreshDatabase } from '../../test/support/database';
import { Relay } from './relay';

const TIMEOUT = 30_000;
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

async function eventually(check: () => void): Promise<void> {
  for (const deadline = Date.now() + 15_000; ; await new Promise((done) => setTimeout(done, 20))) {
    try {
      return check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

describe('the relay, with PostgreSQL and JetStream', () => {
  // A NATS of its own: it is stopped, and its files deleted.
  let storeDir: string;
  let nats: RunningNats;
  let database: FreshDatabase;
  let opened: OpenLog;
  let bus: JetStreamBus;
  let leases: PostgresLeases;
  let follower: Follower;
  let changes: number[];
  let messages: number[];
  beforeEach(async () => {
    storeDir = mkdtempSync(join(tmpdir(), 'decklog-relay-'));
    nats = await startNats({ storeDir });
    database = await freshDatabase();
    opened = await openLog({ url: database.url });
    bus = await JetStreamBus.connect({ url: nats.url });
    leases = new PostgresLeases(database.url);
    leases.hold('relay', new Relay({ log: opened.log, bus, checkEveryMs: 200 }));
    // It would hear of everything from the log within a minute; in between, only the bus tells it.
    follower = new Follower({ log: opened.log, pollMs: 60_000 });
    [changes, messages] = [[], []];
    follower.onChanges((batch) => changes.push(...batch.map((change) => change.revision)));
    await bus.subscribe({
      onMessages: (batch) => {
        messages.push(...batch.map((message) => message.revision));
        follower.onMessages(batch);
      },
      onBreak: () => follower.onBreak(),
    });
    await follower.start();
    await append(1);
    await eventually(() => expect(messages).toEqual([1]));
  }, TIMEOUT);
  afterEach(async () => {
    follower.stop();
    await leases.close();
    await bus.close();
    await opened.close();
    await nats.stop();
    await database.drop();
    rmSync(storeDir, { recursive: true, force: true });
  }, TIMEOUT);

  const append = async (count: number): Promise<number> => {
    const { revision } = await opened.log.head();
    return (
      await opened.log.append(
        revision,
        range(revision + 1, revision + count).map((next) => anEvent(next)),
      )
    ).revision;
  };

  test(
    'brings every entry to a subscriber, once and in order',
    async () => {
      for (let i = 0; i < 20; i++) await append(5);
      await eventually(() => expect(messages).toEqual(range(1, 101)));
      await eventually(() => expect(changes).toEqual(range(1, 101)));
    },
    TIMEOUT,
  );

  test(
    'loses nothing when the stream is deleted',
    async () => {
      await append(10);
      await eventually(() => expect(messages).toEqual(range(1, 11)));
      const manager = await bus.connection.jetstreamManager();
      await manager.streams.delete(STREAM);
      for (let i = 0; i < 10; i++) await append(1);
      await eventually(() => expect(changes).toEqual(range(1, 21)));
      await append(1);
      await eventually(() => expect(messages.at(-1)).toBe(22));
    },
    TIMEOUT,
  );

  test(
    'loses nothing when the server dies and all its files are deleted',
    async () => {
      await append(10);
      await eventually(() => expect(changes).toEqual(range(1, 11)));
      const { password } = new URL(nats.url);
      await nats.stop();
      await append(5);
      rmSync(join(storeDir, 'jetstream'), { recursive: true });
      nats = await startNats({ storeDir, port: nats.port, password: decodeURIComponent(password) });
      await append(5);
      await eventually(() => expect(changes).toEqual(range(1, 21)));
      await append(1);
      await eventually(() => expect(messages.at(-1)).toBe(22));
      await eventually(() => expect(changes).toEqual(range(1, 22))); // the same messages, a moment later
    },
    TIMEOUT,
  );

  test(
    'lets a standby take over',
    async () => {
      const standby = new PostgresLeases(database.url);
      standby.hold('relay', new Relay({ log: opened.log, bus }));
      await append(3);
      await eventually(() => expect(messages).toEqual(range(1, 4)));
      const started = Date.now();
      await leases.close();
      await append(3);
      await eventually(() => expect(messages).toEqual(range(1, 7)));
      expect(Date.now() - started).toBeLessThan(15_000);
      await standby.close();
    },
    TIMEOUT,
  );
});
