import { NoAnswer, type Bus } from '#lib/bus/bus';
import type { CommandReply, CommandRequest } from './commands';
import { busSink } from './execute';

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

  test.each([new NoAnswer('decklog.commands', 'timeout', false), new NoAnswer('decklog.commands', 'nobody listens', true)])(
    'is not sent again when nobody answered (%s)',
    async (failure) => {
      const { bus, asked } = answering(failure, REPLY);
      await expect(busSink(bus)(request)).rejects.toBe(failure);
      expect(asked).toHaveLength(1);
    },
  );
});
