import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswer, RequestRefused, type Bus, type LogMessage } from './bus';

/** An entry for tests; pods are routed by node. */
export const anEntry = (revision: number, more: Partial<LogMessage> = {}): LogMessage => ({
  revision,
  type: 'ADDED',
  resource: 'pods',
  namespace: 'default',
  name: `pod-${revision}`,
  uid: `uid-${revision}`,
  at: '2030-01-01T12:00:00.000Z',
  object: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod-${revision}` }, spec: {} }),
  ...more,
});

/** Waits until `done()`; the test fails when that takes longer than thirty seconds: a busy machine is slow, not wrong. */
export async function eventually(done: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!done()) {
    if (Date.now() > deadline) throw new Error('still not so after 30 s');
    await sleep(5);
  }
}

/** What every bus must do. `open` gives a fresh, empty one. */
export function busContract(open: () => Promise<Bus>): void {
  let bus: Bus;
  beforeEach(async () => (bus = await open()));
  afterEach(() => bus.close());

  const listen = async (filters?: Parameters<Bus['subscribe']>[1]): Promise<LogMessage[]> => {
    const seen: LogMessage[] = [];
    await bus.subscribe({ onMessages: (batch) => seen.push(...batch) }, filters);
    return seen;
  };
  const revisions = (messages: readonly LogMessage[]): number[] => messages.map((message) => message.revision);

  test('delivers entries in the order of publication, whole', async () => {
    const seen = await listen();
    const entries = Array.from({ length: 1000 }, (_, i) => anEntry(i + 1));
    await bus.publish(entries.slice(0, 3));
    await bus.publish(entries.slice(3));
    await eventually(() => seen.length >= 1000);
    expect(seen).toEqual(entries);
  });

  test('delivers only what is published after the subscription', async () => {
    await bus.publish([anEntry(1)]);
    const seen = await listen();
    await bus.publish([anEntry(2)]);
    await eventually(() => seen.length > 0);
    expect(revisions(seen)).toEqual([2]);
  });

  test('drops an entry that was published before', async () => {
    const seen = await listen();
    await bus.publish([anEntry(1), anEntry(2)]);
    await bus.publish([anEntry(1), anEntry(2), anEntry(3)]);
    await eventually(() => seen.length >= 3);
    expect(revisions(seen)).toEqual([1, 2, 3]);
  });

  test('knows the newest revision', async () => {
    expect(await bus.lastRevision()).toBe(0);
    await bus.publish([anEntry(1), anEntry(2)]);
    expect(await bus.lastRevision()).toBe(2);
  });

  test('delivers to each what it asked for', async () => {
    const onNode = (node: string): string => JSON.stringify({ spec: { nodeName: node } });
    const ofNode = await listen([{ resource: 'pods', route: 'node.1' }, { resource: 'deployments.apps' }]);
    const unassigned = await listen([{ resource: 'pods', route: '_' }]);
    await bus.publish([
      anEntry(1),
      anEntry(2, { object: onNode('node.1') }),
      anEntry(3, { object: onNode('node.2') }),
      anEntry(4, { resource: 'deployments.apps', object: '{}' }),
      anEntry(5, { resource: 'deployments', object: '{}' }),
      anEntry(6, { resource: 'nodes', namespace: '', name: 'a b*c>d', object: '{}' }),
    ]);
    await eventually(() => ofNode.length >= 2 && unassigned.length >= 1);
    expect(revisions(ofNode).sort()).toEqual([2, 4]);
    expect(revisions(unassigned)).toEqual([1]);
  });

  test('stops delivering to who has left', async () => {
    const seen: LogMessage[] = [];
    const subscription = await bus.subscribe({ onMessages: (batch) => seen.push(...batch) });
    await subscription.close();
    await bus.publish([anEntry(1)]);
    await sleep(50);
    expect(seen).toEqual([]);
  });

  test('answers requests, each once', async () => {
    const asked: unknown[] = [];
    const answer = async (request: unknown): Promise<unknown> => ({ got: asked.push(request) });
    await bus.answer('double', 'q', answer);
    await bus.answer('double', 'q', answer);
    const answers = await Promise.all([1, 2, 3].map((n) => bus.request<{ got: number }>('double', { n })));
    expect(answers.map((a) => a.got).sort()).toEqual([1, 2, 3]);
    expect(asked).toEqual(expect.arrayContaining([{ n: 1 }, { n: 2 }, { n: 3 }]));
  });

  test('tells the asker what went wrong', async () => {
    await bus.answer('broken', 'q', () => {
      throw new Error('not today: ünlucky');
    });
    await expect(bus.request('broken', {})).rejects.toThrow(new RequestRefused('not today: ünlucky'));
    await expect(bus.request('nobody', {})).rejects.toMatchObject({ name: 'NoAnswer', undelivered: true });
    await bus.answer('slow', 'q', () => sleep(1_000));
    await expect(bus.request('slow', {}, 50)).rejects.toThrow(NoAnswer);
  });
}
