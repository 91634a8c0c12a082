import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigMap } from '#lib/api/core/configmap';
import { eventually } from '#lib/bus/bus.contract';
import { JetStreamBus } from '#lib/bus/jetstream-bus';
import { STREAM } from '#lib/bus/log-stream';
import { startNats, type RunningNats } from '#lib/embedded/nats';
import { MemoryLog } from '#lib/log/memory-log';
import { patch } from '#lib/reconcile/command';
import { defineController } from '#lib/reconcile/controller';
import { aConfigMap } from '#lib/reconcile/testing/builders/configmap';
import { COMMAND_SUBJECT, type CommandReply, type CommandRequest } from './commands';
import { startControllers, startWorld } from './host';
import { LogWriter } from './testing/log-writer';

const storeDir = mkdtempSync(join(tmpdir(), 'decklog-host-'));
let nats: RunningNats;
let bus: JetStreamBus;
let log: MemoryLog;
let writer: LogWriter;
beforeAll(async () => void (nats = await startNats({ storeDir })));
afterAll(async () => {
  await nats.stop();
  rmSync(storeDir, { recursive: true, force: true });
});
beforeEach(async () => {
  bus = await JetStreamBus.connect({ url: nats.url });
  await (await bus.connection.jetstreamManager()).streams.delete(STREAM).catch(() => undefined);
  log = new MemoryLog();
  writer = new LogWriter(log);
});
afterEach(() => bus.close());

const write = async (from: number, count: number): Promise<void> => {
  const maps = Array.from({ length: count }, (_, i) => aConfigMap({ name: `c${from + i}` }));
  await bus.publish(await writer.write('ADDED', ...maps));
};

describe('a world that follows over JetStream', () => {
  const revisionsOf = async (disturb: () => Promise<unknown>): Promise<number[]> => {
    await write(0, 10);
    const world = await startWorld({ log, bus });
    const seen: number[] = [];
    world.follower.onChanges((changes) => seen.push(...changes.map((change) => change.revision)));
    for (let round = 1; round <= 10; round++) {
      await write(round * 10, 10);
      if (round === 3 || round === 6) await disturb();
      await sleep(10);
    }
    await eventually(() => world.follower.world.revision === 110);
    expect(world.follower.world.list(ConfigMap)).toHaveLength(110);
    await world.stop();
    return seen;
  };
  const all = Array.from({ length: 100 }, (_, i) => 11 + i);

  test('applies every entry once, in order', async () => {
    expect(await revisionsOf(async () => undefined)).toEqual(all);
  });

  test('loses nothing and repeats nothing when the stream is deleted while it runs', async () => {
    const manager = await bus.connection.jetstreamManager();
    expect(await revisionsOf(() => manager.streams.delete(STREAM))).toEqual(all);
  });

  test('loses nothing and repeats nothing when the JetStream folder is deleted while it runs', async () => {
    expect(await revisionsOf(async () => rmSync(join(storeDir, 'jetstream'), { recursive: true, force: true }))).toEqual(all);
  });

  test('loses nothing and repeats nothing when the server is restarted', async () => {
    const restart = async (): Promise<void> => {
      const { port } = nats;
      await nats.stop();
      nats = await startNats({ storeDir, port });
    };
    expect(await revisionsOf(restart)).toEqual(all);
  });
});

describe('controllers in one process', () => {
  test('share one world, and write through the bus until nothing is left to do', async () => {
    const marking = (name: string) =>
      defineController<ConfigMap>({ name, for: ConfigMap, reconcile: (map) => (map.data?.[name] ? [] : [patch(map, { data: { [name]: 'yes' } })]) });
    const world = await startWorld({ log, bus });
    await bus.answer(COMMAND_SUBJECT, 'api', async (request) => {
      const { key, controller } = request as CommandRequest;
      const known = world.follower.world.get(ConfigMap, 'default', key.split('/')[1] ?? '') as ConfigMap;
      const events = await writer.write('MODIFIED', { ...known, data: { ...known.data, [controller]: 'yes' } } as ConfigMap);
      await bus.publish(events);
      return { results: [{ ok: true }], revision: events[0]?.revision ?? 0 } satisfies CommandReply;
    });
    await write(0, 1);
    const running = await startControllers([marking('one'), marking('two')], { log, bus, follower: world.follower });
    // What was written may not have reached the world yet.
    const marks = (): object => (world.follower.world.list(ConfigMap)[0] as ConfigMap | undefined)?.data ?? {};
    await eventually(() => Object.keys(marks()).length === 2);
    await eventually(() => running.reconcilers.every((reconciler) => reconciler.idle));
    await running.stop();
    await world.stop();
  });

  test('must have different names', async () => {
    const toy = defineController<ConfigMap>({ name: 'toy', for: ConfigMap, reconcile: () => [] });
    await expect(startControllers([toy, toy], { log, bus })).rejects.toThrow('two controllers are named toy');
  });
});
