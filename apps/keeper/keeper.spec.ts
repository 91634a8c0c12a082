import { Logger } from '@nestjs/common';
import { MemoryBus } from '#lib/bus/memory-bus';
import type { KeeperConfig } from './config';
import type { Database, Replication } from './database';
import { helloOf, Keeper, WITNESS } from './keeper';
import { type Question, Witness } from './witness';

beforeAll(() => Logger.overrideLogger(false)); // deaths are made on purpose here

/** A PostgreSQL that does what it is told at once. */
class Told implements Pick<
  Database,
  'runs' | 'endLeftover' | 'startPrimary' | 'startStandby' | 'promote' | 'waitForStandby' | 'replication' | 'receives' | 'kill' | 'stop' | 'copy'
> {
  is: 'dead' | 'primary' | 'standby' = 'dead';
  constructor(private readonly streams: () => boolean) {}
  get runs(): boolean {
    return this.is !== 'dead';
  }
  async startPrimary(): Promise<void> {
    this.is = 'primary';
  }
  async startStandby(): Promise<void> {
    this.is = 'standby';
  }
  async promote(): Promise<void> {
    this.is = 'primary';
  }
  async replication(): Promise<Replication> {
    const streaming = this.streams();
    return { streaming, awaited: streaming, reached: streaming, end: '0/1' };
  }
  async receives(): Promise<boolean> {
    return true;
  }
  async kill(): Promise<void> {
    this.is = 'dead';
  }
  async endLeftover(): Promise<void> {}
  async copy(): Promise<void> {}
  waitForStandby(): void {}
  async stop(): Promise<void> {}
}

const eventually = async (holds: () => boolean): Promise<void> => {
  for (const deadline = Date.now() + 30_000; !holds() && Date.now() < deadline;) await new Promise((next) => setTimeout(next, 5));
  expect(holds()).toBe(true);
};

test('a leader whose PostgreSQL died tells the standby, who succeeds him; never are there two primaries', async () => {
  const bus = new MemoryBus();
  const witness = new Witness(
    undefined,
    () => undefined,
    () => performance.now(),
  );
  await bus.answer(WITNESS, 'witness', (question) => witness.answer(question as Question));
  const databases: Record<'a' | 'b', Told> = { a: new Told(() => databases.b.is === 'standby'), b: new Told(() => databases.a.is === 'standby') };
  const keeperOf = (name: 'a' | 'b', peer: 'a' | 'b'): Keeper =>
    new Keeper({ name, peer: { name: peer, url: '' } } as KeeperConfig, bus, databases[name] as unknown as Database);
  const asked = jest.spyOn(bus, 'request');
  const keepers = [keeperOf('a', 'b'), keeperOf('b', 'a')];
  let together = 0;
  const looking = setInterval(() => (together += databases.a.is === 'primary' && databases.b.is === 'primary' ? 1 : 0), 1);
  for (const keeper of keepers) void keeper.run();
  await eventually(() => witness.answer({ do: 'look' }).standby !== undefined);
  const { leader } = witness.answer({ do: 'look' });
  const [first, second] = leader === 'a' ? (['a', 'b'] as const) : (['b', 'a'] as const);
  databases[first].is = 'dead';
  await eventually(() => databases[second].is === 'primary');
  expect(asked.mock.calls).toContainEqual([helloOf(second), { leads: false }, expect.any(Number)]);
  await eventually(() => databases[first].is === 'standby');
  await Promise.all(keepers.map((keeper) => keeper.stop()));
  clearInterval(looking);
  expect(together).toBe(0);
}, 60_000);
