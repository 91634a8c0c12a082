import { anEvent } from '#lib/log/log.contract';
import type { EventLog, LogEvent } from '#lib/log/log';
import { MemoryLog } from '#lib/log/memory-log';
import { verifyChain } from './verify';

/** The log with its entries replaced by what `tamper` makes of them; the head row is as it was. */
async function tampered(tamper: (events: LogEvent[]) => LogEvent[]): Promise<EventLog> {
  const log = new MemoryLog();
  await log.append(
    0,
    [1, 2, 3, 4, 5].map((revision) => anEvent(revision)),
  );
  const all: LogEvent[] = [];
  for await (const page of log.read()) all.push(...page);
  const events = tamper(all);
  log.read = async function* ({ after = 0, upTo = Infinity } = {}) {
    yield events.filter((event) => event.revision > after && event.revision <= upTo);
  };
  return log;
}

const edit =
  (revision: number, but: Partial<LogEvent>) =>
  (events: LogEvent[]): LogEvent[] =>
    events.map((event) => (event.revision === revision ? { ...event, ...but } : event));

describe('verifying the chain', () => {
  test('is content with an untouched log, also an empty one', async () => {
    const log = await tampered((events) => events);
    const { hash } = await log.head();
    expect(await verifyChain(log)).toMatchObject({ ok: true, entries: 5, last: { revision: 5, hash } });
    expect(await verifyChain(new MemoryLog())).toMatchObject({ ok: true, entries: 0 });
  });

  test.each<[string, (events: LogEvent[]) => LogEvent[], number, string]>([
    ['an object', edit(3, { object: '{}' }), 3, 'edited'],
    ['an actor', edit(2, { actor: { user: 'mallory' } }), 2, 'edited'],
    ['a time', edit(4, { at: '2020-01-01T00:00:00.000Z' }), 4, 'edited'],
    ['a cause', edit(1, { cause: [7] }), 1, 'edited'],
    ['a hash', edit(3, { hash: 'f'.repeat(64) }), 3, 'edited'],
    ['a missing entry', (events) => events.filter(({ revision }) => revision !== 3), 3, 'gap'],
    ['two entries that changed places', (events) => [0, 2, 1, 3, 4].map((i, n) => ({ ...(events[i] as LogEvent), revision: n + 1 })), 2, 'edited'],
    ['an entry that comes twice', (events) => [...events.slice(0, 2), ...events.slice(1)], 2, 'order'],
    ['a cut-off tail', (events) => events.slice(0, 3), 4, 'truncated'],
  ])('finds %s', async (_, tamper, revision, damage) => {
    expect(await verifyChain(await tampered(tamper))).toMatchObject({ ok: false, revision, damage });
  });

  test('finds a tail that was replaced, by the head row', async () => {
    const log = await tampered((events) => events);
    const head = await log.head();
    log.head = async () => ({ ...head, hash: '0'.repeat(63) + '1' });
    expect(await verifyChain(log)).toMatchObject({ ok: false, revision: 5, damage: 'head' });
  });

  test('verifies a part, from an entry on or up to one', async () => {
    const log = await tampered(edit(2, { name: 'x' }));
    expect(await verifyChain(log, { from: 4 })).toMatchObject({ ok: true, entries: 2 });
    expect(await verifyChain(log, { to: 1 })).toMatchObject({ ok: true, entries: 1 });
    expect(await verifyChain(log, { to: 2 })).toMatchObject({ ok: false, revision: 2 });
  });

  test('compares with a hash that was noted down earlier, which no rewriting of the database can fake', async () => {
    const log = await tampered((events) => events);
    const noted = (await log.event(3)) as LogEvent;
    expect((await verifyChain(log, { anchor: noted })).ok).toBe(true);
    expect(await verifyChain(log, { anchor: { revision: 3, hash: 'a'.repeat(64) } })).toMatchObject({ ok: false, revision: 3, damage: 'edited' });
    const { root } = await verifyChain(log, { to: 3, tree: true });
    expect((await verifyChain(log, { to: 3 })).root).toBeUndefined();
    expect((await verifyChain(log, { anchor: { ...noted, root } })).ok).toBe(true);
    expect(await verifyChain(log, { anchor: { ...noted, root: 'a'.repeat(64) } })).toMatchObject({ ok: false, revision: 3 });
    expect(await verifyChain(log, { anchor: { revision: 9, hash: 'a'.repeat(64) } })).toMatchObject({ ok: false, revision: 6, damage: 'truncated' });
  });
});
