import { FlowSchema } from '#lib/api/flowcontrol/flowschema';
import { PriorityLevelConfiguration } from '#lib/api/flowcontrol/prioritylevelconfiguration';
import { worldOf } from '#lib/reconcile/testing/given';
import { build } from '#lib/reconcile/testing/builders/object';
import { FlowControl, type Seat } from './flow-control';
import { handOf } from './level';

const level = (name: string, nominalConcurrencyShares: number, type: 'Queue' | 'Reject' | 'Exempt' = 'Queue'): PriorityLevelConfiguration =>
  build(PriorityLevelConfiguration, { name }, {
    spec:
      type === 'Exempt'
        ? { type }
        : { type: 'Limited', limited: { nominalConcurrencyShares, limitResponse: { type, queuing: { queues: 8, handSize: 2, queueLengthLimit: 2 } } } },
  } as never);
const schema = (name: string, levelName: string, group: string, matchingPrecedence: number): FlowSchema =>
  build(FlowSchema, { name }, {
    spec: {
      priorityLevelConfiguration: { name: levelName },
      matchingPrecedence,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'Group', group: { name: group } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
        },
      ],
    },
  } as never);
const world = worldOf(
  level('low', 1),
  level('high', 3),
  level('strict', 1, 'Reject'),
  level('exempt', 0, 'Exempt'),
  schema('masters', 'exempt', 'system:masters', 1),
  schema('strict', 'strict', 'strict', 5),
  schema('high', 'high', 'high', 10),
  schema('low', 'low', '*', 100),
  schema('dangling', 'none', '*', 2),
);
const PODS = { verb: 'list', group: '', resource: 'pods', namespace: 'default', name: '' };

/** 5 seats: 1 for low, 3 for high, 1 for strict. */
function server(waitMs = 1000) {
  const flow = new FlowControl(world, { seats: 5, waitMs });
  const ask = (name: string, ...groups: string[]): { seat: Seat; end(): void } => {
    flow.arrived();
    try {
      const seat = flow.seat(flow.flowOf({ name, groups }, PODS)!);
      return { seat, end: () => (seat.leave(), flow.left()) };
    } catch (error) {
      flow.left();
      throw error;
    }
  };
  return { flow, ask };
}

describe('flow control', () => {
  test('the first schema by precedence whose level exists has the request', () => {
    const { flow } = server();
    const nameOf = (...groups: string[]) => flow.flowOf({ name: 'x', groups }, PODS)?.schema.metadata.name;
    expect([nameOf('system:masters'), nameOf('high'), nameOf('others')]).toEqual(['masters', 'high', 'low']);
    expect(flow.flowOf({ name: 'x', groups: [] }, { verb: 'get', path: '/version' })).toBeUndefined();
  });

  test('while there are seats everybody gets one, whoever they belong to', () => {
    const { ask } = server();
    for (let i = 0; i < 5; i++) expect(ask('bob').seat.wait).toBeUndefined();
  });

  test('when there are none, a level that has not its own yet still gets one, and the others wait', async () => {
    const { ask } = server();
    const bobs = Array.from({ length: 5 }, () => ask('bob'));
    expect(ask('ann', 'high').seat.wait).toBeUndefined();
    const late = ask('bob');
    expect(late.seat.wait).toBeInstanceOf(Promise);
    for (const bob of bobs.slice(0, 2)) bob.end();
    await late.seat.wait;
  });

  test('who is exempt never waits', () => {
    const { ask } = server();
    for (let i = 0; i < 50; i++) expect(ask('root', 'system:masters').seat.wait).toBeUndefined();
  });

  test('a full queue, a level without queues and a long wait are refused: come back in a second', async () => {
    const { ask } = server(20);
    for (let i = 0; i < 5; i++) ask('bob');
    const waiting = ask('bob');
    for (let i = 0; i < 3; i++) void ask('bob').seat.wait?.catch(() => undefined);
    expect(() => ask('bob')).toThrow(expect.objectContaining({ code: 429, status: expect.objectContaining({ details: { retryAfterSeconds: 1 } }) }));
    ask('sam', 'strict');
    expect(() => ask('sam', 'strict')).toThrow('Too many requests, please try again later.');
    await expect(waiting.seat.wait).rejects.toMatchObject({ code: 429 });
  });

  test('who goes while he waits leaves his place to others', async () => {
    const { ask } = server();
    const bobs = Array.from({ length: 5 }, () => ask('bob'));
    const gone = ask('bob');
    const next = ask('carl');
    const over = expect(gone.seat.wait).rejects.toMatchObject({ code: 429 });
    gone.end();
    await over;
    bobs[0]?.end();
    await next.seat.wait;
  });

  test('a flow is always dealt the same queues, each once', () => {
    expect(handOf('a', 8, 4)).toEqual(handOf('a', 8, 4));
    expect(new Set(handOf('b', 8, 8)).size).toBe(8);
    expect(handOf('c', 2, 6)).toHaveLength(2);
  });
});
