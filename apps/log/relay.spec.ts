import { anEvent } from '#lib/log/log.contract';
import { MemoryLog } from '#lib/log/memory-log';
import type { LogMessage } from '#lib/bus/bus';
import { Relay } from './relay';

/** A stream that can be deleted and can refuse. */
class FakeStream {
  messages: number[] = [];
  broken = false;
  hung = false;

  async publish(entries: readonly LogMessage[]): Promise<void> {
    if (this.hung) return new Promise(() => undefined);
    if (this.broken) throw new Error('no stream');
    for (const { revision } of entries) if (!this.messages.includes(revision)) this.messages.push(revision);
  }

  async lastRevision(): Promise<number> {
    if (this.broken) throw new Error('no server');
    return this.messages.at(-1) ?? 0;
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

async function eventually(check: () => void): Promise<void> {
  for (const deadline = Date.now() + 4_000; ; await new Promise((done) => setTimeout(done, 5))) {
    try {
      return check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

describe('the relay', () => {
  let log: MemoryLog;
  let bus: FakeStream;
  let relay: Relay;
  beforeEach(() => {
    log = new MemoryLog();
    bus = new FakeStream();
    relay = new Relay({ log, bus, checkEveryMs: 20 });
  });
  afterEach(() => relay.stop());

  const append = async (count: number): Promise<void> => {
    const { revision } = await log.head();
    await log.append(
      revision,
      range(revision + 1, revision + count).map((next) => anEvent(next)),
    );
  };

  test('publishes everything that is appended, in order', async () => {
    await relay.start();
    for (let i = 0; i < 5; i++) await append(3);
    await eventually(() => expect(bus.messages).toEqual(range(1, 15)));
    expect(relay.published).toBe(15);
  });

  test('goes on after the newest message of the stream', async () => {
    await append(10);
    bus.messages = range(1, 4);
    await relay.start();
    await eventually(() => expect(bus.messages).toEqual(range(1, 10)));
  });

  test('sends the newest entry into a new stream, so that consumers notice what they missed', async () => {
    await append(10);
    await relay.start();
    await eventually(() => expect(bus.messages).toEqual([10]));
  });

  test('notices that the stream was deleted while nothing happens, and sends again from the last entry on', async () => {
    await relay.start();
    await append(10);
    await eventually(() => expect(relay.published).toBe(10));
    bus.messages = [];
    await eventually(() => expect(bus.messages).toEqual([10]));
    await append(2);
    await eventually(() => expect(bus.messages).toEqual([10, 11, 12]));
  });

  test('keeps trying while the bus is away, and loses nothing', async () => {
    await relay.start();
    await append(2);
    await eventually(() => expect(relay.published).toBe(2));
    bus.broken = true;
    await append(2);
    await new Promise((done) => setTimeout(done, 50));
    bus.broken = false;
    await eventually(() => expect(bus.messages).toEqual(range(1, 4)));
  });

  test('skips to the newest entries when it is far behind', async () => {
    await append(25_000);
    bus.messages = [1];
    await relay.start();
    await eventually(() => expect(relay.published).toBe(25_000));
    expect(bus.messages.slice(0, 2)).toEqual([1, 5_001]);
  });

  test('sends nothing when the stream is ahead of the log, until the log grows', async () => {
    await append(3);
    bus.messages = [99];
    await relay.start();
    await new Promise((done) => setTimeout(done, 60));
    expect(bus.messages).toEqual([99]);
    await append(1);
    await eventually(() => expect(bus.messages).toEqual([99, 4]));
  });

  test('can be stopped while the bus does not answer, and started again', async () => {
    bus.hung = true;
    await relay.start();
    await append(1);
    await new Promise((done) => setTimeout(done, 20));
    await relay.stop();
    bus.hung = false;
    await append(1);
    await new Promise((done) => setTimeout(done, 20));
    expect(bus.messages).toEqual([]);
    await relay.start();
    await append(1);
    await eventually(() => expect(bus.messages).toContain(3));
  });
});
