import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '#lib/api/meta';
import { NoAnswer, type Bus } from '#lib/bus/bus';
import type { CommandReply, CommandRequest } from './commands';
import { busSink, localSink } from './execute';

const REPLY: CommandReply = { results: [{ ok: true, revision: 7 }], revision: 7 };
const interrupted = new NoAnswer('decklog.commands', 'the connection broke', false, true);
const request = { controller: 'replicaset', key: 'default/web', world: 5, now: '2030-01-01T12:00:00.000Z', commands: [] } as unknown as CommandRequest;

/** A bus that answers every request with the next of these. */
function answering(...answers: (CommandReply | Error)[]): { bus: Bus; asked: CommandRequest[] } {
  const asked: CommandRequest[] = [];
  const ask = async (_: string, what: CommandRequest): Promise<CommandReply> => {
    asked.push(what);
    const answer = answers.shift() as CommandReply | Error;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { bus: { request: ask } as unknown as Bus, asked };
}

describe('a decision on its way', () => {
  test('is sent again, as it is, when the bus breaks before the answer', async () => {
    const { bus, asked } = answering(interrupted, interrupted, REPLY);
    expect(await busSink(bus)(request)).toBe(REPLY);
    expect(asked).toHaveLength(3);
    expect(asked).toEqual([asked[0], asked[0], asked[0]]);
  });

  test('expires before its sender gives up', async () => {
    const { bus, asked } = answering(REPLY);
    const start = Date.now();
    await busSink(bus, 30_000)(request);
    const left = Date.parse(asked[0]?.expires ?? '') - start;
    expect(left).toBeGreaterThan(14_000);
    expect(left).toBeLessThan(16_000);
  });

  test('is sent again when whoever had it died with it', async () => {
    const { bus, asked } = answering(new NoAnswer('decklog.commands', 'timeout', false), REPLY);
    expect(await busSink(bus)(request)).toBe(REPLY);
    expect(asked).toEqual([asked[0], asked[0]]);
  });

  test('waits longer each time, and not for ever', async () => {
    const waits: number[] = [];
    const slow = {
      request: async (_: string, __: unknown, ms: number) => {
        waits.push(ms);
        await sleep(ms);
        throw new NoAnswer('decklog.commands', 'timeout', false);
      },
    };
    await expect(busSink(slow as unknown as Bus, 1_000, 20)(request)).rejects.toThrow('timeout');
    expect(waits.slice(0, 3)).toEqual([20, 40, 80]);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThanOrEqual(1_000);
  });

  test('is not sent again when nobody listens: nothing was done', async () => {
    const failure = new NoAnswer('decklog.commands', 'nobody listens', true);
    const { bus, asked } = answering(failure, REPLY);
    await expect(busSink(bus)(request)).rejects.toBe(failure);
    expect(asked).toHaveLength(1);
  });
});

test('a decision that stays in the process is handed over as if it had travelled', async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: undefined }, data: { a: 'b' } };
  const sent = { ...request, commands: [{ do: 'create', object }] } as unknown as CommandRequest;
  const got: CommandRequest[] = [];
  expect(await localSink(async (one) => (got.push(one), REPLY))(sent)).toBe(REPLY);
  expect(got[0]).toEqual(JSON.parse(JSON.stringify(sent)));
  expect(Object.keys((got[0]?.commands[0] as { object: KubeObject }).object.metadata)).toEqual(['name']);
  expect((got[0]?.commands[0] as { object: KubeObject }).object).not.toBe(object);
});
