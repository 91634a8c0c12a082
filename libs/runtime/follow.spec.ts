import { Logger } from '@nestjs/common';
import { ConfigMap } from '#lib/api/core/configmap';
import { Pod } from '#lib/api/core/pod/pod';
import type { KubeObject } from '#lib/api/meta';
import type { LogMessage } from '#lib/bus/bus';
import { withoutObject } from '#lib/bus/message';
import type { LogEvent } from '#lib/log/log';
import { MemoryLog } from '#lib/log/memory-log';
import { aConfigMap } from '#lib/reconcile/testing/builders/configmap';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { Follower, type FollowerOptions } from './follow';
import { LogWriter } from './testing/log-writer';
import { settled, VirtualClock } from './testing/virtual-clock';

beforeAll(() => Logger.overrideLogger(false)); // faults are made on purpose here

describe('following log and bus', () => {
  let clock: VirtualClock;
  let log: MemoryLog;
  let writer: LogWriter;
  let follower: Follower;
  let applied: number[];
  beforeEach(() => {
    clock = new VirtualClock();
    log = new MemoryLog(() => clock.now().getTime());
    writer = new LogWriter(log);
  });
  afterEach(() => follower.stop());

  const follow = async (more: Partial<FollowerOptions> = {}): Promise<void> => {
    follower = new Follower({ log, clock, ...more });
    applied = [];
    follower.onChanges((changes) => applied.push(...changes.map((change) => change.revision)));
    await follower.start();
  };
  const pods = (...names: string[]): Promise<LogEvent[]> => writer.write('ADDED', ...names.map((name) => aPod({ name })));
  const deliver = async (...messages: readonly LogMessage[]): Promise<void> => {
    follower.onMessages(messages);
    await settled();
  };

  test('starts with everything that the log has', async () => {
    await pods('a', 'b');
    await writer.write('DELETED', aPod({ name: 'a' }));
    await follow();
    expect(follower.world.list(Pod).map((pod) => pod.metadata.name)).toEqual(['b']);
    expect(follower.world.revision).toBe(3);
  });

  test('starts with what somebody in the process knows already, and reads only what was sealed', async () => {
    await pods('a', 'b');
    await writer.write('ADDED', aConfigMap());
    const [known] = await pods('c');
    const c = JSON.parse(known?.object ?? '') as KubeObject;
    const last = await pods('d');
    follower = new Follower({ log, clock, present: () => ({ revision: 4, objects: [{ resource: 'pods', object: c }], sealed: ['configmaps'] }) });
    await follower.start();
    expect(follower.world.list(Pod)).toEqual([c]);
    expect(follower.world.list(Pod)[0]).toBe(c);
    expect(follower.world.list(ConfigMap)).toHaveLength(1);
    await deliver(...last);
    expect(follower.world.list(Pod).map((pod) => pod.metadata.name)).toEqual(['c', 'd']);
  });

  test('starts from a checkpoint when there is one, and reads only its living and what came after', async () => {
    await pods('a', 'b');
    await writer.write('DELETED', aPod({ name: 'a' }));
    await log.saveCheckpoint({ revision: 3, live: [2] });
    await pods('c');
    const read = jest.spyOn(log, 'read');
    await follow();
    expect(follower.world.list(Pod).map((pod) => pod.metadata.name)).toEqual(['b', 'c']);
    expect(read).toHaveBeenCalledWith({ after: 3, upTo: 4 });
  });

  test('applies what the bus delivers without asking the log', async () => {
    await follow();
    const read = jest.spyOn(log, 'read');
    await deliver(...(await pods('a', 'b')).map((event) => event));
    expect(applied).toEqual([1, 2]);
    expect(read).toHaveBeenCalledTimes(1); // the writer's own
  });

  test('drops what it has seen: entries delivered before the start, twice, or late', async () => {
    follower = new Follower({ log, clock });
    const early = await pods('a', 'b');
    follower.onMessages(early);
    applied = [];
    follower.onChanges((changes) => applied.push(...changes.map((change) => change.revision)));
    await follower.start();
    const next = await pods('c', 'd');
    await deliver(...next, ...next, ...early);
    expect(applied).toEqual([3, 4]);
    expect(follower.world.list(Pod)).toHaveLength(4);
  });

  test('reads a gap from the log, in order', async () => {
    await follow();
    const events = await pods('a', 'b', 'c', 'd');
    await deliver(events[0]!, events[3]!);
    expect(applied).toEqual([1, 2, 3, 4]);
    await deliver(events[1]!, events[2]!);
    expect(applied).toEqual([1, 2, 3, 4]);
  });

  test('reads an entry from the log that was too large for the bus', async () => {
    await follow();
    const [event] = await pods('a');
    await deliver(withoutObject(event!));
    expect(applied).toEqual([1]);
    expect(follower.world.get(Pod, 'default', 'a')).toBeDefined();
  });

  test('finds by itself what a silent bus does not deliver, within two seconds', async () => {
    await follow();
    await pods('a');
    await clock.run(2_000);
    expect(applied).toEqual([1]);
  });

  test('does not believe a bus that has kept something from it: the next entries are read within a quarter of a second each', async () => {
    await follow();
    await pods('a');
    await clock.run(2_000);
    for (const name of ['b', 'c', 'd']) {
      const [event] = await pods(name);
      await clock.run(250);
      expect(follower.world.revision).toBe(event?.revision);
    }
  });

  test('reads at once what somebody in the process knows, as long as it does not believe the bus', async () => {
    let tell = (_revision: number): void => undefined;
    await follow({
      news: (listener) => {
        tell = listener;
        return () => (tell = () => undefined);
      },
    });
    await pods('a');
    tell(1);
    await clock.run(100);
    expect(applied).toEqual([]);
    follower.onBreak();
    await settled();
    await clock.run(10);
    await pods('b', 'c');
    tell(2);
    tell(3);
    await clock.run(50);
    expect(applied).toEqual([1, 2, 3]);
  });

  test('asks the log at once when the bus had a break', async () => {
    await follow();
    await pods('a');
    follower.onBreak();
    await settled();
    expect(applied).toEqual([1]);
  });

  test('loses nothing while the log cannot be read', async () => {
    await follow();
    const events = await pods('a', 'b', 'c');
    const broken = jest.spyOn(log, 'read').mockImplementation(() => {
      throw new Error('the log is away');
    });
    await deliver(events[2]!);
    expect(applied).toEqual([]);
    broken.mockRestore();
    await clock.run(500);
    expect(applied).toEqual([1, 2, 3]);
  });

  test('lets others wait for a revision, and doubts the bus when that takes long', async () => {
    await follow();
    let reached = false;
    void follower.waitFor(1).then(() => (reached = true));
    await pods('a');
    await settled();
    expect(reached).toBe(false);
    await clock.run(100);
    expect(reached).toBe(true);
  });

  test('skips resources that it does not know', async () => {
    await follow();
    const [known] = await pods('a');
    await deliver({ ...known!, resource: 'widgets' });
    expect(applied).toEqual([]);
    expect(follower.world.revision).toBe(1);
  });

  describe('with filters', () => {
    const filters = [{ resource: 'pods', route: 'n1' }, { resource: 'configmaps' }];
    const names = (): string[] => follower.world.list(Pod).map((pod) => pod.metadata.name);

    test('holds only what it asked for', async () => {
      await writer.write('ADDED', aPod({ name: 'mine', node: 'n1' }), aPod({ name: 'other', node: 'n2' }), aConfigMap());
      await follow({ filters });
      expect(names()).toEqual(['mine']);
      expect(follower.world.size).toBe(2);
      expect(follower.world.revision).toBe(3);
    });

    test('takes entries of two resources in whatever order they come', async () => {
      await follow({ filters });
      const [pod, map] = await writer.write('ADDED', aPod({ name: 'mine', node: 'n1' }), aConfigMap());
      await deliver(map!);
      await deliver(pod!);
      expect(applied).toEqual([2, 1]);
    });

    test('reads often for a while after a break, when nothing may be delivered, and every ten seconds otherwise', async () => {
      await follow({ filters });
      follower.onBreak();
      await settled();
      await writer.write('ADDED', aPod({ name: 'a', node: 'n1' }));
      await clock.run(1_000);
      expect(names()).toEqual(['a']);
      await clock.run(20_000);
      await writer.write('ADDED', aPod({ name: 'b', node: 'n1' }));
      await clock.run(8_000);
      expect(names()).toEqual(['a']);
      await clock.run(2_000);
      expect(names()).toEqual(['a', 'b']);
    });

    test('reads after a break what it had not seen, once', async () => {
      await follow({ filters });
      const [first] = await writer.write('ADDED', aPod({ name: 'a', node: 'n1' }), aPod({ name: 'b', node: 'n1' }), aPod({ name: 'c', node: 'n2' }));
      await deliver(first!);
      follower.onBreak();
      await settled();
      expect(applied).toEqual([1, 2]);
      expect(names()).toEqual(['a', 'b']);
    });
  });
});
