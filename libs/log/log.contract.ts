import { chainHash, rowOf, ZERO_HASH } from './hash';
import { HeadMoved, type EventLog, type LogEvent, type NewEvent, type Outline } from './log';

/** A log under test. */
export interface Subject {
  readonly log: EventLog;
  /** Another writer on the same log, where there can be one; else the same. */
  readonly other: EventLog;
  end(): Promise<void>;
}

/** A user's change of a config map, unless told otherwise. */
export function anEvent(revision: number, but: Partial<NewEvent> = {}): NewEvent {
  const name = but.name ?? `c${revision}`;
  return {
    revision,
    type: 'ADDED',
    resource: 'configmaps',
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    object: JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: String(revision) },
    }),
    actor: { user: 'alice', groups: ['system:authenticated'] },
    request: { id: `request-${revision}`, verb: 'create' },
    cause: [],
    ...but,
  };
}

/** Everything in the pages. */
export async function collect(pages: AsyncIterable<readonly LogEvent[]>): Promise<LogEvent[]> {
  const all: LogEvent[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

const revisions = async (pages: AsyncIterable<readonly LogEvent[]>): Promise<number[]> => (await collect(pages)).map((event) => event.revision);

/** What every EventLog must do. `clock.now` is the log's clock, in milliseconds. */
export function describeLog(name: string, start: (clock: { now: number }) => Promise<Subject>): void {
  describe(name, () => {
    const clock = { now: 0 };
    let subject: Subject;
    let log: EventLog;
    beforeEach(async () => {
      clock.now = Date.parse('2026-01-01T00:00:00.000Z');
      subject = await start(clock);
      log = subject.log;
    });
    afterEach(() => subject.end());
    const at = (seconds: number): string => new Date(Date.parse('2026-01-01T00:00:00.000Z') + seconds * 1000).toISOString();

    describe('appending', () => appending(() => subject, clock, at));
    describe('reading', () => reading(() => log, clock, at));
    describe('following', () => following(() => subject));

    describe('looking back', () =>
      lookingBack(
        () => log,
        () => subject.other,
      ));

    test('answers with the newest checkpoint at or before a revision', async () => {
      await log.saveCheckpoint({ revision: 10, live: [1, 7] });
      await log.saveCheckpoint({ revision: 20, live: [] });
      expect(await log.checkpointBefore(9)).toBeUndefined();
      expect(await log.checkpointBefore(19)).toEqual({ revision: 10, live: [1, 7] });
      expect(await log.checkpointBefore(20)).toEqual({ revision: 20, live: [] });
    });
  });
}

/** Long enough to be stored as patches. */
const long = (name: string, revision: number): string =>
  JSON.stringify({ metadata: { name, resourceVersion: String(revision) }, note: `Gerät ${name} `.repeat(40) });
const change = (revision: number, name: string, but: Partial<NewEvent> = {}): NewEvent =>
  anEvent(revision, { name, type: 'MODIFIED', object: long(name, revision), ...but });

function lookingBack(log: () => EventLog, other: () => EventLog): void {
  const fill = async (): Promise<void> => {
    await log().append(
      0,
      ['a', 'b', 'gone'].map((name, i) => change(i + 1, name, { type: 'ADDED' })),
    );
    await log().append(3, [change(4, 'gone', { type: 'DELETED' }), anEvent(5, { resource: 'secrets', namespace: '', name: 'a' })]);
    for (let revision = 6; revision <= 40; revision++) await log().append(revision - 1, [change(revision, revision % 2 === 0 ? 'a' : 'b')]);
    await log().append(40, [change(41, 'b', { type: 'DELETED' }), change(42, 'b', { type: 'ADDED', uid: 'second' })]);
  };
  const living = async (...asked: Parameters<EventLog['livingAt']>): Promise<string[]> => {
    const found: string[] = [];
    for await (const page of log().livingAt(...asked)) {
      for (const one of page) {
        const { revision, resource, namespace, name, object, bytes } = { ...one }; // a fold makes an entry of it by a copy
        expect(object).toBe((await log().event(revision))?.object);
        expect(bytes ? Buffer.from(bytes).toString() : object).toBe(object);
        found.push(`${revision} ${resource}/${namespace}/${name}`);
      }
    }
    return found;
  };

  test.each(['no', 'plain', 'full'])('tells all that lived at a revision, in the order of the last entries (%s checkpoints)', async (checkpoints) => {
    expect(await living(0)).toEqual([]);
    await fill();
    for (const [revision, live] of checkpoints === 'no'
      ? []
      : ([
          [5, [1, 2, 5]],
          [30, [5, 29, 30]],
        ] as const)) {
      const resources = live.map((one) => (one === 5 ? 'secrets' : 'configmaps'));
      await log().saveCheckpoint({ revision, live, ...(checkpoints === 'full' && { resources }) });
    }
    expect(await living(3)).toEqual(['1 configmaps/default/a', '2 configmaps/default/b', '3 configmaps/default/gone']);
    expect(await living(5)).toEqual(['1 configmaps/default/a', '2 configmaps/default/b', '5 secrets//a']);
    expect(await living(30, ['configmaps'])).toEqual(['29 configmaps/default/b', '30 configmaps/default/a']);
    expect(await living(29, ['configmaps'])).toEqual(['28 configmaps/default/a', '29 configmaps/default/b']);
    expect(await living(38)).toEqual(['5 secrets//a', '37 configmaps/default/b', '38 configmaps/default/a']);
    expect(await living(41)).toEqual(['5 secrets//a', '40 configmaps/default/a']);
    expect(await living(42, ['secrets', 'configmaps'])).toEqual(['5 secrets//a', '40 configmaps/default/a', '42 configmaps/default/b']);
    expect(await living(42, ['pods'])).toEqual([]);
  });

  test('tells what lived when another writer, who knows no version before, changed it and took it away', async () => {
    await log().append(
      0,
      ['a', 'b', 'c', 'd'].map((name, i) => change(i + 1, name, { type: 'ADDED' })),
    );
    await log().append(4, [change(5, 'a'), change(6, 'b')]);
    await log().saveCheckpoint({ revision: 6, live: [3, 4, 5, 6], resources: Array<string>(4).fill('configmaps') });
    await log().append(6, [change(7, 'a')]);
    await other().append(7, [
      change(8, 'a'),
      change(9, 'b', { type: 'DELETED' }),
      change(10, 'c', { type: 'DELETED' }),
      change(11, 'c', { type: 'ADDED', uid: 'second' }),
    ]);
    await other().append(11, [change(12, 'a')]);
    expect(await living(6)).toEqual(['3 configmaps/default/c', '4 configmaps/default/d', '5 configmaps/default/a', '6 configmaps/default/b']);
    expect(await living(8)).toEqual(['3 configmaps/default/c', '4 configmaps/default/d', '6 configmaps/default/b', '8 configmaps/default/a']);
    expect(await living(12, ['configmaps'])).toEqual(['4 configmaps/default/d', '11 configmaps/default/c', '12 configmaps/default/a']);
  });

  test('tells of many entries which one each replaced', async () => {
    await fill();
    const entries = await collect(log().read());
    const found = await log().previousOf([...entries, { ...(entries[0] as LogEvent), resource: 'pods' }]);
    const expected: [number, number][] = [
      [4, 3],
      [6, 1],
      [7, 2],
      ...Array.from({ length: 33 }, (_, i): [number, number] => [i + 8, i + 6]),
      [41, 39],
      [42, 41],
    ];
    expect([...found].map(([revision, event]) => [revision, event.revision]).sort((a, b) => (a[0] as number) - (b[0] as number))).toEqual(expected);
    for (const event of found.values()) expect(event).toEqual(entries[event.revision - 1]);
  });
}

function appending(subject: () => Subject, clock: { now: number }, at: (seconds: number) => string): void {
  test('begins empty', async () => {
    expect(await subject().log.head()).toEqual({ revision: 0, hash: ZERO_HASH, at: '1970-01-01T00:00:00.000Z' });
    expect(await collect(subject().log.read())).toEqual([]);
  });

  test('gives back every field of what was appended, byte for byte', async () => {
    const { log } = subject();
    const event = anEvent(1, {
      object: '{"b":1.0, "a":"é\\u0000\\"","a":2}',
      actor: { user: 'bob', groups: ['g"1', 'g,2'], uid: 'u', userAgent: 'kubectl/1.33 {x}', address: '10.0.0.1', impersonatedBy: 'root' },
      request: { id: 'r', verb: 'patch', subresource: 'status', fieldManager: 'm', command: 'kubectl apply', session: 's' },
      cause: [3, 9007199254740991],
      decision: { controller: 'c', version: 'v', key: 'k', world: 7, now: at(0), index: 0, commands: ['00ff'], facts: { deep: [null] } },
      trace: '00-aa-bb-01',
    });
    const head = await log.append(0, [event, anEvent(2)]);
    const [first, second] = await collect(log.read());
    expect(first).toEqual({ ...event, at: at(0), hash: chainHash(ZERO_HASH, rowOf(event, at(0))) });
    expect(second).toEqual({ ...anEvent(2), at: at(0), hash: head.hash });
    expect(head).toEqual({ revision: 2, hash: chainHash(first?.hash as string, rowOf(anEvent(2), at(0))), at: at(0) });
    expect(await log.head()).toEqual(head);
  });

  test('refuses an append elsewhere than at the head, and writes nothing of it', async () => {
    const { log } = subject();
    await log.append(0, [anEvent(1)]);
    await expect(log.append(0, [anEvent(1, { name: 'late' })])).rejects.toThrow(HeadMoved);
    await expect(log.append(5, [anEvent(6)])).rejects.toThrow(HeadMoved);
    expect(await revisions(log.read())).toEqual([1]);
    expect((await log.append(1, [anEvent(2)])).revision).toBe(2);
  });

  test('refuses revisions that do not follow the head', async () => {
    await expect(subject().log.append(0, [anEvent(1), anEvent(3)])).rejects.toThrow('event 1 of an append at 0 has revision 3');
    expect((await subject().log.head()).revision).toBe(0);
  });

  test('lets exactly one of two writers win each revision', async () => {
    const { log, other } = subject();
    const lost = { count: 0 };
    const write = async (writer: EventLog, name: string): Promise<void> => {
      for (let written = 0; written < 20;) {
        const { revision } = await writer.head();
        try {
          await writer.append(revision, [anEvent(revision + 1, { name }), anEvent(revision + 2, { name })]);
          written++;
        } catch (error) {
          if (!(error instanceof HeadMoved)) throw error;
          lost.count++;
        }
      }
    };
    await Promise.all([write(log, 'a'), write(other, 'b')]);
    const events = await collect(log.read());
    expect(events.map((event) => event.revision)).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
    expect(events.filter((event) => event.name === 'a')).toHaveLength(40);
    expect(lost.count).toBeGreaterThan(0);
    for (let i = 0; i < events.length; i += 2) expect(events[i]?.name).toBe(events[i + 1]?.name);
  });

  test('has a clock that never goes backwards', async () => {
    const { log } = subject();
    await log.append(0, [anEvent(1)]);
    clock.now -= 60_000;
    expect((await log.append(1, [anEvent(2)])).at).toBe(at(0));
    clock.now += 61_500;
    expect((await log.append(2, [anEvent(3)])).at).toBe(at(1.5));
  });
}

function reading(log: () => EventLog, clock: { now: number }, at: (seconds: number) => string): void {
  /** Revisions 1…6, one second apart: c1 c2 c1' pod c2-gone c3 */
  const fill = async (): Promise<void> => {
    const events = [
      anEvent(1),
      anEvent(2, { namespace: 'other', actor: { user: 'bob' } }),
      anEvent(3, { name: 'c1', type: 'MODIFIED', request: { id: 'r3', verb: 'patch', command: 'kubectl edit', session: 's1' }, cause: [1, 2] }),
      anEvent(4, { resource: 'pods', name: 'p', uid: 'uid-p' }),
      anEvent(5, { namespace: 'other', name: 'c2', type: 'DELETED', actor: { user: 'bob' } }),
      anEvent(6),
    ];
    for (const event of events) {
      await log().append(event.revision - 1, [event]);
      clock.now += 1000;
    }
  };
  beforeEach(fill);

  test.each([
    ['everything', {}, [1, 2, 3, 4, 5, 6]],
    ['what comes after', { after: 4 }, [5, 6]],
    ['up to and including', { after: 1, upTo: 3 }, [2, 3]],
    ['the first few', { limit: 2 }, [1, 2]],
    ['nothing', { limit: 0 }, []],
    ['newest first', { descending: true, limit: 2 }, [6, 5]],
    ['resources', { resources: ['pods', 'secrets'] }, [4]],
    ['a namespace', { namespace: 'other' }, [2, 5]],
    ['a name', { name: 'c1', resources: ['configmaps'], namespace: 'default' }, [1, 3]],
    ['a uid', { uid: 'uid-c2' }, [2, 5]],
    ['a user', { user: 'bob', after: 2 }, [5]],
    ['a verb', { verb: 'patch' }, [3]],
    ['a session', { session: 's1' }, [3]],
    ['a command', { command: 'kubectl edit', resources: ['configmaps'] }, [3]],
    ['a time, inclusive on both ends', { since: at(2), until: at(4) }, [3, 4, 5]],
    ['a time between entries', { since: at(2.5), until: at(3.5) }, [4]],
  ])('reads %s', async (_, range, expected) => {
    expect(await revisions(log().read(range))).toEqual(expected);
  });

  test('gives the outlines of the same entries', async () => {
    const outlines = async (range: Parameters<EventLog['outline']>[0]): Promise<Outline[]> => {
      const all: Outline[] = [];
      for await (const page of log().outline(range)) all.push(...page);
      return all;
    };
    expect((await outlines({ after: 1, resources: ['configmaps'] })).map(({ revision }) => revision)).toEqual([2, 3, 5, 6]);
    const [third] = await outlines({ after: 2, upTo: 3 });
    expect(third).toEqual({ revision: 3, type: 'MODIFIED', resource: 'configmaps', namespace: 'default', name: 'c1', uid: 'uid-c1', cause: [1, 2] });
  });

  test('finds the last revision at a time', async () => {
    expect(await log().revisionAt(new Date(at(-0.001)))).toBe(0);
    expect(await log().revisionAt(new Date(at(0)))).toBe(1);
    expect(await log().revisionAt(new Date(at(3.999)))).toBe(4);
    expect(await log().revisionAt(new Date(at(100)))).toBe(6);
  });

  test('finds an object as it was at a revision, deleted or not', async () => {
    expect(await log().objectAt('configmaps', 'default', 'c1', 0)).toBeUndefined();
    expect((await log().objectAt('configmaps', 'default', 'c1', 2))?.revision).toBe(1);
    expect((await log().objectAt('configmaps', 'default', 'c1', 6))?.revision).toBe(3);
    expect(await log().objectAt('configmaps', 'other', 'c2', 6)).toMatchObject({ revision: 5, type: 'DELETED' });
    expect(await log().objectAt('pods', 'default', 'c1', 6)).toBeUndefined();
  });

  test('reads single entries, and sets of them in revision order', async () => {
    expect((await log().event(4))?.name).toBe('p');
    expect(await log().event(7)).toBeUndefined();
    expect(await revisions(log().readRevisions([6, 2, 4, 99]))).toEqual([2, 4, 6]);
    expect(await revisions(log().readRevisions([6, 2, 4], ['configmaps']))).toEqual([2, 6]);
  });

  test('reads a range that is longer than a page, in either direction, without a gap', async () => {
    const more = Array.from({ length: 2_500 }, (_, i) => anEvent(7 + i));
    await log().append(6, more);
    const all = Array.from({ length: 2_506 }, (_, i) => i + 1);
    expect(await revisions(log().read())).toEqual(all);
    expect(await revisions(log().read({ descending: true, limit: 2_000 }))).toEqual([...all].reverse().slice(0, 2_000));
    expect(await revisions(log().readRevisions(all))).toEqual(all);
  });
}

function following(subject: () => Subject): void {
  test('follows from a revision on: what is there, then what comes, once and in order', async () => {
    const { log, other } = subject();
    await log.append(0, [anEvent(1), anEvent(2)]);
    const stop = new AbortController();
    const seen: number[] = [];
    const follower = (async () => {
      for await (const page of log.follow(1, stop.signal)) {
        seen.push(...page.map((event) => event.revision));
        if (seen.at(-1) === 60) stop.abort();
      }
    })();
    for (let revision = 2; revision < 60; revision++) await other.append(revision, [anEvent(revision + 1)]);
    await follower;
    expect(seen).toEqual(Array.from({ length: 59 }, (_, i) => i + 2));
  });

  test('stops following at once when told to, and when it is closed', async () => {
    const stop = new AbortController();
    const aborted = collect(subject().log.follow(0, stop.signal));
    setTimeout(() => stop.abort(), 20);
    expect(await aborted).toEqual([]);
    const closed = collect(subject().log.follow(0, new AbortController().signal));
    setTimeout(() => void subject().log.close(), 20);
    expect(await closed).toEqual([]);
  });
}
