import type { DataSource } from 'typeorm';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database';
import { threadsFor } from './block-threads';
import type { NewEvent } from '#lib/log/log';
import { anEvent } from '#lib/log/log.contract';
import { PostgresLog } from '#lib/log/postgres-log';
import { Pruner } from '#lib/log/retention/prune';
import { dataSourceOf, migrate, poolOf } from '#lib/log/schema';
import { soundBlocks, stretches, type SoundBlock } from './sound-blocks';
import { verifyChain, type Verifiable } from './verify';

const ENTRIES = 150;
const LEVELS = 4;
const SECOND = 80;
const note = Array.from({ length: 60 }, (_, i) => `Gerät ${i * 7919}`).join(', ');
const anEntry = (revision: number): NewEvent =>
  anEvent(revision, {
    name: `web-${revision % 5}`,
    uid: `u${revision % 5}`,
    type: revision <= 5 ? 'ADDED' : 'MODIFIED',
    object: JSON.stringify({ note, revision }),
    cause: [revision - 1],
  });

jest.setTimeout(30_000);

describe('a chain whose blocks are found in two parts', () => {
  let database: FreshDatabase;
  let source: DataSource;
  let log: PostgresLog;
  let inBlocks: Verifiable;
  let blocks: SoundBlock[];
  beforeEach(async () => {
    database = await freshDatabase();
    source = await dataSourceOf({ url: database.url }).initialize();
    await migrate(source);
    log = new PostgresLog(poolOf(source));
    for (let after = 0; after < ENTRIES; after += 50)
      await log.append(
        after,
        Array.from({ length: 50 }, (_, i) => anEntry(after + i + 1)),
      );
    blocks = [];
    const read = log.readChain.bind(log);
    inBlocks = Object.assign(Object.create(log) as PostgresLog, {
      readBlocks: async function* (after: number, upTo: number) {
        for (const [start, end] of [
          [after, SECOND],
          [SECOND, upTo],
        ] as const)
          for await (const block of soundBlocks(read, start, end, LEVELS)) yield (blocks[blocks.length] = block);
      },
    });
  });
  afterEach(async () => {
    await log.close();
    await source.destroy();
    await database.drop();
  });

  /** The verdict by blocks, when it is the same as without them. */
  const verdict = async () => {
    const [{ entriesPerSecond: _, ...one }, { entriesPerSecond: __, ...other }] = [
      await verifyChain(log, { tree: true }),
      await verifyChain(inBlocks, { tree: true }),
    ];
    expect(other).toEqual(one);
    return other;
  };
  const sql = (text: string): Promise<unknown> => poolOf(source).query(text);
  const starts = (): number[] => blocks.map(({ after }) => after);

  test('is as sound as entry by entry, with the same root, and only what is in no block is read again', async () => {
    expect(await verdict()).toMatchObject({ ok: true, entries: ENTRIES });
    expect(starts()).toEqual([0, 16, 32, 48, 64, 80, 96, 112, 128]);
    const read = jest.spyOn(inBlocks as PostgresLog, 'readChain');
    await verifyChain(inBlocks);
    expect(read.mock.calls).toEqual([[144, ENTRIES]]);
  });

  test.each([
    ['the first part', 'object = NULL, patch = NULL', 37],
    ['the second part', `trace = 'b'`, 107],
    ['the last entry of a block', `trace = 'b'`, 96],
    ['the hash between both parts', `hash = sha256('x')`, SECOND],
    ['a hash in the second part', `hash = sha256('x')`, 100],
    ['a time', `at = at - interval '1 day'`, 120],
    ['what is in no block', `trace = 'b'`, 149],
  ])('an entry that was edited is found in the same words: %s', async (_, set, revision) => {
    await sql(`UPDATE entry SET ${set} WHERE revision = ${revision}`);
    expect(await verdict()).toMatchObject({ ok: false, revision, damage: 'edited' });
  });

  test('entries that are gone are found in the same words, also where the second part begins', async () => {
    await sql(`DELETE FROM entry WHERE revision = 120`);
    expect(await verdict()).toMatchObject({ ok: false, revision: 120, damage: 'gap' });
    expect(starts()).toEqual([0, 16, 32, 48, 64, 80, 96]);
    await sql(`DELETE FROM entry WHERE revision = ${SECOND}`);
    expect(await verdict()).toMatchObject({ ok: false, revision: SECOND, damage: 'gap' });
  });

  test('a block that builds on another hash than the entry before it has is not believed', async () => {
    const readBlocks = async function* (after: number, upTo: number) {
      for await (const block of soundBlocks(log.readChain.bind(log), after, upTo, LEVELS))
        yield block.after === 96 ? { ...block, previous: 'f'.repeat(64), hash: 'e'.repeat(64), root: Buffer.alloc(32) } : block;
    };
    const misled = Object.assign(Object.create(log) as PostgresLog, { readBlocks });
    const { last, root } = await verifyChain(log, { tree: true });
    expect(await verifyChain(misled, { tree: true })).toMatchObject({ ok: true, last, root });
  });

  test('blocks without roots are enough for the chain, and not for the tree', async () => {
    const readBlocks = (after: number, upTo: number): AsyncIterable<SoundBlock> => soundBlocks(log.readChain.bind(log), after, upTo, LEVELS, false);
    const plain = Object.assign(Object.create(log) as PostgresLog, { readBlocks });
    const read = jest.spyOn(plain, 'readChain');
    expect(await verifyChain(plain)).toMatchObject({ ok: true, entries: ENTRIES });
    expect(read.mock.calls).toEqual([[144, ENTRIES]]);
    const { root } = await verifyChain(log, { tree: true });
    expect(await verifyChain(plain, { tree: true })).toMatchObject({ ok: true, entries: ENTRIES, root });
  });

  test('what was noted down in the middle of a block is compared', async () => {
    const { last, root } = await verifyChain(log, { to: 100, tree: true });
    expect((await verifyChain(inBlocks, { anchor: { ...last, root } })).ok).toBe(true);
    expect(await verifyChain(inBlocks, { anchor: { ...last, root: 'a'.repeat(64) } })).toMatchObject({ ok: false, revision: 100 });
    expect(await verifyChain(inBlocks, { anchor: { revision: 96, hash: 'a'.repeat(64) } })).toMatchObject({ ok: false, revision: 96 });
  });

  test('pruned entries are gone through with their neighbours, and so is what says that it took them', async () => {
    await new Pruner(poolOf(source)).prune([81, 86, 91, 96], 130);
    expect(await verdict()).toMatchObject({ ok: false, revision: 130, damage: 'pruned', pruned: 4, detail: expect.stringContaining('no such Erasure') });
    expect(starts()).toEqual([0, 16, 32, 48, 64, 112, 128]);
  });
});

test('parts begin at multiples of a block; a short log is not worth threads, nor is one core', () => {
  expect(stretches(0, 100, 2, 16)).toEqual([0, 48, 100]);
  expect(stretches(5, 100, 2, 16)).toEqual([16, 64, 100]);
  expect([threadsFor(19_999, 2), threadsFor(20_000, 2), threadsFor(1e6, 1), threadsFor(1e6, 64)]).toEqual([0, 2, 0, 4]);
});
