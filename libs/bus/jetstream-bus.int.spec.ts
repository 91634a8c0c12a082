import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_PAYLOAD, startNats, type RunningNats } from '#lib/embedded/nats';
import { NoAnswer, type LogMessage } from './bus';
import { anEntry, busContract, eventually } from './bus.contract';
import { JetStreamBus } from './jetstream-bus';
import { STREAM } from './log-stream';

const storeDir = mkdtempSync(join(tmpdir(), 'decklog-bus-'));
let nats: RunningNats;
beforeAll(async () => void (nats = await startNats({ storeDir })));
afterAll(async () => {
  await nats.stop();
  rmSync(storeDir, { recursive: true, force: true });
});

async function emptyBus(): Promise<JetStreamBus> {
  const bus = await JetStreamBus.connect({ url: nats.url });
  const manager = await bus.connection.jetstreamManager();
  await manager.streams.delete(STREAM).catch(() => undefined);
  return bus;
}

describe('the JetStream bus', () => busContract(emptyBus));

describe('the JetStream bus, when things break', () => {
  let bus: JetStreamBus;
  let seen: LogMessage[];
  let breaks: number;
  beforeEach(async () => {
    bus = await emptyBus();
    seen = [];
    breaks = 0;
    await bus.subscribe({ onMessages: (batch) => seen.push(...batch), onBreak: () => breaks++ });
  });
  afterEach(() => bus.close());
  const deleteStream = async (): Promise<unknown> => (await bus.connection.jetstreamManager()).streams.delete(STREAM);

  test('makes the stream anew when somebody deleted it, and tells subscribers of the break', async () => {
    await bus.publish([anEntry(1)]);
    await deleteStream();
    await bus.publish([anEntry(2), anEntry(3)]);
    expect(await bus.lastRevision()).toBe(3);
    await eventually(() => breaks >= 2);
    await bus.publish([anEntry(4)]);
    await eventually(() => seen.some((message) => message.revision === 4));
  });

  test('goes on after the JetStream folder was deleted under the running server', async () => {
    await bus.publish([anEntry(1)]);
    rmSync(join(storeDir, 'jetstream'), { recursive: true, force: true });
    for (let revision = 2; revision < 30; revision++) await bus.publish([anEntry(revision)]);
    expect(await bus.lastRevision()).toBe(29);
  });

  test('goes on after the server was away', async () => {
    await bus.publish([anEntry(1)]);
    const { port } = nats;
    await nats.stop();
    const pending = bus.publish([anEntry(2), anEntry(3)]);
    nats = await startNats({ storeDir, port });
    await pending;
    await eventually(() => breaks >= 1);
    expect(await bus.lastRevision()).toBe(3);
  });

  test('tells who waits for an answer that the server took with it, or who asked while it was away, once it is back', async () => {
    await bus.answer('slow', 'slow', () => new Promise(() => undefined));
    const ask = (): Promise<unknown> => bus.request('slow', {}, 60_000).catch((error: Error) => error);
    const before = ask();
    await bus.connection.flush();
    const { port } = nats;
    await nats.stop();
    const meanwhile = ask();
    nats = await startNats({ storeDir, port });
    for (const failure of [await before, await meanwhile]) {
      expect(failure).toBeInstanceOf(NoAnswer);
      expect(failure).toMatchObject({ interrupted: true, undelivered: false });
    }
    await bus.answer('quick', 'quick', () => 'yes');
    expect(await bus.request('quick', {})).toBe('yes');
  });

  test('sends what is too large without its object', async () => {
    await bus.publish([anEntry(1, { object: JSON.stringify({ spec: {}, data: 'x'.repeat(MAX_PAYLOAD) }) }), anEntry(2)]);
    await eventually(() => seen.length >= 2);
    expect(seen.map((message) => message.object === undefined)).toEqual([true, false]);
  });
});
