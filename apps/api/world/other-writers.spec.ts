import { ConfigMap } from '#lib/api/core/configmap';
import type { Head } from '#lib/log/log';
import type { Look, Presence } from '#lib/log/write/presence';
import { anApi } from '../testing/an-api';
import { OtherWriters } from './other-writers';

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

/** The lease is as the test says; `look` may be made to fail. */
class Said implements Presence {
  readonly told: string[] = [];
  constructor(public say: () => Look | Error) {}
  async look(): Promise<Look> {
    const said = this.say();
    if (said instanceof Error) throw said;
    return said;
  }
  async arrive(): Promise<void> {
    this.told.push('arrived');
  }
  async giveBack(): Promise<void> {
    this.told.push('given back');
  }
  async close(): Promise<void> {}
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Longer than from one look to the next. */
const A_LOOK_MS = 600;

describe('two API servers on one log', () => {
  test('a server that is alone answers at once, and takes in what it has missed all the same', async () => {
    const one = await anApi();
    const two = await anApi(one.log);
    await two.create(ConfigMap, configMap('theirs'));
    const { revision } = await one.log.head();
    const others = new OtherWriters(one.log, new Said(() => ({ revision, lease: 'ours' })), one.kernel.world, one.kernel.writer);
    others.begin();
    await pause(A_LOOK_MS);
    expect(others.confirm()).toBeUndefined();
    expect(one.kernel.world.get(ConfigMap, 'default', 'theirs')).toBeDefined();
    await others.stop();
  });

  test('with another one present every answer waits for the head, from the first on', async () => {
    const one = await anApi();
    const two = await anApi(one.log);
    const others = new OtherWriters(one.log, new Said(() => ({ revision: 0, lease: 'none' })), one.kernel.world, one.kernel.writer);
    others.begin();
    for (const name of ['first', 'second']) {
      await two.create(ConfigMap, configMap(name));
      await others.confirm();
      expect(one.kernel.world.get(ConfigMap, 'default', name)).toBeDefined();
      await pause(A_LOOK_MS);
    }
    await others.stop();
  });

  test('who does not know whether he is alone asks', async () => {
    const one = await anApi();
    const presence = new Said(() => ({ revision: 0, lease: 'ours' }));
    const others = new OtherWriters(one.log, presence, one.kernel.world, one.kernel.writer);
    others.begin();
    expect(others.confirm()).toBeDefined(); // nobody has looked yet
    await pause(A_LOOK_MS);
    expect(others.confirm()).toBeUndefined();
    presence.say = () => new Error('the database is away');
    await pause(1_000 + A_LOOK_MS);
    expect(others.confirm()).toBeDefined();
    await others.stop();
  });

  test('a question that was asked before somebody came is not good enough for him', async () => {
    const one = await anApi();
    const asked: ((head: Head) => void)[] = [];
    const log = { head: () => new Promise<Head>((answer) => asked.push(answer)) };
    const others = new OtherWriters(log, new Said(() => ({ revision: 0, lease: 'none' })), one.kernel.world, one.kernel.writer);
    others.begin();
    const done: string[] = [];
    void others.confirm()?.then(() => done.push('early'));
    await pause(1);
    void others.confirm()?.then(() => done.push('late'));
    void others.confirm()?.then(() => done.push('later'));
    const head = await one.log.head();
    asked[0]?.(head);
    await pause(1);
    expect(done).toEqual(['early']);
    expect(asked).toHaveLength(2); // both that came later share one question
    asked[1]?.(head);
    await pause(1);
    expect(done).toEqual(['early', 'late', 'later']);
    await others.stop();
  });

  test('a lease that is wanted is given back, and no more relied on by then', async () => {
    const one = await anApi();
    const presence = new Said(() => ({ revision: 0, lease: 'ours' }));
    const others = new OtherWriters(one.log, presence, one.kernel.world, one.kernel.writer);
    others.begin();
    await pause(A_LOOK_MS);
    expect(others.confirm()).toBeUndefined();
    presence.say = () => ({ revision: 0, lease: 'wanted' });
    presence.giveBack = async () => void presence.told.push(others.confirm() ? 'asks' : 'relies on it');
    await pause(A_LOOK_MS);
    expect(presence.told[0]).toBe('asks');
    await others.stop();
  });

  test('a lease is not relied on before all is read that others wrote until it was ours', async () => {
    const one = await anApi();
    const { revision } = await one.log.head();
    const others = new OtherWriters(one.log, new Said(() => ({ revision: revision + 1, lease: 'ours' })), one.kernel.world, {
      refresh: () => new Promise(() => undefined),
    });
    others.begin();
    await pause(A_LOOK_MS);
    expect(others.confirm()).toBeDefined();
    await others.stop();
  });

  test('what somebody learns of while the log is being read is read, too', async () => {
    const one = await anApi();
    const two = await anApi(one.log);
    await two.create(ConfigMap, configMap('first'));
    const read = one.log.read.bind(one.log);
    let goOn = (): void => undefined;
    one.log.read = async function* (range) {
      const pages = [];
      for await (const page of read(range)) pages.push(page);
      await new Promise<void>((resolve) => (goOn = resolve));
      yield* pages;
    };
    const early = one.kernel.writer.refresh();
    await pause(1);
    one.log.read = read;
    await two.create(ConfigMap, configMap('second')); // too late for what is being read
    const late = one.kernel.writer.refresh();
    goOn();
    await Promise.all([early, late]);
    expect(one.kernel.world.get(ConfigMap, 'default', 'second')).toBeDefined();
  });

  test('a server that is still reading the log is not given what others write meanwhile', async () => {
    const one = await anApi();
    const presence = new Said(() => ({ revision: 1_000, lease: 'none' }));
    const others = new OtherWriters(one.log, presence, one.kernel.world, one.kernel.writer);
    const refresh = jest.spyOn(one.kernel.writer, 'refresh');
    await others.introduce();
    expect(refresh).not.toHaveBeenCalled();
    others.begin();
    await pause(A_LOOK_MS);
    expect(refresh).toHaveBeenCalled();
    await others.stop();
  });

  test('apply each entry once, also while they write themselves', async () => {
    const one = await anApi();
    const two = await anApi(one.log);
    const seen: number[] = [];
    one.kernel.world.onChange((change) => seen.push(change.revision));
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        await Promise.all([one.create(ConfigMap, configMap(`one-${i}`)), two.create(ConfigMap, configMap(`two-${i}`)), one.kernel.writer.refresh()]);
      }),
    );
    await one.kernel.writer.refresh();
    expect(seen).toEqual(seen.map((_, i) => (seen[0] as number) + i));
    expect(one.kernel.world.revision).toBe((await one.log.head()).revision);
  });
});
