import type { DataSource } from 'typeorm';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database';
import { chainHash, rowOf, ZERO_HASH } from '#lib/log/hash';
import type { LogEvent, NewEvent } from '#lib/log/log';
import { anEvent, collect } from '#lib/log/log.contract';
import { PostgresLog } from '#lib/log/postgres-log';
import { Pruner } from '#lib/log/retention/prune';
import { dataSourceOf, migrate, poolOf } from '#lib/log/schema';
import { verifyChain } from '#lib/log/proof/verify';

/** Long enough for a patch to be worth its while, with an umlaut, for a patch counts bytes. */
const note = Array.from({ length: 60 }, (_, i) => `Gerät ${i * 7919}`).join(', ');
const object = (revision: number): string =>
  JSON.stringify({ metadata: { name: 'web', resourceVersion: String(revision) }, spec: { note }, status: { at: revision * 13 } });
const changed = (revision: number, but: Partial<NewEvent> = {}): NewEvent =>
  anEvent(revision, {
    name: 'web',
    type: revision === 1 ? 'ADDED' : 'MODIFIED',
    object: object(revision),
    cause: revision > 3 ? [revision - 1, 2] : [],
    request: {
      id: `0000000${revision % 10}-0000-4000-8000-000000000000`,
      verb: 'update',
      ...(revision % 4 === 0 && { session: 's', command: 'kubectl edit' }),
    },
    ...(revision % 3 > 0 && {
      decision: { controller: 'c', version: '1', key: 'default/web', world: revision - 1, now: '2026-01-01T00:00:00.000Z', index: 0, commands: ['00ff'] },
    }),
    ...but,
  });

jest.setTimeout(30_000);

describe('entries as they are stored', () => {
  let database: FreshDatabase;
  let sources: DataSource[];
  let log: PostgresLog;
  let other: PostgresLog;
  beforeEach(async () => {
    database = await freshDatabase();
    sources = await Promise.all([1, 2].map(() => dataSourceOf({ url: database.url }).initialize()));
    [log, other] = sources.map((source) => new PostgresLog(poolOf(source))) as [PostgresLog, PostgresLog];
  });
  afterEach(async () => {
    await Promise.all([log.close(), other.close()]);
    await Promise.all(sources.map((source) => source.destroy()));
    await database.drop();
  });

  const sql = async <T>(text: string): Promise<T[]> => (await poolOf(sources[0] as DataSource).query(text)).rows as T[];
  const fill = async (count: number): Promise<void> => {
    for (let revision = 0; revision < count; revision += 7)
      await log.append(
        revision,
        Array.from({ length: Math.min(7, count - revision) }, (_, i) => changed(revision + i + 1)),
      );
  };
  const wholes = async (): Promise<number[]> =>
    (await sql<{ revision: string }>('SELECT revision FROM entry WHERE patch IS NULL ORDER BY revision')).map(({ revision }) => Number(revision));
  const objects = (events: readonly LogEvent[]): string[] => events.map((event) => event.object);

  test('bytes stand for the text of an object, alone and among others, whole and in a patch, and make the same hashes', async () => {
    const given = (revision: number): NewEvent => ({ ...changed(revision), bytes: Buffer.from(object(revision)) });
    await log.append(0, [given(1)]);
    await log.append(1, [given(2)]);
    await log.append(
      2,
      Array.from({ length: 15 }, (_, i) => given(i + 3)),
    );
    const events = await collect(other.read());
    expect(objects(events)).toEqual(Array.from({ length: 17 }, (_, i) => object(i + 1)));
    expect(await wholes()).toEqual([1, 17]);
    let hash = ZERO_HASH;
    for (const event of events) expect(event.hash).toBe((hash = chainHash(hash, rowOf(event, event.at))));
  });

  test('every 16th of an object is whole, and all come back byte for byte, in any order and alone', async () => {
    await fill(40);
    expect(await wholes()).toEqual([1, 17, 33]);
    const all = Array.from({ length: 40 }, (_, i) => object(i + 1));
    const events = await collect(log.read());
    expect(objects(events)).toEqual(all);
    expect(events.map(({ cause }) => cause)).toEqual(Array.from({ length: 40 }, (_, i) => (i > 2 ? [i, 2] : [])));
    expect(objects(await collect(other.read({ descending: true, limit: 10 })))).toEqual([...all].reverse().slice(0, 10));
    expect(objects(await collect(log.read({ name: 'web', after: 20, limit: 5 })))).toEqual(all.slice(20, 25));
    expect(objects(await collect(log.read({ session: 's', upTo: 20 })))).toEqual([4, 8, 12, 16, 20].map(object));
    expect(objects(await collect(log.readRevisions([5, 39, 17])))).toEqual([5, 17, 39].map(object));
    for (const revision of [1, 16, 17, 31, 40]) {
      expect((await log.event(revision))?.object).toBe(object(revision));
      expect((await log.objectAt('configmaps', 'default', 'web', revision))?.object).toBe(object(revision));
    }
    expect(await verifyChain(log)).toMatchObject({ ok: true, entries: 40 });
  });

  test('the view `event` says in SQL what the log says', async () => {
    await fill(40);
    await log.append(40, [anEvent(41, { request: { id: 'no uuid', verb: 'create' }, trace: '' }), changed(42, { type: 'DELETED' })]);
    const texts = 'object::text, actor::text, request::text, cause::text, decision::text, trace, type, resource, namespace, name, uid';
    const rows = await sql<Record<string, unknown>>(`SELECT ${texts}, revision::int, encode(hash, 'hex') AS hash FROM event ORDER BY revision`);
    const events = await collect(log.read());
    expect(rows).toEqual(events.map(({ hash, at, ...event }) => ({ ...withoutAt(rowOf(event, at)), hash })));
  });

  test('verifying needs no careful look at entries that are sound, also where it begins in the middle of a frame', async () => {
    await fill(40);
    await log.append(40, [
      anEvent(41, { request: { id: 'no uuid', verb: 'create' }, trace: '' }),
      anEvent(42, { trace: 'ä', namespace: '', decision: undefined, object: '{"name":"Ä"}' }),
      changed(43, { type: 'DELETED' }),
    ]);
    const careful = jest.spyOn(log, 'readRows');
    expect(await verifyChain(log)).toMatchObject({ ok: true, entries: 43 });
    expect(await verifyChain(log, { from: 12 })).toMatchObject({ ok: true, entries: 32 });
    expect(careful).not.toHaveBeenCalled();
    await sql(`UPDATE entry SET trace = 'b' WHERE revision = 42`);
    expect(await verifyChain(log)).toMatchObject({ ok: false, revision: 42, damage: 'edited' });
    expect(careful).toHaveBeenCalledTimes(1);
  });

  test('two writers who take turns with one object do each other no harm', async () => {
    for (let revision = 0; revision < 40; revision++) await (revision % 3 === 0 ? other : log).append(revision, [changed(revision + 1)]);
    expect(objects(await collect(log.read()))).toEqual(Array.from({ length: 40 }, (_, i) => object(i + 1)));
    for (let revision = 1; revision <= 40; revision++) expect((await log.objectAt('configmaps', 'default', 'web', revision))?.revision).toBe(revision);
    expect((await verifyChain(other)).ok).toBe(true);
  });

  test('an object that is made anew under its name begins anew', async () => {
    await fill(3);
    await log.append(3, [
      changed(4, { type: 'DELETED' }),
      changed(5, { type: 'ADDED', uid: 'second' }),
      changed(6, { uid: 'second' }),
      changed(7, { uid: 'third' }),
    ]);
    expect(await wholes()).toEqual([1, 5, 7]);
    expect((await collect(log.read({ uid: 'second' }))).map(({ revision }) => revision)).toEqual([5, 6]);
  });

  test.each([
    ['a patch', `UPDATE entry SET patch = set_byte(patch, length(patch) - 3, 64) WHERE revision = 5`, 5],
    ['an empty patch', `UPDATE entry SET patch = '' WHERE revision = 5`, 5],
    ['a whole entry that others build on', `UPDATE entry SET object = replace(object, '7919', '7918') WHERE revision = 1`, 1],
    ['another frame', `UPDATE entry SET frame = 17 WHERE revision = 20; UPDATE entry SET frame = 1 WHERE revision = 19`, 19],
    ['causes', `UPDATE entry SET cause = '\\xff' WHERE revision = 6`, 6],
  ])('%s that somebody edited is found', async (_, tamper, revision) => {
    await fill(30);
    await sql(tamper);
    expect(await verifyChain(log)).toMatchObject({ ok: false, revision, damage: 'edited' });
  });

  test('what the first entries of a frame told is not lost when they are pruned, and who writes on need not know', async () => {
    await fill(30);
    const pruner = new Pruner(poolOf(sources[1] as DataSource));
    await pruner.prune([1, 2, 3, 4, 5], 30);
    expect(await wholes()).toEqual([6, 17]);
    await log.append(30, [changed(31)]);
    await pruner.prune([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], 30);
    await log.append(31, [changed(32)]);
    expect(await wholes()).toEqual([21]);
    expect(objects(await collect(other.read()))).toEqual(Array.from({ length: 12 }, (_, i) => object(i + 21)));
    expect((await log.objectAt('configmaps', 'default', 'web', 25))?.object).toBe(object(25));
    expect((await collect(log.read({ uid: 'uid-web', limit: 2 }))).map(({ revision }) => revision)).toEqual([21, 22]);
    expect((await sql<{ object: string }>('SELECT object::text FROM event WHERE revision = 32'))[0]?.object).toBe(object(32));
  });

  test('a log from before is taken over, and goes on', async () => {
    const source = sources[0] as DataSource;
    await undoEntries(source);
    let hash = ZERO_HASH;
    for (let revision = 1; revision <= 12; revision++) {
      const { at, ...columns } = rowOf(revision === 5 ? anEvent(5, { trace: 't' }) : changed(revision), '2026-01-01T00:00:00.000Z');
      hash = chainHash(hash, { ...columns, at });
      const row = { ...columns, at, hash: Buffer.from(hash, 'hex') };
      await source.query(
        `INSERT INTO event (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
          .map((_, i) => `$${i + 1}`)
          .join(', ')})`,
        Object.values(row),
      );
    }
    await source.query('UPDATE head SET revision = 12, hash = $1', [Buffer.from(hash, 'hex')]);
    await migrate(source);
    expect(await verifyChain(log)).toMatchObject({ ok: true, entries: 12 });
    expect((await collect(log.read({ session: 's' }))).map(({ revision }) => revision)).toEqual([4, 8, 12]);
    await log.append(12, [changed(13), changed(14)]);
    expect(await wholes()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect((await verifyChain(log)).ok).toBe(true);
    await undoEntries(source);
    expect(await source.query('SELECT object::text FROM event WHERE revision = 14')).toEqual([{ object: object(14) }]);
    await migrate(source);
    expect(await verifyChain(other)).toMatchObject({ ok: true, entries: 14 });
  });
});

/** Takes back the step that brought entries, and those after it. */
async function undoEntries(source: DataSource): Promise<void> {
  const isThere = async (): Promise<boolean> => ((await source.query("SELECT 1 FROM migration WHERE name = 'Entry1790000000010'")) as unknown[]).length > 0;
  while (await isThere()) await source.undoLastMigration();
}

const withoutAt = ({ at: _, ...row }: ReturnType<typeof rowOf>) => row;
