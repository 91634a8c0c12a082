import { Logger } from '@nestjs/common';
import { ConfigMap } from '#lib/api/core/configmap';
import { conflict, invalidObject } from '#lib/api/errors';
import { NoAnswer } from '#lib/bus/bus';
import { MemoryLog } from '#lib/log/memory-log';
import { create, patch, wake, type Command } from '#lib/reconcile/command';
import { defineController, defineKeyedController, defineWorldController, type Controller } from '#lib/reconcile/controller';
import type { World } from '#lib/reconcile/world';
import { aConfigMap } from '#lib/reconcile/testing/builders/configmap';
import type { CommandReply, CommandRequest } from './commands';
import { Follower } from './follow';
import { registry } from './metrics';
import { Reconciler } from './reconciler';
import { LogWriter } from './testing/log-writer';
import { settled, VirtualClock } from './testing/virtual-clock';

const ok = (revision: number): CommandReply => ({ results: [{ ok: true, revision }], revision });

beforeAll(() => Logger.overrideLogger(false)); // faults are made on purpose here

describe('the reconciler', () => {
  let clock: VirtualClock;
  let follower: Follower;
  let writer: LogWriter;
  let reconciler: Reconciler;
  let requests: CommandRequest[];
  let answer: (request: CommandRequest) => CommandReply | Promise<CommandReply>;
  beforeEach(async () => {
    clock = new VirtualClock();
    const log = new MemoryLog(() => clock.now().getTime());
    writer = new LogWriter(log);
    follower = new Follower({ log, clock });
    requests = [];
    answer = () => ok(0);
    await follower.start();
  });
  afterEach(() => {
    void reconciler.stop();
    follower.stop();
  });

  const start = async (controller: Controller, concurrency?: number): Promise<void> => {
    const send = async (request: CommandRequest): Promise<CommandReply> => {
      requests.push(request);
      return answer(request);
    };
    reconciler = new Reconciler({ controller, follower, send, clock, concurrency, version: 'v1' });
    follower.onChanges((changes) => reconciler.wake(changes));
    await reconciler.start();
    await settled();
  };
  const write = async (...names: string[]): Promise<void> => {
    follower.onMessages(await writer.write('ADDED', ...names.map((name) => aConfigMap({ name }))));
    await settled();
  };
  const deciding = (reconcile: (map: ConfigMap, world: World, now: Date) => readonly Command[]): Controller =>
    defineController<ConfigMap>({ name: 'toy', for: ConfigMap, reconcile });
  const touch = (map: ConfigMap): Command => patch(map, { data: { touched: 'yes' } });
  const keys = (): string[] => requests.map((request) => request.key);

  test('decides on everything there is when it starts, and on what changes then', async () => {
    await write('a', 'b');
    await start(deciding((map) => [touch(map)]));
    expect(keys()).toEqual(['default/a', 'default/b']);
    await write('c');
    expect(keys()).toEqual(['default/a', 'default/b', 'default/c']);
  });

  test('names at its start the entries of what it found as the cause', async () => {
    await write('a', 'b');
    await write('a');
    await start(deciding((map) => [touch(map)]));
    expect(requests.map(({ key, cause }) => [key, cause])).toEqual([
      ['default/a', [3]],
      ['default/b', [2]],
    ]);
  });

  test('names at its start the last entry of the world as the cause, when it decides on the whole world', async () => {
    await write('a', 'b');
    await start(defineWorldController({ name: 'toy', wakesOn: () => false, decide: (world) => [touch(world.list(ConfigMap)[0]!)] }));
    expect(requests).toMatchObject([{ key: '', cause: [2] }]);
  });

  test('names at its start every object that a key stands for as the cause', async () => {
    await write('a', 'b');
    const keys = (): string[] => ['all'];
    await start(defineKeyedController({ name: 'toy', keys, decideOn: (_, world) => [touch(world.list(ConfigMap)[0]!)] }));
    expect(requests).toMatchObject([{ key: 'all', cause: [1, 2] }]);
  });

  test('sends a decision with all that is needed to make it again', async () => {
    await start(deciding((map) => [touch(map), wake(new Date(0))]));
    await write('a');
    expect(requests[0]).toEqual({
      controller: 'toy',
      component: 'toy-controller',
      user: 'system:serviceaccount:kube-system:toy-controller',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
      version: 'v1',
      key: 'default/a',
      world: 1,
      now: '2030-01-01T12:00:00.000Z',
      digests: [expect.stringMatching(/^[0-9a-f]{16}$/)],
      commands: [touch(follower.world.list(ConfigMap)[0]!)],
      cause: [1],
    });
  });

  test('sends nothing when the controller asks for nothing', async () => {
    await write('a');
    await start(deciding(() => []));
    expect(requests).toEqual([]);
    expect(reconciler.idle).toBe(true);
  });

  test('decides once on all changes that came together, and names them all as the cause', async () => {
    await start(deciding((map) => [touch(map)]));
    follower.onMessages(await writer.write('ADDED', aConfigMap({ name: 'a' }), aConfigMap({ name: 'a' }), aConfigMap({ name: 'b' })));
    await settled();
    expect(requests.map((request) => [request.key, request.cause])).toEqual([
      ['default/a', [1, 2]],
      ['default/b', [3]],
    ]);
  });

  test('does not decide again before its world holds what it wrote itself', async () => {
    answer = () => ok(3);
    const worlds: number[] = [];
    await start(deciding((map, world) => (worlds.push(world.revision), [touch(map)])));
    await write('a');
    await write('a');
    expect(worlds).toEqual([1]);
    await write('a');
    expect(worlds).toEqual([1, 3]);
  });

  test('waits for one key only: others go on', async () => {
    answer = (request) => (request.key === 'default/a' ? ok(1000) : ok(0));
    await start(deciding((map) => [touch(map)]));
    await write('a');
    await write('a', 'b');
    expect(keys()).toEqual(['default/a', 'default/b']);
  });

  test('works on many keys at once, but on no key twice', async () => {
    answer = () => new Promise(() => undefined);
    await start(
      deciding((map) => [touch(map)]),
      3,
    );
    await write('a', 'a', 'b', 'c', 'd');
    await write('a');
    expect(keys()).toEqual(['default/a', 'default/b', 'default/c']);
  });

  test('takes a conflict as news: it decides again soon, and still knows what woke it', async () => {
    const refused = conflict({ group: '', plural: 'configmaps' }, 'a', 'changed').status;
    answer = () => (requests.length === 1 ? { results: [{ ok: false, status: refused }], revision: 0 } : ok(0));
    await start(deciding((map) => [touch(map)]));
    await write('a');
    expect(requests).toHaveLength(1);
    await clock.run(5);
    expect(requests.map((request) => request.cause)).toEqual([[1], [1]]);
    await clock.run(10_000);
    expect(requests).toHaveLength(2);
  });

  test('has a cause also when nothing but the timer of an attempt wakes it that something else has made good since', async () => {
    const refused = conflict({ group: '', plural: 'configmaps' }, 'a', 'changed').status;
    answer = () => (requests.length === 1 ? { results: [{ ok: false, status: refused }], revision: 0 } : ok(0));
    await start(deciding((map) => [touch(map)]));
    await write('a');
    await write('a');
    await clock.run(5);
    expect(requests.map((request) => request.cause)).toEqual([[1], [1, 2], [2]]);
  });

  test('backs off when the API server refuses, ever longer', async () => {
    const refused = invalidObject('', 'ConfigMap', 'a', []).status;
    answer = () => ({ results: [{ ok: false, status: refused }], revision: 0 });
    await start(deciding((map) => [touch(map)]));
    await write('a');
    await clock.run(5 + 10 + 20);
    expect(requests).toHaveLength(4);
    await clock.run(39);
    expect(requests).toHaveLength(4);
    await clock.run(1);
    expect(requests).toHaveLength(5);
  });

  test('backs off when the controller throws, and keeps the others going', async () => {
    await start(
      deciding((map) => {
        if (map.metadata.name === 'a') throw new Error('a bug');
        return [touch(map)];
      }),
    );
    await write('a', 'b');
    expect(keys()).toEqual(['default/b']);
  });

  test('asks the log where it stands when an answer got lost: the commands may have been carried out', async () => {
    answer = () => {
      if (requests.length === 1) throw new NoAnswer('s', 'timeout', false);
      return ok(0);
    };
    const worlds: number[] = [];
    await start(deciding((map, world) => (worlds.push(world.revision), [touch(map)])));
    await write('a');
    await writer.write('MODIFIED', aConfigMap({ name: 'a' })); // carried out, but the bus is silent
    await clock.run(500);
    expect(worlds).toEqual([1, 2]);
  });

  test('wakes when the controller asked for it, and names what led there', async () => {
    const at = new Date(clock.now().getTime() + 60_000);
    await start(deciding((map, _, now) => (now < at ? [wake(at)] : [touch(map)])));
    await write('a');
    await clock.run(59_999);
    expect(requests).toEqual([]);
    await clock.run(1);
    expect(requests).toMatchObject([{ key: 'default/a', cause: [1], now: at.toISOString() }]);
  });

  test('knows after a first step what led to the second, which only the clock wakes, and forgets it when something else does', async () => {
    const later = (now: Date): Date => new Date(now.getTime() + 1_000);
    await start(deciding((map, _, now) => [touch(map), wake(later(now))]));
    await write('a');
    await clock.run(2_000);
    await write('a');
    expect(requests.map((request) => request.cause)).toEqual([[1], [1], [1], [2]]);
  });

  test('gathers facts before the decision and sends them with it', async () => {
    const gathering = defineController<ConfigMap, string>({
      name: 'toy',
      for: ConfigMap,
      gather: async (map) => `about ${map.metadata.name}`,
      reconcile: (map, _world, _now, facts) => [patch(map, { data: { facts } })],
    });
    await start(gathering);
    await write('a');
    expect(requests).toMatchObject([{ facts: 'about a', commands: [{ patch: { data: { facts: 'about a' } } }] }]);
  });

  test('says nothing about an object that is gone', async () => {
    await start(deciding((map) => [touch(map)]));
    const added = await writer.write('ADDED', aConfigMap({ name: 'a' }));
    follower.onMessages([...added, ...(await writer.write('DELETED', aConfigMap({ name: 'a' })))]);
    await settled();
    expect(requests).toEqual([]);
  });

  test('makes no more decisions once stopped', async () => {
    await start(deciding((map) => [touch(map)]));
    await reconciler.stop();
    await write('a');
    await clock.run(60_000);
    expect(requests).toEqual([]);
  });

  describe('with a world controller', () => {
    const counting = defineWorldController({
      name: 'counting',
      wakesOn: ({ kind }) => kind.resource === 'configmaps',
      decide: (world) => world.list(ConfigMap).map((map) => create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: map.metadata.name } })),
    });

    test('decides one thing after the other, on all that has come meanwhile', async () => {
      let finish!: (reply: CommandReply) => void;
      await start(counting);
      answer = () => new Promise((resolve) => (finish = resolve));
      await write('a');
      await write('b');
      await write('c');
      expect(requests).toHaveLength(1);
      answer = () => ok(0);
      finish(ok(3));
      await settled();
      expect(requests.map((request) => [request.key, request.cause, request.commands.length])).toEqual([
        ['', [1], 1],
        ['', [2, 3], 3],
      ]);
    });

    test('waits for its own write before the next decision', async () => {
      answer = () => ok(2);
      await start(counting);
      await write('a');
      reconciler.wakeKey('');
      await settled();
      expect(requests).toHaveLength(1);
      await write('b');
      expect(requests).toHaveLength(2);
    });
  });

  test('counts and times the attempts of a decision where each counts, and what failed as an error', async () => {
    const seen = async (what: string): Promise<number[]> => {
      const text = await registry.metrics();
      const value = (name: string): number => Number(new RegExp(`^${name}\\{result="${what}",profile="default-toy"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
      return [value('scheduler_schedule_attempts_total'), value('scheduler_scheduling_attempt_duration_seconds_count')];
    };
    await write('a');
    await start(
      defineWorldController({
        name: 'toy',
        component: 'default-toy',
        wakesOn: () => true,
        decide: (world) => [touch(world.list(ConfigMap)[0] as ConfigMap)],
        attempts: (commands) => ({ scheduled: 2 * commands.length, unschedulable: 0 }),
      }),
    );
    expect(await seen('scheduled')).toEqual([2, 2]);
    expect(await seen('unschedulable')).toEqual([0, 0]);
    answer = () => ({ results: [{ ok: false, status: invalidObject('', 'ConfigMap', 'a', []).status as never }], revision: 0 });
    await write('b');
    expect(await seen('scheduled')).toEqual([2, 2]);
    expect((await seen('error'))[0]).toBeGreaterThan(0);
  });
});
